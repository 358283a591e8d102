"""Schedule license assignment: licences that come at a time to come; their seats are reserved until then."""

from collections.abc import Mapping, Sequence

from services import licences
from services.action import Action, Answers, Form, Question
from services.actions import sign_in, when
from services.errors import InvalidInput
from services.operation import Operation
from services.product_names import product_name
from services.record import Record
from services.subscriptions import Licensing, licensing
from services.tabs.countries import COUNTRIES
from services.tenant import Tenant
from services.user import User
from state.schedule_values import NewSchedule
from state.values import Change

ID = "schedule-license-assignment"

LICENCES, LOCATION = "licences", "usageLocation"
_HELD, _NAMES = "held", "names"


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Everybody who is there."""
    return sign_in.DELETED if user.deleted else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Which licences, and when; the rules are those of the tab Licenses. Raises `RollcallError`."""
    found = await licensing(tenant, user)
    names = {sku: product_name(sku, str(found.skus[sku].get("skuPartNumber") or "")) for sku in found.skus}
    free = [sku for sku in found.skus if sku not in found.assigned and not found.why_not(sku)]
    now = tenant.clock.now()
    asked = [*when.questions(now), _licences(found, names, free)]
    if not user.usage_location:
        asked.insert(0, _location())
    return Form(
        title=f"Schedule licences for {user.name}",
        questions=tuple(asked),
        told=(
            "A seat of each is reserved until then."
            if free
            else "No licence can be assigned: the tab Licenses says of each why.",
        ),
        save="Schedule",
        facts={
            _HELD: list(found.assigned),
            _NAMES: names,
            **when.facts(now),
        },
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """The usage location where there is none, then one call for all licences that the user does not hold yet."""
    chosen = [str(sku) for sku in answers.get(LICENCES) or ()]
    if not chosen:
        raise InvalidInput("Choose at least one licence (Space ticks it).")
    if not user.usage_location and not answers.get(LOCATION):
        raise InvalidInput("A usage location is needed before a licence can be assigned.")
    operations: list[Operation] = []
    if not user.usage_location:
        operations += sign_in.set_property(user, LOCATION, "Usage location", None, answers[LOCATION])
    held = set(form.facts.get(_HELD) or ())
    names = form.facts.get(_NAMES) or {}
    coming = [_coming(user, sku, str(names.get(sku) or sku)) for sku in chosen if sku not in held]
    if not coming:
        return operations
    return [*operations, *sign_in.unstaged([licences.assignment(coming)])]


def schedule(user: User, form: Form, answers: Answers, operator: str) -> NewSchedule:
    """The licences, at their instant."""
    at, zone, local = when.moment(form, answers)
    chosen = tuple(str(sku) for sku in answers.get(LICENCES) or ())
    names = form.facts.get(_NAMES) or {}
    return NewSchedule(
        kind=ID,
        action=ID,
        title="Assign licences",
        user=user.id,
        user_name=user.name,
        operator=operator,
        at=at,
        zone=zone,
        local=local,
        answers=dict(answers),
        seats=chosen,
        about=", ".join(str(names.get(sku) or sku) for sku in chosen),
        tag="Licences",
    )


def _licences(found: Licensing, names: Mapping[str, str], free: Sequence[str]) -> Question:
    seats = {sku: found.seats(sku) for sku in free}
    choices = [
        (sku, f"{names[sku]} ({left.free:,} free)" if left else names[sku]) for sku, left in seats.items()
    ]
    return Question(id=LICENCES, title="Licences", kind="choices", choices=tuple(choices), value=[])


def _location() -> Question:
    return Question(
        id=LOCATION,
        title="Usage location",
        kind="choice",
        choices=COUNTRIES,
        about="The user has none, and no licence can be assigned without",
    )


def _coming(user: User, sku: str, name: str) -> Change:
    return Change(user.id, user.upn, "licenses", sku, name, "assigned", False, True)


ACTION = Action(
    id=ID,
    title="Schedule license assignment",
    about="Assigns licences at a date and time; their seats are reserved until then.",
    ask=ask,
    plan=plan,
    fits=fits,
    schedule=schedule,
)
