"""Booking: how a room or a piece of equipment answers requests, who may book it, how far ahead and how long."""

import re
from collections.abc import Sequence

from services import exchange_names, mailboxes
from services import exchange_values as values
from services.errors import InvalidInput
from services.mailboxes import BOOKING_LISTS, Store
from services.operation import Json, Operation
from services.tabs.fields import SYNCED, Check, many, matching, text_of
from services.tabs.mailbox_fields import MASTERED, flag_shown, markup, read
from services.tabs.tab import FieldValue, Ground, Property, PropertyTab, needs_exchange
from services.tenant import Tenant
from services.user import User
from state.values import Change

_ANSWERS = (
    ("AutoAccept", "By itself, as set below"),
    ("AutoUpdate", "Marks requests as tentative"),
    ("None", "Not at all"),
)
_MOST = 2_147_483_647
_UNITS = {"": 1, "m": 1, "min": 1, "h": 60, "d": 1440}
_NO_LIMIT = "no limit"
_address = matching(r"[^@\s,;:<>]{1,64}@[^@\s,;:<>]{1,255}", "Mail addresses with commas between them.")


def _number(most: int, sentence: str) -> Check:
    def check(typed: str) -> Json:
        text = typed.strip()
        if not re.fullmatch("[0-9]{1,10}", text) or int(text) > most:
            raise InvalidInput(sentence)
        return int(text)

    return check


