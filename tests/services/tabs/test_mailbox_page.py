"""The page behind a mailbox's row: whose it is, its general settings and how it is booked, and what they become."""

from pathlib import Path
from typing import Any

import pytest

from services import exchange_names
from services.errors import InvalidInput, NotFound
from services.operation import Answer, HasNames, Look
from services.plan import Finding, plan
from services.record import Record
from services.session import Session
from services.tabs import booking, mailbox_general
from services.tabs.fields import SYNCED
from services.tabs.registry import BEHIND_ROWS, BY_ID, TABS
from services.tabs.tab import FieldValue, Opening, RecordTab, ToggleTab, hidden
from services.user import User
from state.values import Change, ProcessStatus, StepClass
from tests.recorder import recording
from tests.sandbox import Endpoints
from tests.services.connected import ADELE, applied, back, connected, fields, put, reviewed, rows

pytestmark = pytest.mark.anyio

GENERAL = {p.id: p for p in mailbox_general.PROPERTIES}
BOOKING = {p.id: p for p in booking.PROPERTIES}


async def _opened(session: Session, tab: str, name: str) -> Opening:
    """What Enter on a row of one of Adele's tabs opens."""
    user = await session.find_user(ADELE)
    found = BY_ID[tab]
    assert isinstance(found, ToggleTab)
    assert found.opens is not None
    return found.opens(user, (await rows(session, user, tab))[name])


def _changes(
    user: User, tab: str, before: dict[str, FieldValue], wanted: dict[str, Any], **facts: str
) -> list[Change]:
    return [
        Change(user.id, user.upn, tab, "", field, field, before[field].value, after,
               {**before[field].facts, **facts})
        for field, after in wanted.items()
    ]  # fmt: skip


def test_ids_of_tabs_are_unique() -> None:
    assert len(BY_ID) == len(TABS) + len(BEHIND_ROWS)


async def test_a_room_has_booking_and_a_shared_mailbox_has_not(session: Session) -> None:
    room = await _opened(session, "room-mailboxes", "Room Adams")
    assert (room.title, room.kind) == ("Room mailbox", "Room mailbox")
    assert (room.subject.name, room.subject.upn) == ("Room Adams", "room.adams@contoso.example")
    assert "booking" in [tab.id for tab in room.tabs]
    assert not any(hidden(tab, session.tenant, room.subject) for tab in room.tabs)
    van = await _opened(session, "equipment-mailboxes", "Van")
    assert "booking" in [tab.id for tab in van.tabs]
    shared = await _opened(session, "shared-mailboxes", "Careers")
    assert shared.title == "Shared mailbox"
    assert "booking" not in [tab.id for tab in shared.tabs]


async def test_general_settings_reach_the_mailbox_and_back(session: Session) -> None:
    user = (await _opened(session, "shared-mailboxes", "Careers")).subject
    before = await fields(session, user, "mailbox-general")
    assert before["RecipientTypeDetails"].shown == "Shared mailbox"
    assert (before["Alias"].value, before["DisplayName"].value) == ("careers", "Careers")
    wanted = {
        "DisplayName": "Careers & Alumni",
        "Alias": "careers.alumni",
        "HiddenFromAddressListsEnabled": True,
        "MessageCopyForSentAsEnabled": True,
        "ImapEnabled": False,
    }
    changes = _changes(user, "mailbox-general", before, wanted)
    found = await reviewed(session, changes)
    assert [line.finding for line in found.lines] == [Finding.READY] * 2
    process, _ = await applied(session, found)
    assert (process.status, process.user) == (ProcessStatus.SUCCEEDED, user.id)
    now = await fields(session, user, "mailbox-general")
    assert {f: now[f].value for f in wanted} == wanted
    assert [line.finding for line in (await reviewed(session, changes)).lines] == [Finding.ALREADY_SO] * 2
    await session.pending.discard([change.key for change in changes])
    assert (await applied(session, await reviewed(session, back(changes))))[0].status is (
        ProcessStatus.SUCCEEDED
    )
    assert (await fields(session, user, "mailbox-general"))["DisplayName"].value == "Careers"


