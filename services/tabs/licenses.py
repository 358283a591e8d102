"""Licenses: every licence of the tenant with its seats; on where the user holds it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from services.licences import DISABLED, assignment
from services.operation import Json, Operation, Request, Service
from services.tabs.product_names import product_name
from services.tabs.tab import Column, Page, Row, Toggle, ToggleTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

NO_LOCATION = "Set the usage location on Basics first"
NO_SEAT = "No seat is free: buy seats or take one from somebody else"
NOT_FOR_USERS = "It is for the whole tenant, not for single users"

_FIELDS = "skuId,skuPartNumber,consumedUnits,prepaidUnits,servicePlans,capabilityStatus,appliesTo"
_USABLE = ("Enabled", "Warning")

Object = dict[str, Json]


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The tenant's licences joined with the user's, live. Raises `RollcallError`."""
    listed, held = await asyncio.gather(
        tenant.read(Request(Service.GRAPH, path="/subscribedSkus", query=(("$select", _FIELDS),))),
        tenant.read(
            Request(
                Service.GRAPH,
                path=f"/users/{segment(user.id)}",
                query=(("$select", "assignedLicenses,licenseAssignmentStates,usageLocation"),),
            )
        ),
    )
    skus = [sku for sku in listed.get("value") or () if sku.get("skuId")]
    assigned = {str(a.get("skuId")): a for a in held.get("assignedLicenses") or ()}
    states: dict[str, list[Object]] = {}
    for state in held.get("licenseAssignmentStates") or ():
        states.setdefault(str(state.get("skuId")), []).append(state)
    groups = await _group_names(tenant, [s for some in states.values() for s in some])
    known = {str(sku["skuId"]) for sku in skus}
    # held, but no longer among the tenant's subscriptions
    skus += [{"skuId": sku} for sku in assigned if sku not in known]
    located = bool(held.get("usageLocation"))
    rows = [
        _row(sku, assigned.get(str(sku["skuId"])), states.get(str(sku["skuId"]), []), groups, located)
        for sku in skus
    ]
    yield Page(rows, replace=True, total=len(rows))


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One call for all of a user's licences."""
    return [assignment(changes)]


def _row(
    sku: Object,
    assigned: Object | None,
    states: Sequence[Object],
    groups: Mapping[str, str],
    located: bool,
) -> Row:
    key, part = str(sku["skuId"]), str(sku.get("skuPartNumber") or "")
    total, free = _seats(sku)
    off = [str(plan) for plan in (assigned or {}).get("disabledPlans") or ()]
    through = [groups[str(s["assignedByGroup"])] for s in states if s.get("assignedByGroup")]
    if assigned is not None:
        lock = _through(through, direct=any(not s.get("assignedByGroup") for s in states))
    else:
        lock = _why_not(sku, free, located)
    seats = ("", "") if total is None or free is None else (f"{total:,}", f"{free:,}")
    return Row(
        key,
        product_name(key, part),
        (product_name(key, part), _source(states, groups), part, *seats, _plans(sku, off)),
        (assigned is not None,),
        (lock,) if lock else (),
        {DISABLED: ",".join(off)},
    )


def _seats(sku: Object) -> tuple[int | None, int | None]:
    """Seats in all and seats that are free; None for what is not subscribed any more."""
    units = sku.get("prepaidUnits")
    if units is None:
        return None, None
    total = int(units.get("enabled") or 0) + int(units.get("warning") or 0)
    return total, total - int(sku.get("consumedUnits") or 0)


def _why_not(sku: Object, free: int | None, located: bool) -> str:
    """Why it cannot be assigned."""
    if (sku.get("appliesTo") or "User") != "User":
        return NOT_FOR_USERS
    status = str(sku.get("capabilityStatus") or "Enabled")
    if status not in _USABLE:
        return f"The subscription cannot be assigned: it is {status}"
    if free is not None and free <= 0:
        return NO_SEAT
    return "" if located else NO_LOCATION


def _through(groups: Sequence[str], *, direct: bool) -> str:
    """Why a licence that comes from groups cannot be taken away here."""
    if not groups:
        return ""
    noun = "group" if len(groups) == 1 else "groups"
    names = ", ".join(groups)
    if direct:
        return f"Assigned directly and by the {noun} {names}: taking it away here would change nothing"
    return f"Assigned by the {noun} {names}: take the user out there"


def _source(states: Sequence[Object], groups: Mapping[str, str]) -> str:
    """Where the user has it from, with what is wrong about it."""
    found = []
    for state in states:
        group, error = state.get("assignedByGroup"), str(state.get("error") or "None")
        told = f"Group {groups[str(group)]}" if group else "Direct"
        found.append(told if error == "None" else f"{told} ({error})")
    return " + ".join(found)


def _plans(sku: Object, off: Sequence[str]) -> str:
    names = []
    for plan in sku.get("servicePlans") or ():
        name = str(plan.get("servicePlanName") or plan.get("servicePlanId"))
        names.append(f"{name} (off)" if plan.get("servicePlanId") in off else name)
    return ", ".join(names)


async def _group_names(tenant: Tenant, states: Sequence[Object]) -> dict[str, str]:
    """The names of the groups that hand out licences; their ids where they cannot be read."""
    ids = list(dict.fromkeys(str(s["assignedByGroup"]) for s in states if s.get("assignedByGroup")))
    names = {identity: identity for identity in ids}
    answers = await tenant.ask([_name_of(identity) for identity in ids])
    for identity, answer in zip(ids, answers, strict=True):
        if answer.ok and isinstance(answer.body, dict):
            names[identity] = str(answer.body.get("displayName") or identity)
    return names


def _name_of(group: str) -> Request:
    return Request(Service.GRAPH, path=f"/groups/{segment(group)}", query=(("$select", "id,displayName"),))


TAB = ToggleTab(
    id="licenses",
    title="Licenses",
    about="Every licence of the tenant. All changes of a user travel in one call: all happen, or none.",
    toggles=(Toggle("assigned", "Assigned"),),
    columns=(
        Column("name", "Licence", least=20),
        Column("source", "From", least=8),
        Column("skuPartNumber", "Part number", least=12, wide=True),
        Column("total", "Total", width=7),
        Column("available", "Available", width=9),
        Column("servicePlans", "Service plans", least=16, wide=True),
    ),
    load=load,
    plan=plan,
)
