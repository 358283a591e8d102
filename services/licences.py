"""A user's licences as operations: all that comes, goes and is switched in one call; requests where no seat is free."""

from collections.abc import Mapping, Sequence

import msgspec

from services import powershell
from services.marketplace import REQUEST, asked_for
from services.operation import Already, HasMember, Json, Look, Operation, PlansOff, Request, Service
from services.product_names import plan_names
from services.transport.urls import segment
from state.values import Change

DISABLED = "disabledPlans"
"""The fact of a row that holds the ids of the service plans switched off in it, with commas between them."""

LICENCE = "licence"
"""The fact of a service plan's row that names its licence."""

HELD = "held"
"""The fact of a service plan's row that is there when the user holds its licence."""

PLAN = "plan"
"""The field of a change that switches one service plan; that of a licence's own change is another."""

NOT_ASSIGNED = "{} is not assigned: assign it too, or take the changes of its service plans back"

_GONE = Already(400, "User does not have a corresponding license")


def operations(changes: Sequence[Change]) -> list[Operation]:
    """One call for all of a user's licences and service plans, and a request for each that has no free seat."""
    asked = [c.row for c in changes if c.field != PLAN and c.after and REQUEST in c.facts]
    of = {sku: [c for c in changes if c.row.partition("/")[0] == sku] for sku in asked}
    rest = [c for c in changes if c.row.partition("/")[0] not in of]
    return [*([assignment(rest)] if rest else []), *(asked_for(some) for some in of.values())]


def plan_row(sku: str, plan: str) -> str:
    """The row of a service plan of a licence."""
    return f"{sku}/{plan}"


class _Licence(msgspec.Struct, frozen=True):
    """One licence before and after: whether it is held, and the service plans that are off in it."""

    sku: str
    name: str
    was: bool
    stays: bool
    off_before: tuple[str, ...]
    off_after: tuple[str, ...]
    own: Change | None
    plans: tuple[Change, ...]


class _Field(msgspec.Struct, frozen=True):
    """What the operation tells of one change: before, after, and how it is seen in the tenant."""

    name: str
    before: Json
    after: Json
    find: HasMember | PlansOff | None
    change: str = ""


def assignment(changes: Sequence[Change]) -> Operation:
    """The one `assignLicense` for these changes of one user (`api-map.md` §3.18): all of them, or none.

    A change of a licence has the skuId as its row, one of a service plan `plan_row`. A licence that comes
    (back) has the service plans off that its facts name. `before` and `after` are keyed by names, in the
    order of the changes.
    """
    user = changes[0].user
    licences = _licences(changes)
    fields = _fields(licences)
    there = [(x.sku, x.off_after) for x in licences if x.stays]
    back = [(x.sku, x.off_before) for x in licences if x.was]
    gone = [x.sku for x in licences if x.was and not x.stays]
    come = [x.sku for x in licences if x.stays and not x.was]
    names = _unique({x.sku: x.name for x in licences})
    bare = Operation(
        title=_title(licences),
        target=", ".join(names.values()),
        request=_request(user, there, gone),
        serial=f"user:{user}",
        powershell=_shell(user, there, gone),
        before={f.name: f.before for f in fields},
        after={f.name: f.after for f in fields},
        look=_look(user, fields),
        # only where it is the whole call: beside others the refusal means that nothing was done
        already=(_GONE,) if gone and len(licences) == 1 else (),
    )
    inverse = msgspec.structs.replace(
        bare,
        title=_title([_turned(x) for x in licences]),
        request=_request(user, back, come),
        powershell=_shell(user, back, come),
        before=bare.after,
        after=bare.before,
        already=(_GONE,) if come and len(licences) == 1 else (),
    )
    missing = [x.name for x in licences if not x.was and not x.stays]
    return msgspec.structs.replace(
        bare,
        inverse=inverse,
        changes=tuple(f.change for f in fields if f.change),
        objection=NOT_ASSIGNED.format(missing[0]) if missing else "",
    )


def _licences(changes: Sequence[Change]) -> list[_Licence]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.row.partition("/")[0], []).append(change)
    return [_licence(sku, some) for sku, some in found.items()]