async def test_a_synchronised_mailbox_says_what_cannot_be_changed_here(session: Session) -> None:
    user = await session.find_user("meganb@contoso.example")
    found = await fields(session, user, "mailbox-general")
    assert {f for f, v in found.items() if v.lock == SYNCED} == {
        "DisplayName", "Alias", "EmailAddresses", "HiddenFromAddressListsEnabled", "MailTip",
    }  # fmt: skip
    assert (await fields(session, user, "booking"))["ResourceCapacity"].lock == SYNCED


async def test_people_who_book_are_shown_by_address_and_replaced_as_a_whole(session: Session) -> None:
    user = (await _opened(session, "room-mailboxes", "Room Adams")).subject
    before = await fields(session, user, "booking")
    assert ADELE in before["BookInPolicy"].value
    assert before["ResourceDelegates"].value == [ADELE]
    assert (before["AllBookInPolicy"].value, before["ResourceCapacity"].value) == (False, 4)
    told = await exchange_names.learn(session.tenant, [ADELE, "room.baker@contoso.example"])
    wanted = {"ResourceDelegates": [ADELE, "room.baker@contoso.example"], "BookInPolicy": []}
    changes = _changes(user, "booking", before, wanted, **told)
    found = await reviewed(session, changes)
    assert [line.finding for line in found.lines] == [Finding.READY]
    given = found.lines[0].operation.request.body["CmdletInput"]["Parameters"]
    assert given == {
        "Identity": user.id,
        "ResourceDelegates": [ADELE, "room.baker@contoso.example"],
        "BookInPolicy": None,
    }
    process, (step,) = await applied(session, found)
    assert (process.status, step.state) == (ProcessStatus.SUCCEEDED, StepClass.DONE)
    now = await fields(session, user, "booking")
    assert {f: now[f].value for f in wanted} == wanted
    assert (await reviewed(session, changes)).lines[0].finding is Finding.ALREADY_SO
    await session.pending.discard([change.key for change in changes])
    await applied(session, await reviewed(session, back(changes)))
    assert (await fields(session, user, "booking"))["BookInPolicy"].value == before["BookInPolicy"].value


async def test_booking_and_seats_go_to_two_cmdlets_by_lawful_calls(tenant: Endpoints, tmp_path: Path) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            user = (await _opened(session, "room-mailboxes", "Room Baker")).subject
            for tab in ("mailbox-general", "booking"):
                await fields(session, user, tab)
            before = await fields(session, user, "booking")
            assert before["MaximumDurationInMinutes"].shown == "8 h"
            wanted = {
                "AutomateProcessing": "AutoUpdate",
                "AllowConflicts": True,
                "BookingWindowInDays": 30,
                "MaximumDurationInMinutes": 120,
                "ProcessExternalMeetingMessages": True,
                "AdditionalResponse": "<html><body>Doors open at 8.</body></html>",
                "RequestInPolicy": [ADELE],
                "ResourceCapacity": 12,
            }
            told = await exchange_names.learn(session.tenant, [ADELE])
            changes = _changes(user, "booking", before, wanted, **told)
            process, steps = await applied(session, await reviewed(session, changes))
            assert process.status is ProcessStatus.SUCCEEDED
            assert [s.state for s in steps] == [StepClass.DONE] * 2
            now = await fields(session, user, "booking")
            assert {f: now[f].value for f in wanted} == wanted
        sent = [one for one in recorder.check() if one.cmdlet.startswith("Set-")]
        assert [one.cmdlet for one in sent] == ["Set-Mailbox", "Set-CalendarProcessing"]
        assert sent[0].body["CmdletInput"]["Parameters"] == {"Identity": user.id, "ResourceCapacity": 12}


async def test_who_is_unknown_to_exchange_is_not_taken(session: Session) -> None:
    with pytest.raises(NotFound, match=r"no recipient nobody@contoso\.example"):
        await exchange_names.learn(session.tenant, [ADELE, "nobody@contoso.example"])
    assert await exchange_names.learn(session.tenant, []) == {}


async def test_a_plain_user_is_no_room_that_accepts_by_itself(session: Session) -> None:
    user = await session.find_user(ADELE)
    found = await reviewed(session, [put(user, "booking", "AutomateProcessing", "AutoUpdate", "AutoAccept")])
    _, (step,) = await applied(session, found)
    assert step.state is StepClass.REFUSED
    assert "room and equipment" in step.sentence


