"""Licence requests on the Licenses tab: what is said of them, and how a pending one is cancelled."""

from collections.abc import Sequence

from services.action import Action, Answers, Form
from services.marketplace import Status, taken_back
from services.operation import Operation
from services.record import Record
from services.subscriptions import Licensing
from services.tenant import Tenant
from services.user import User

REQUEST_ID = "requestId"
STATUS = "requestStatus"
"""Facts of a row whose licence was requested: the request's id, and what became of it."""


def market_note(found: Licensing) -> str:
    """What the tab's title says of the marketplace; "" when there is nothing to say."""
    return found.market.trouble if found.market is not None else ""


def _fits(tenant: Tenant, user: User, record: Record | None) -> str:
    if not tenant.profile.market:
        return "no marketplace is connected"
    if record is None or not record.facts.get(REQUEST_ID):
        return "the licence was not requested"
    status = record.facts.get(STATUS, "")
    return "" if status == Status.PENDING else f"the request is {status} and no longer pending"


async def _ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    if record is None:
        raise RuntimeError("an action on a row was begun without one")
    identity, name = record.facts[REQUEST_ID], record.cells[0]
    return Form(
        title="Take back the licence request",
        told=(
            f"{name} for {user.name}: request {identity}, pending.",
            "The marketplace is told that it is not wanted any more.",
        ),
        save="Take it back",
        danger=True,
        facts={"request": identity, "sku": record.key, "name": name},
    )


def _plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    facts = form.facts
    return [taken_back(user.id, str(facts["sku"]), str(facts["name"]), str(facts["request"]))]


CANCEL = Action(
    id="cancel-license-request",
    title="Cancel request",
    about="Takes a licence request that is still pending back from the marketplace.",
    key="x",
    fits=_fits,
    ask=_ask,
    plan=_plan,
)
