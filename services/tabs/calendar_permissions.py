"""Calendar permissions: who may see or change each of a user's calendars."""

from collections.abc import AsyncIterator, Mapping

from services.action import Action, Answers, Form, Question, RecipientKind, one_record
from services.calendars import LEVELS, Entry, changed, shown
from services.columns import Column
from services.errors import InvalidInput
from services.operation import Json, Operation
from services.record import Record, facts_of
from services.tabs.calendar_entries import Calendar, Seen, entries
from services.tabs.tab import Ground, Page, RecordTab, needs_exchange
from services.tabs.trustees import complete
from services.tenant import Tenant
from services.user import User

COLUMNS = (
    Column("calendar", "Calendar", least=14),
    Column("name", "Name", least=20),
    Column("permission", "Permission", least=28),
    Column("address", "Address", least=20, wide=True),
    Column("kind", "Kind", width=12, wide=True),
)
_KEEP = ""
"""The answer that leaves rights as they are which are none of the named levels."""

_NEVER_REMOVED = "every calendar has this entry: set it to None"


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """All entries of all calendars, live. Raises `RollcallError`."""
    _, seen, complaint = await entries(tenant, user)
    yield Page([_record(each, number) for number, each in enumerate(seen)], replace=True, note=complaint)


def _record(seen: Seen, number: int) -> Record:
    who = seen.who
    address = who.address if who.address != who.name and not seen.special else ""
    permission = shown(seen.rights, seen.flags)
    details = [
        ("Calendar", seen.calendar.name),
        ("Name", who.name),
        ("Address", address),
        ("Kind", who.kind),
        ("Permission", permission),
        ("In Exchange", ", ".join((*seen.rights, *seen.flags))),
    ]
    if who.lock:
        details.append(("Cannot be changed", who.lock))
    facts = {
        "folder": seen.calendar.folder,
        "calendar": seen.calendar.name,
        "name": who.name,
        "address": who.address,
        "rights": ",".join(seen.rights),
        "flags": ",".join(seen.flags),
        "special": seen.special,
        "lock": who.lock,
    }
    # entries that Exchange does not tell apart are still rows of their own
    key = "\x1f".join((seen.calendar.folder, str(number) if who.lock else seen.special or who.key))
    cells = (seen.calendar.name, who.name, permission, address, who.kind)
    return Record(key, cells, tuple(details), facts)


# Actions.


def _unlocked(tenant: Tenant, user: User, record: Record | None) -> str:
    return one_record(tenant, user, record) or (record.facts["lock"] if record else "")


def _removable(tenant: Tenant, user: User, record: Record | None) -> str:
    reason = _unlocked(tenant, user, record)
    return reason or (_NEVER_REMOVED if record and record.facts["special"] else "")


async def _ask_add(tenant: Tenant, user: User, record: Record | None) -> Form:
    found, seen, _ = await entries(tenant, user)
    if not found:
        raise InvalidInput(f"The mailbox of {user.name} has no calendar.")
    choices = tuple((each.folder, _title(each)) for each in found)
    here = record.facts["folder"] if record else ""
    questions = (
        Question(
            id="calendar",
            title="Calendar",
            kind="choice",
            choices=choices,
            value=here if here in dict(choices) else found[0].folder,
        ),
        Question(
            id="who",
            title="Who",
            kind="recipient",
            about="A user, guest, or functional role or other mail-enabled security group: type part of the name.",
            recipients=tuple(RecipientKind),
            complete=complete,
        ),
        Question(id="level", title="Permission", kind="choice", choices=LEVELS, value="AvailabilityOnly"),
    )
    facts = {
        "names": {each.folder: each.name for each in found},
        "held": {
            "\x1f".join((each.calendar.folder, key.lower())): [list(each.rights), list(each.flags)]
            for each in seen
            if not each.special and not each.who.lock
            for key in (each.who.id, each.who.address)
            if key
        },
    }
    return Form(
        title="Add calendar permission",
        questions=questions,
        told=(f"On a calendar of {user.name}  {user.upn}",),
        facts=facts,
    )


def _title(calendar: Calendar) -> str:
    return f"{calendar.name} (default)" if calendar.default else calendar.name