def test_the_shortest_booking_must_fit_into_the_longest() -> None:
    def change(field: str, after: int, **facts: str) -> Change:
        return Change("u-1", "room@x.example", "booking", "", field, field, 0, after, facts)

    (bad,) = plan([change("MinimumDurationInMinutes", 90, **{"now:MaximumDurationInMinutes": "60"})])
    assert "must not be longer" in bad.objection
    (endless,) = plan([change("MinimumDurationInMinutes", 90, **{"now:MaximumDurationInMinutes": "0"})])
    assert endless.objection == ""


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("MaximumDurationInMinutes", "90", 90),
        ("MaximumDurationInMinutes", "8 h", 480),
        ("MaximumDurationInMinutes", "1.5h", 90),
        ("MaximumDurationInMinutes", "0.5 d", 720),
        ("MaximumDurationInMinutes", "no limit", 0),
        ("BookingWindowInDays", "1080", 1080),
        ("ConflictPercentageAllowed", "100", 100),
        ("BookInPolicy", "B@x.example, a@x.example", ["a@x.example", "b@x.example"]),
        ("BookInPolicy", "", []),
    ],
)
def test_what_may_be_typed(field: str, typed: str, value: Any) -> None:
    check = BOOKING[field].check
    assert check is not None
    assert check(typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("MaximumDurationInMinutes", "1.5 min"),
        ("MaximumDurationInMinutes", "99999999999"),
        ("MaximumDurationInMinutes", "soon"),
        ("BookingWindowInDays", "1081"),
        ("BookingWindowInDays", "-1"),
        ("ConflictPercentageAllowed", "101"),
        ("ResourceCapacity", "many"),
        ("BookInPolicy", "Adele Vance"),
    ],
)
def test_what_may_not_be_typed(field: str, typed: str) -> None:
    check = BOOKING[field].check
    assert check is not None
    with pytest.raises(InvalidInput):
        check(typed)


@pytest.mark.parametrize("typed", ["", "two words", ".dot", "a..b", "x" * 65])
def test_what_is_no_alias(typed: str) -> None:
    check = GENERAL["Alias"].check
    assert check is not None
    with pytest.raises(InvalidInput):
        check(typed)


def test_a_list_of_names_is_read_by_what_is_known_of_them() -> None:
    from services.jobs.sight import seen
    from services.operation import Request, Service

    find = HasNames("BookInPolicy", ("value", "0", "BookInPolicy"), {"/o=x/cn=adele": "adelev@x.example"})
    look = Look(Request(Service.EXCHANGE), (find,))
    body = {"value": [{"BookInPolicy": ["/o=X/cn=Adele", "/o=X/cn=Gone"]}]}
    assert seen(look, Answer(200, body)) == {"BookInPolicy": ["/o=x/cn=gone", "adelev@x.example"]}
    assert seen(look, Answer(200, {"value": [{"BookInPolicy": None}]})) == {"BookInPolicy": []}
    assert seen(look, Answer(404)) == {}


async def test_another_address_than_the_primary_is_understood(session: Session) -> None:
    told = await exchange_names.learn(session.tenant, ["room.baker@mail.contoso.example"])
    user = (await _opened(session, "equipment-mailboxes", "Van")).subject
    before = await fields(session, user, "booking")
    changes = _changes(
        user, "booking", before, {"RequestInPolicy": ["room.baker@mail.contoso.example"]}, **told
    )
    found = await reviewed(session, changes)
    assert found.lines[0].operation.after == {"RequestInPolicy": ["room.baker@contoso.example"]}
    _, (step,) = await applied(session, found)
    assert step.state is StepClass.DONE
    assert (await fields(session, user, "booking"))["RequestInPolicy"].shown == "room.baker@contoso.example"


async def test_the_same_permissions_tab_as_a_users_shows_who_opens_a_mailbox(session: Session) -> None:
    opened = await _opened(session, "shared-mailboxes", "Accounts Payable")
    (tab,) = [tab for tab in opened.tabs if tab.id == "mailbox-permissions"]
    assert isinstance(tab, RecordTab)
    (page,) = [page async for page in tab.load(session.tenant, opened.subject)]
    names = [record.cells[0] for record in page.rows if isinstance(record, Record)]
    assert "Adele Vance" in names
    (tab,) = [tab for tab in opened.tabs if tab.id == "calendar-permissions"]
    assert isinstance(tab, RecordTab)
    (page,) = [page async for page in tab.load(session.tenant, opened.subject)]
    assert page.rows
