"""Licenses: every licence of the tenant with its seats; on where the user holds it."""

from collections.abc import AsyncIterator, Sequence

from services.columns import Column
from services.licences import DISABLED, operations
from services.marketplace import REQUEST
from services.operation import Operation
from services.product_names import plan_name, product_name
from services.subscriptions import Licensing, Object, licensings
from services.tabs import service_plans
from services.tabs.license_requests import CANCEL, REQUEST_ID, STATUS, market_note
from services.tabs.tab import Need, Opening, Page, Row, Toggle, ToggleTab
from services.tabs.usage_location import LOCATION, MISSING, NEED
from services.tenant import Tenant
from services.user import User
from state.values import Change

FREE = "free"
"""The fact how many seats are free."""


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The tenant's licences joined with the user's, live. Raises `RollcallError`."""
    async for found in licensings(tenant, user):
        rows = [_row(found, sku) for sku in found.skus]
        yield Page(rows, replace=True, note=market_note(found), total=len(rows))


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One call for all of a user's licences and their service plans, and what is requested instead."""
    return operations(changes)


def needs(row: Row, toggle: int, on: bool) -> Sequence[Need]:
    """A usage location, before a licence is assigned."""
    return (NEED,) if on and row.facts.get(LOCATION) == MISSING else ()


def room(row: Row) -> int | None:
    """The seats that are free; what is not subscribed any more tells none."""
    seats = row.facts.get(FREE)
    return None if seats is None else int(seats)


def opens(user: User, row: Row) -> Opening:
    """The licence's service plans."""
    return Opening(title=row.name, subject=user, tabs=(service_plans.tab(row.key, row.name),))


def _row(found: Licensing, sku: str) -> Row:
    part = str(found.skus[sku].get("skuPartNumber") or "")
    held, seats = sku in found.assigned, found.seats(sku)
    lock = found.inherited(sku) if held else found.why_not(sku)
    counts = [f"{n:,}" for n in (seats.total, seats.free, seats.reserved)] if seats else ["", "", ""]
    facts = {DISABLED: ",".join(found.off(sku))}
    if seats:
        facts[FREE] = str(max(seats.free, 0))
    if not found.located:
        facts[LOCATION] = MISSING
    if asks := found.asks(sku):
        facts[REQUEST] = asks
    if request := found.request(sku):
        facts |= {REQUEST_ID: request.id, STATUS: request.status}
    name = product_name(sku, part)
    return Row(
        sku,
        name,
        (name, _source(found, sku), part, *counts, _plans(found, sku)),
        (held,),
        (lock,) if lock else (),
        facts,
    )


def _source(found: Licensing, sku: str) -> str:
    """Where the user has it from, with what is wrong about it."""
    told = []
    for state in found.states.get(sku, ()):
        group, error = state.get("assignedByGroup"), str(state.get("error") or "None")
        words = f"Group {found.groups[str(group)]}" if group else "Direct"
        told.append(words if error == "None" else f"{words} ({error})")
    if request := found.request(sku):
        told.append(request.shown)
    return " + ".join(told)


def _plans(found: Licensing, sku: str) -> str:
    off = found.off(sku)
    return ", ".join(_plan(p, off) for p in found.skus[sku].get("servicePlans") or ())


def _plan(plan: Object, off: Sequence[str]) -> str:
    identity = str(plan.get("servicePlanId")).lower()
    name = plan_name(identity, str(plan.get("servicePlanName") or ""))
    return f"{name} (off)" if identity in off else name


TAB = ToggleTab(
    id=service_plans.LICENSES,
    title="Licenses",
    about="Every licence of the tenant, with its seats. Enter opens its service plans. All changes of a user "
    "travel in one call: all happen, or none.",
    toggles=(Toggle("assigned", "Assigned"),),
    columns=(
        Column("name", "Licence", least=16),
        Column("source", "From", least=14),
        Column("skuPartNumber", "Part number", least=12, wide=True),
        Column("total", "Total", least=5),
        Column("available", "Available", least=9),
        Column("reserved", "Reserved", least=8),
        Column("servicePlans", "Service plans", least=16, wide=True),
    ),
    load=load,
    plan=plan,
    needs=needs,
    room=room,
    opens=opens,
    actions=(CANCEL,),
)
