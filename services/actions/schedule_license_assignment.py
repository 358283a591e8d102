"""Schedule license assignment: licences that come, or are requested, at a time to come; seats are kept until then."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from services import licences
from services.action import Action, Answers, Form, Question
from services.actions import sign_in, when
from services.errors import InvalidInput, ServiceDown
from services.marketplace import REQUEST
from services.operation import Operation
from services.product_names import product_name
from services.record import Record
from services.subscriptions import NOT_FOR_USERS, Licensing, licensing_then
from services.tabs.countries import COUNTRIES
from services.tenant import Tenant
from services.user import User
from state.schedule_values import NewSchedule
from state.values import Change

ID = "schedule-license-assignment"

LICENCES, LOCATION = "licences", "usageLocation"

RESERVED = "reserved"
"""The answer, which nobody is asked for, with the licences of which the schedule keeps a seat."""

_HELD, _NAMES = "held", "names"
_THEN, _KEPT = "then", "kept"
"""Facts: why each licence cannot be assigned, and what names a request for it; of one with a seat kept, too."""

_DOWN = "down"
"""The fact with why nothing can be asked of the marketplace now."""

_MOST_TOLD = 5


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Everybody who is there."""
    return sign_in.DELETED if user.deleted else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Which licences, and when; the rules are those of the tab Licenses. Raises `RollcallError`."""
    found = await licensing_then(tenant, user)
    names = {sku: product_name(sku, str(found.skus[sku].get("skuPartNumber") or "")) for sku in found.skus}
    then = _standing(found)
    kept = _standing(msgspec.structs.replace(found, reserved={}))
    now = tenant.clock.now()
    offered = [sku for sku, (why, _) in then.items() if not why]
    asked = [
        *when.questions(now),
        _licences(found, names, sorted(offered, key=lambda sku: bool(then[sku][1]))),
    ]
    if not user.usage_location:
        asked.insert(0, _location())
    return Form(
        title=f"Schedule licences for {user.name}",
        questions=tuple(asked),
        told=tuple(_told(names, then)),
        save="Schedule",
        facts={
            _HELD: list(found.assigned),
            _NAMES: names,
            _THEN: then,
            _KEPT: kept,
            _DOWN: found.market.trouble if found.market else "",
            **when.facts(now),
        },
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """The usage location where there is none, then one call for all licences that the user does not hold yet.

    What has no free seat is requested from the marketplace. Raises `ServiceDown` while that cannot be asked.
    """
    chosen = [str(sku) for sku in answers.get(LICENCES) or ()]
    if not chosen:
        raise InvalidInput("Choose at least one licence (Space ticks it).")
    if not user.usage_location and not answers.get(LOCATION):
        raise InvalidInput("A usage location is needed before a licence can be assigned.")
    operations: list[Operation] = []
    if not user.usage_location:
        operations += sign_in.set_property(user, LOCATION, "Usage location", None, answers[LOCATION])
    held = set(form.facts.get(_HELD) or ())
    coming = [_coming(user, sku, form, answers) for sku in chosen if sku not in held]
    return [*operations, *sign_in.unstaged(licences.operations(coming))]


def schedule(user: User, form: Form, answers: Answers, operator: str) -> NewSchedule:
    """The licences, at their instant; a seat is kept of those that are not requested."""
    at, zone, local = when.moment(form, answers)
    chosen = tuple(str(sku) for sku in answers.get(LICENCES) or ())
    asks = {sku for sku, (_, asks) in (form.facts.get(_THEN) or {}).items() if asks}
    seats = tuple(sku for sku in chosen if sku not in asks)
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
        answers={**answers, RESERVED: list(seats)},
        seats=seats,
        about=", ".join(f"{names.get(sku) or sku}{' (requested)' if sku in asks else ''}" for sku in chosen),
        tag="Licences",
    )


def _standing(found: Licensing) -> dict[str, tuple[str, str]]:
    """Of each licence that the user does not hold: why it cannot be assigned, and what names a request for it."""
    return {sku: (found.why_not(sku), found.asks(sku)) for sku in found.skus if sku not in found.assigned}


def _told(names: Mapping[str, str], then: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """What is reserved, what is requested, and why other licences are not offered."""
    if any(not why and not asks for why, asks in then.values()):
        yield "A seat of each is reserved until then."
    if any(asks for _, asks in then.values()):
        yield "What has no free seat is requested from the marketplace then."
    reasons = dict.fromkeys(why for why, _ in then.values() if why and why != NOT_FOR_USERS)
    for reason in reasons:
        some = [names[sku] for sku, (why, _) in then.items() if why == reason]
        more = f" and {len(some) - _MOST_TOLD} more" if len(some) > _MOST_TOLD else ""
        yield f"Not {', '.join(some[:_MOST_TOLD])}{more}: {reason[0].lower()}{reason[1:]}."
    if all(why for why, _ in then.values()):
        yield "No licence can be assigned: the tab Licenses says of each why."


def _licences(found: Licensing, names: Mapping[str, str], offered: Sequence[str]) -> Question:
    choices = []
    for sku in offered:
        seats = found.seats(sku)
        told = "on request" if found.asks(sku) else f"{seats.free:,} free" if seats else ""
        choices.append((sku, f"{names[sku]} ({told})" if told else names[sku]))
    return Question(id=LICENCES, title="Licences", kind="choices", choices=tuple(choices), value=[])


def _location() -> Question:
    return Question(
        id=LOCATION,
        title="Usage location",
        kind="choice",
        choices=COUNTRIES,
        about="The user has none, and no licence can be assigned without",
    )


def _coming(user: User, sku: str, form: Form, answers: Answers) -> Change:
    """The licence as a change that assigns it or asks for it. Raises `InvalidInput`, `ServiceDown`."""
    name = str((form.facts.get(_NAMES) or {}).get(sku) or sku)
    standing = form.facts[_KEPT if sku in (answers.get(RESERVED) or ()) else _THEN]
    why, asks = standing.get(sku) or ("The tenant does not have it any more", "")
    if why:
        error = ServiceDown if form.facts[_DOWN] and form.facts[_DOWN] in why else InvalidInput
        raise error(f"{name}: {why}.")
    facts = {REQUEST: asks, "name": user.name} if asks else {}
    return Change(user.id, user.upn, "licenses", sku, name, "assigned", False, True, facts)


ACTION = Action(
    id=ID,
    title="Schedule license assignment",
    about="Assigns licences at a date and time; seats are reserved, or requested then where none is free.",
    ask=ask,
    plan=plan,
    fits=fits,
    schedule=schedule,
)