def _plan_add(user: User, form: Form, answers: Answers) -> list[Operation]:
    who, folder, level = answers["who"], answers["calendar"], answers["level"]
    if who is None:
        raise InvalidInput("Choose who gets the permission.")
    if who["id"].lower() == user.id.lower():
        raise InvalidInput("This is the calendar of that user: choose somebody else.")
    name = form.facts["names"][folder]
    entry = _entry(user, folder, name, who["name"], who["address"])
    keys = ("\x1f".join((folder, who[field].lower())) for field in ("id", "address"))
    before, flags = next((form.facts["held"][key] for key in keys if key in form.facts["held"]), (None, ()))
    if before == [level]:
        raise InvalidInput(f"{who['name']} has this permission on {name} already.")
    return [changed(entry, before, [level], flags)]


async def _ask_edit(tenant: Tenant, user: User, record: Record | None) -> Form:
    facts = facts_of(record)
    rights, flags = _rights(facts)
    named = len(rights) == 1 and rights[0] in dict(LEVELS)
    choices = LEVELS if named else ((_KEEP, f"{shown(rights)} (as it is)"), *LEVELS)
    told = [f"{facts['name']} on {facts['calendar']} of {user.name}"]
    if flags:
        told.append(f"Now {shown(rights, flags)}: any other permission than Can edit ends being a delegate.")
    question = Question(
        id="level",
        title="Permission",
        kind="choice",
        choices=choices,
        value=rights[0] if named else _KEEP,
        about="Left and Right change it, Enter lists them all.",
    )
    return Form(title="Edit calendar permission", questions=(question,), told=tuple(told), facts=dict(facts))


def _plan_edit(user: User, form: Form, answers: Answers) -> list[Operation]:
    rights, flags = _rights(form.facts)
    level = answers["level"]
    if level == _KEEP or rights == [level]:
        raise InvalidInput("Choose another permission than the present one.")
    return [changed(_entry_of(user, form.facts), rights, [level], flags)]


async def _ask_remove(tenant: Tenant, user: User, record: Record | None) -> Form:
    facts = facts_of(record)
    rights, flags = _rights(facts)
    return Form(
        title="Remove calendar permission",
        told=(
            f"{facts['name']}  {facts['address'] if facts['address'] != facts['name'] else ''}".rstrip(),
            f"loses “{shown(rights, flags)}” on {facts['calendar']} of {user.name}.",
        ),
        save="Remove",
        danger=True,
        facts=dict(facts),
    )


def _plan_remove(user: User, form: Form, answers: Answers) -> list[Operation]:
    rights, flags = _rights(form.facts)
    return [changed(_entry_of(user, form.facts), rights, None, flags)]


def _rights(facts: Mapping[str, Json]) -> tuple[list[str], list[str]]:
    rights, flags = ([text for text in facts[name].split(",") if text] for name in ("rights", "flags"))
    return rights, flags


def _entry_of(user: User, facts: Mapping[str, Json]) -> Entry:
    return _entry(
        user,
        facts["folder"],
        facts["calendar"],
        facts["name"],
        facts["address"],
        special=bool(facts["special"]),
    )


def _entry(
    user: User, folder: str, calendar: str, name: str, address: str, *, special: bool = False
) -> Entry:
    return Entry(folder, user.id, user.upn, address, f"{name} on {calendar}", special)


TAB = RecordTab(
    id="calendar-permissions",
    title="Calendar permissions",
    about="Who may see or change each calendar of this user.",
    columns=COLUMNS,
    load=load,
    empty="Exchange tells no entry of any calendar",
    actions=(
        Action(
            id="add-calendar-permission",
            title="Add",
            about="Lets somebody see or change one of the calendars.",
            ask=_ask_add,
            plan=_plan_add,
            key="insert,plus",
        ),
        Action(
            id="edit-calendar-permission",
            title="Edit",
            about="Changes what somebody may do with a calendar.",
            ask=_ask_edit,
            plan=_plan_edit,
            fits=_unlocked,
            key="enter,E",
        ),
        Action(
            id="remove-calendar-permission",
            title="Remove",
            about="Takes somebody's entry out of a calendar.",
            ask=_ask_remove,
            plan=_plan_remove,
            fits=_removable,
            key="delete,minus",
        ),
    ),
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
