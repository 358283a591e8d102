"""The service plans of one licence: on where the user may use them; all of a user's go with their licences."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

from services.columns import Column
from services.errors import NotFound
from services.licences import DISABLED, HELD, LICENCE, PLAN, operations, plan_row
from services.marketplace import REQUEST
from services.operation import Operation
from services.product_names import plan_name
from services.subscriptions import Licensing, Object, licensings
from services.tabs.license_requests import market_note
from services.tabs.tab import Need, Page, Row, Toggle, ToggleTab
from services.tabs.usage_location import LOCATION, MISSING, NEED
from services.tenant import Tenant
from services.user import User
from state.values import Change

LICENSES = "licenses"
"""The tab whose changes these are: it plans them in one call with the licences themselves."""

FOR_COMPANY = "It is for the whole tenant, not for single users"
NOT_ACTIVE = "It was not activated in the tenant yet: that is done where the service is set up"


def tab(sku: str, licence: str) -> ToggleTab:
    """The table of one licence's service plans."""
    return ToggleTab(
        id=LICENSES,
        title="Service plans",
        about=f"The service plans of {licence}. All changes of a user's licences travel in one call.",
        toggles=(Toggle(PLAN, "On"),),
        columns=(
            Column("name", "Service plan", least=24),
            Column("state", "State", least=10),
            Column("servicePlanName", "Part", least=16, wide=True),
        ),
        load=partial(load, sku, licence),
        plan=_plan,
        needs=partial(needs, sku, licence),
    )


async def load(sku: str, licence: str, tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The licence's plans joined with what the user holds, live. Raises `RollcallError`."""
    async for found in licensings(tenant, user):
        rows = _rows(found, sku, licence)
        away = "" if sku in found.assigned else "the user does not hold this licence"
        note = ", ".join(part for part in (away, market_note(found)) if part)
        yield Page(rows, replace=True, note=note, total=len(rows))


def _rows(found: Licensing, sku: str, licence: str) -> list[Row]:
    if sku not in found.skus:
        raise NotFound(
            f"The tenant does not have {licence} any more, and the user does not hold it. Go back."
        )
    plans = [p for p in found.skus[sku].get("servicePlans") or () if p.get("servicePlanId")]
    held = sku in found.assigned
    lock = _inherited(found, sku) if held else found.why_not(sku)
    facts = {DISABLED: ",".join(found.off(sku)), LICENCE: licence}
    if held:
        facts[HELD] = "yes"
    elif not found.located:
        facts[LOCATION] = MISSING
    if not held and (asks := found.asks(sku)):
        facts[REQUEST] = asks
    return [_row(found, sku, plan, lock, facts) for plan in plans]


def needs(sku: str, licence: str, row: Row, toggle: int, on: bool) -> Sequence[Need]:
    """The licence itself where the user does not hold it, and before it a usage location."""
    if row.facts.get(HELD):
        return ()
    facts = {name: value for name, value in row.facts.items() if name != LICENCE}
    assign = Need(
        tab=LICENSES, field="assigned", title=licence, row=sku, before=False, value=True, facts=facts
    )
    return (NEED, assign) if row.facts.get(LOCATION) == MISSING else (assign,)


def _plan(changes: Sequence[Change]) -> list[Operation]:
    return operations(changes)


def _inherited(found: Licensing, sku: str) -> str:
    groups = found.through(sku)
    noun = "group" if len(groups) == 1 else "groups"
    return f"The licence comes from the {noun} {', '.join(groups)}: change its plans there" if groups else ""


def _row(found: Licensing, sku: str, plan: Object, lock: str, facts: dict[str, str]) -> Row:
    identity, part = str(plan["servicePlanId"]).lower(), str(plan.get("servicePlanName") or "")
    name = plan_name(identity, part)
    provisioned = str(plan.get("provisioningStatus") or "")
    lock = lock or _why_not(plan, provisioned)
    state = found.plans.get(identity, "") if sku in found.assigned else ""
    if provisioned not in ("", "Success"):
        state = f"{state}, {provisioned}".removeprefix(", ")
    return Row(
        plan_row(sku, identity),
        name,
        (name, state, part),
        (identity not in found.off(sku),),
        (lock,) if lock else (),
        facts,
    )


def _why_not(plan: Object, provisioned: str) -> str:
    if (plan.get("appliesTo") or "User") != "User":
        return FOR_COMPANY
    return NOT_ACTIVE if provisioned == "PendingActivation" else ""