def _minutes(typed: str) -> Json:
    """A length typed as 90, 90 min, 1.5 h or 2 d, in minutes; "no limit" is Exchange's 0."""
    text = typed.strip().casefold()
    if text in (_NO_LIMIT, "none", "unlimited"):
        return 0
    found = re.fullmatch(r"([0-9]{1,10})(?:\.([05]))? ?(m|min|h|d|)", text)
    length = int(found[1]) * _UNITS[found[3]] if found else 0
    if found is None or (found[2] == "5" and _UNITS[found[3]] == 1) or length > _MOST - 720:
        raise InvalidInput("A length like 90 min, 2 h or 1 d, or “no limit”.")
    return length + (_UNITS[found[3]] // 2 if found[2] == "5" else 0)


def _shown_minutes(value: Json) -> str:
    if not isinstance(value, int):
        return text_of(value)
    if value == 0:
        return _NO_LIMIT
    return f"{value // 60} h" if value % 60 == 0 else f"{value} min"


def _people(id_: str, title: str, section: str) -> Property:
    check = many(_address, 500)
    return Property(id_, title, section, kind="list", check=_lower(check), learn=exchange_names.learn)


def _lower(check: Check) -> Check:
    return lambda typed: sorted({str(address).lower() for address in check(typed)})


_TIMES, _REQUESTS, _WHO, _CONTENT = "Times", "Requests", "Who may book", "What is kept of a request"
PROPERTIES = (
    Property("AutomateProcessing", "Answers requests", _REQUESTS, kind="choice", choices=_ANSWERS),
    Property("AllowConflicts", "Double bookings", _REQUESTS, kind="flag"),
    Property("AllowRecurringMeetings", "Recurring meetings", _REQUESTS, kind="flag"),
    Property(
        "ConflictPercentageAllowed", "Conflicts in a series, %", _REQUESTS,
        check=_number(100, "A percentage: a whole number from 0 to 100."),
    ),
    Property(
        "MaximumConflictInstances", "Conflicts in a series, most", _REQUESTS,
        check=_number(_MOST, "A whole number: how many meetings of a series may conflict."),
    ),
    Property("ProcessExternalMeetingMessages", "Requests from outside", _REQUESTS, kind="flag"),
    Property(
        "BookingWindowInDays", "Days ahead, most", _TIMES,
        check=_number(1080, "A whole number of days from 0 (no limit) to 1080."),
    ),
    Property("EnforceSchedulingHorizon", "Decline series beyond that", _TIMES, kind="flag"),
    Property("MinimumDurationInMinutes", "Shortest booking", _TIMES, check=_minutes),
    Property("MaximumDurationInMinutes", "Longest booking", _TIMES, check=_minutes),
    Property("ScheduleOnlyDuringWorkHours", "Working hours only", _TIMES, kind="flag"),
    Property("ResourceCapacity", "Seats", "Capacity", check=_number(_MOST, "How many people fit in: a whole number.")),
    Property("EnforceCapacity", "Decline if too many people", "Capacity", kind="flag"),
    Property("AllBookInPolicy", "Everybody books directly", _WHO, kind="flag"),
    _people("BookInPolicy", "These book directly", _WHO),
    Property("AllRequestInPolicy", "Everybody asks a delegate", _WHO, kind="flag"),
    _people("RequestInPolicy", "These ask a delegate", _WHO),
    Property("AllRequestOutOfPolicy", "Everybody asks beyond limits", _WHO, kind="flag"),
    _people("RequestOutOfPolicy", "These ask beyond limits", _WHO),
    _people("ResourceDelegates", "Delegates", _WHO),
    Property("ForwardRequestsToDelegates", "Requests go to the delegates", _WHO, kind="flag"),
    Property("TentativePendingApproval", "Tentative while they decide", _WHO, kind="flag"),
    Property("AddOrganizerToSubject", "Organiser in the subject", _CONTENT, kind="flag"),
    Property("DeleteSubject", "Delete the subject", _CONTENT, kind="flag"),
    Property("DeleteComments", "Delete the text", _CONTENT, kind="flag"),
    Property("DeleteAttachments", "Delete attachments", _CONTENT, kind="flag"),
    Property("RemovePrivateProperty", "Delete the private mark", _CONTENT, kind="flag"),
    Property("AddAdditionalResponse", "Answer with a text", _CONTENT, kind="flag"),
    Property("AdditionalResponse", "The text", _CONTENT, kind="markup", check=markup(30_000)),
)  # fmt: skip


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fields, live; the people by their addresses. Raises `RollcallError`."""
    requests = [
        mailboxes.get(Store.MAILBOX, user.id, ["ResourceCapacity"]),
        mailboxes.get(Store.BOOKING, user.id),
    ]
    mailbox, booking = await read(tenant, requests)
    both = {**booking, **mailbox}
    named = [str(name) for field in BOOKING_LISTS for name in values.names(both.get(field))]
    known = await exchange_names.addresses(tenant, named)
    lengths = {name: both.get(name) for name in ("MinimumDurationInMinutes", "MaximumDurationInMinutes")}
    facts = mailboxes.facts({name: value for name, value in lengths.items() if isinstance(value, int)})
    return [_value(field, both, known, facts) for field in PROPERTIES]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Set-CalendarProcessing, and one Set-Mailbox for the seats."""
    return mailboxes.operations(changes)


def _value(
    field: Property, both: dict[str, Json], known: dict[str, str], facts: dict[str, str]
) -> FieldValue:
    value = both.get(field.id)
    lock = SYNCED if field.id in MASTERED and both.get("IsDirSynced") else ""
    if field.id in BOOKING_LISTS:
        here = {text: known[text] for text in values.names(value) if text in known}
        every = {name: address for name, address in known.items() if address in here.values()}
        people = values.called(value, known)
        return FieldValue(field.id, people, ", ".join(people), lock, exchange_names.facts(every))
    return FieldValue(field.id, value, _shown(field, value), lock, facts)


def _shown(field: Property, value: Json) -> str:
    if field.check is _minutes:
        return _shown_minutes(value)
    match field.kind:
        case "choice":
            return dict(field.choices).get(str(value), text_of(value))
        case "flag":
            return flag_shown(value)
        case "markup":
            return values.text_of_markup(value or "")
    return text_of(value)


TAB = PropertyTab(
    id="booking",
    title="Booking",
    about="How a room or a piece of equipment answers requests: who may book it, how far ahead, for how long.",
    properties=PROPERTIES,
    load=load,
    plan=plan,
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