def _licence(sku: str, changes: Sequence[Change]) -> _Licence:
    own = next((c for c in changes if c.field != PLAN), None)
    plans = tuple(c for c in changes if c.field == PLAN)
    # the latest change knows best what is off: the page may have been loaded again between two of them
    facts = (plans or changes)[-1].facts
    was = bool(own.before) if own is not None else bool(facts.get(HELD))
    before = tuple(facts.get(DISABLED, "").split(",")) if facts.get(DISABLED) else ()
    on = {c.row.partition("/")[2] for c in plans if c.after}
    off = tuple(c.row.partition("/")[2] for c in plans if not c.after)
    return _Licence(
        sku,
        own.row_name or sku if own is not None else facts.get(LICENCE) or sku,
        was,
        bool(own.after) if own is not None else was,
        before,
        tuple(dict.fromkeys((*(p for p in before if p not in on), *off))),
        own,
        plans,
    )


def _turned(licence: _Licence) -> _Licence:
    return msgspec.structs.replace(licence, was=licence.stays, stays=licence.was)


def _fields(licences: Sequence[_Licence]) -> list[_Field]:
    """The licences' own fields, their service plans', and last what is written with these."""
    names = _unique({x.sku: x.name for x in licences})
    own = [
        _Field(
            names[x.sku],
            x.was,
            x.stays,
            HasMember(names[x.sku], (x.sku,), ("skuId",), path=("assignedLicenses",)),
            x.own.key,
        )
        for x in licences
        if x.own is not None
    ]
    plans = [field for x in licences for field in _plan_fields(x, names[x.sku])]
    # a licence's list of plans is written whole, so that what somebody else switched meanwhile matters
    kept = [x for x in licences if x.plans and x.was and x.stays]
    rest = [_rest(x, f"{names[x.sku]}, other plans off") for x in kept]
    return [*own, *plans, *rest]


def _plan_fields(licence: _Licence, name: str) -> list[_Field]:
    titles = _unique({c.row.partition("/")[2]: c.row_name for c in licence.plans})
    found = []
    for change in licence.plans:
        plan = change.row.partition("/")[2]
        title = f"{name}: {titles[plan]}"
        if not licence.stays:
            # it goes with its licence
            found.append(_Field(title, None, None, None, change.key))
            continue
        find = HasMember(
            title,
            (plan,),
            ("disabledPlans",),
            path=("assignedLicenses",),
            where=(("skuId", licence.sku),),
            turned=True,
        )
        found.append(_Field(title, change.before, change.after, find, change.key))
    return found


def _rest(licence: _Licence, name: str) -> _Field:
    apart = tuple(c.row.partition("/")[2] for c in licence.plans)
    others = plan_names(plan for plan in licence.off_before if plan not in apart)
    return _Field(name, others, others, PlansOff(name, licence.sku, apart))


def _title(licences: Sequence[_Licence]) -> str:
    come = any(x.stays and not x.was for x in licences)
    go = any(x.was and not x.stays for x in licences)
    moved = sum(1 for x in licences if x.was is not x.stays)
    verbs = " and ".join(verb for verb, so in (("assign", come), ("remove", go)) if so)
    parts = [f"{verbs} {'licence' if moved == 1 else 'licences'}"] if moved else []
    if any(x.plans and x.stays and x.was for x in licences):
        parts.append("set service plans")
    return ", ".join(parts).capitalize() or "Set service plans"


def _request(user: str, there: Sequence[tuple[str, Sequence[str]]], gone: Sequence[str]) -> Request:
    body = {
        "addLicenses": [{"skuId": sku, "disabledPlans": list(off)} for sku, off in there],
        "removeLicenses": list(gone),
    }
    return Request(Service.GRAPH, "POST", f"/users/{segment(user)}/assignLicense", body=body)


def _shell(user: str, there: Sequence[tuple[str, Sequence[str]]], gone: Sequence[str]) -> str:
    added = [{"SkuId": sku, "DisabledPlans": list(off)} for sku, off in there]
    return powershell.line(
        "Set-MgUserLicense", {"UserId": user, "AddLicenses": added, "RemoveLicenses": list(gone)}
    )


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    """What each is called by its id; with the id where two have the same name."""
    given = list(names.values())
    return {
        identity: f"{name} ({identity})" if given.count(name) > 1 else name
        for identity, name in names.items()
    }


def _look(user: str, fields: Sequence[_Field]) -> Look:
    request = Request(Service.GRAPH, path=f"/users/{segment(user)}", query=(("$select", "assignedLicenses"),))
    return Look(request, tuple(f.find for f in fields if f.find is not None))
