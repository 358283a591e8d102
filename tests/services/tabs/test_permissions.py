"""Mailbox and calendar permissions: add, edit, remove and back again, and what must never be touched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services import recipients
from services.action import RecipientKind
from services.calendars import Entry, changed, shown
from services.errors import InvalidInput, NotFound, NotPermitted
from services.jobs.sight import seen
from services.operation import Answer, Operation, Request
from services.record import Record
from services.sandbox.seed_permissions import GONE
from services.session import Session
from services.tabs import calendar_entries
from services.tabs.trustees import resolved
from services.user import User
from state.values import ProcessStatus, StepClass
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import action_of, asked, backwards, carried_out, chosen, done
from tests.services.connected import ADELE, connected, records

pytestmark = pytest.mark.anyio

MAILBOX, CALENDAR = "mailbox-permissions", "calendar-permissions"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test puts back what it changed."""
    with running_sandbox() as found:
        yield found


async def held(session: Session, user: User) -> dict[str, str]:
    """Name to permissions on the mailbox."""
    return {r.cells[0]: r.cells[1] for r in await records(session, user, MAILBOX)}


async def on(session: Session, user: User, calendar: str = "Calendar") -> dict[str, str]:
    """Name to permission on one calendar."""
    return {r.cells[1]: r.cells[2] for r in await records(session, user, CALENDAR) if r.cells[0] == calendar}


async def row(session: Session, user: User, tab: str, *words: str) -> Record:
    """The record with these words among its cells."""
    return next(r for r in await records(session, user, tab) if all(word in r.cells for word in words))


def sent(operations: list[Operation]) -> list[tuple[str, dict[str, Any]]]:
    """The cmdlets with their parameters."""
    given = [operation.request.body["CmdletInput"] for operation in operations]
    return [(each["CmdletName"], each["Parameters"]) for each in given]


async def test_all_lists_become_one_with_everybody_once(session: Session) -> None:
    adele = await session.find_user(ADELE)
    assert await held(session, adele) == {
        "Alex Wilber": "Full access, Send as",
        "Building Access": "Full access",
        "Isaiah Langer": "Send as, DeleteItem, ReadPermission",
        "Megan Bowen": "Send on behalf",
        "Vault Keys": "Send on behalf",
        GONE: "Full access",
        "S-1-5-21-1004336348-1177238915-682003330-51311": "Send as",
    }


async def test_add_edit_remove_and_back(session: Session) -> None:
    adele = await session.find_user(ADELE)
    before = await held(session, adele)
    action, form, answers = await asked(session, adele, MAILBOX, "Add")
    answers |= {
        "who": await chosen(session, form, "bo whitfield"),
        "rights": ["full-access", "send-on-behalf"],
    }
    added, process, steps = await done(session, adele, action, form, answers | {"mapped": False})
    assert process.status is ProcessStatus.SUCCEEDED
    assert [step.state for step in steps] == [StepClass.DONE] * 2
    assert sent(added)[0] == (
        "Add-MailboxPermission",
        {
            "Identity": adele.id, "User": "bo.whitfield19@contoso.example", "AccessRights": ["FullAccess"],
            "InheritanceType": "All", "AutoMapping": False, "Confirm": False,
        },
    )  # fmt: skip
    assert (await held(session, adele))["Bo Whitfield"] == "Full access, Send on behalf"

    record = await row(session, adele, MAILBOX, "Bo Whitfield")
    action, form, answers = await asked(session, adele, MAILBOX, "Edit", record)
    assert answers["rights"] == ["full-access", "send-on-behalf"]
    with pytest.raises(InvalidInput):
        action.plan(adele, form, answers)
    edited, process, _ = await done(session, adele, action, form, {"rights": ["send-as", "send-on-behalf"]})
    assert [o.title for o in edited] == ["Remove full access", "Add send as"]
    assert (await held(session, adele))["Bo Whitfield"] == "Send as, Send on behalf"

    record = await row(session, adele, MAILBOX, "Bo Whitfield")
    action, form, _ = await asked(session, adele, MAILBOX, "Remove", record)
    assert form.danger
    removed, process, _ = await done(session, adele, action, form, {})
    assert process.status is ProcessStatus.SUCCEEDED
    assert await held(session, adele) == before

    for operations in (removed, edited):
        await carried_out(session, adele, backwards(operations))
    assert (await held(session, adele))["Bo Whitfield"] == "Full access, Send on behalf"
    process, _ = await carried_out(session, adele, backwards(added))
    assert process.status is ProcessStatus.SUCCEEDED
    assert await held(session, adele) == before


async def test_what_is_so_already_is_told_and_not_an_error(session: Session) -> None:
    adele = await session.find_user(ADELE)
    action, form, answers = await asked(session, adele, MAILBOX, "Add")
    answers |= {"who": await chosen(session, form, "bo whitfield"), "rights": ["full-access", "send-as"]}
    operations, _, _ = await done(session, adele, action, form, answers)
    _, steps = await carried_out(session, adele, operations)
    assert {step.state for step in steps} == {StepClass.ALREADY_SO}
    await carried_out(session, adele, backwards(operations))
    _, steps = await carried_out(session, adele, backwards(operations))
    assert {step.state for step in steps} == {StepClass.ALREADY_SO}


async def test_the_form_says_what_cannot_be_sent(session: Session) -> None:
    adele = await session.find_user(ADELE)
    action, form, answers = await asked(session, adele, MAILBOX, "Add")
    alex = await chosen(session, form, "alex w")
    own = await chosen(session, form, "adele")
    for given, words in (
        ({}, "Choose who"),
        ({"who": alex}, "at least one"),
        ({"who": alex, "rights": ["full-access", "send-as"]}, "already"),
        ({"who": own, "rights": ["send-as"]}, "somebody else"),
    ):
        with pytest.raises(InvalidInput, match=words):
            action.plan(adele, form, answers | given)
    planned = action.plan(adele, form, answers | {"who": alex, "rights": ["send-as", "send-on-behalf"]})
    assert [o.title for o in planned] == ["Add send on behalf"]


async def test_rights_without_a_name_stay_at_an_edit_and_go_only_with_the_whole(session: Session) -> None:
    adele = await session.find_user(ADELE)
    record = await row(session, adele, MAILBOX, "Isaiah Langer")
    action, form, answers = await asked(session, adele, MAILBOX, "Edit", record)
    assert "DeleteItem, ReadPermission" in form.told[-1]
    edited, _, _ = await done(session, adele, action, form, answers | {"rights": ["full-access"]})
    assert (await held(session, adele))["Isaiah Langer"] == "Full access, DeleteItem, ReadPermission"
    await carried_out(session, adele, backwards(edited))
    action, form, _ = await asked(session, adele, MAILBOX, "Remove", record)
    removed, process, _ = await done(session, adele, action, form, {})
    assert [o.title for o in removed] == ["Remove send as", "Remove DeleteItem, ReadPermission"]
    assert process.status is ProcessStatus.SUCCEEDED
    assert "Isaiah Langer" not in await held(session, adele)
    await carried_out(session, adele, backwards(removed))
    assert (await held(session, adele))["Isaiah Langer"] == "Send as, DeleteItem, ReadPermission"


async def test_a_sid_that_nobody_bears_can_be_removed(tmp_path: Path) -> None:
    with running_sandbox() as alone:
        async with connected(alone, tmp_path) as session:
            adele = await session.find_user(ADELE)
            record = await row(session, adele, MAILBOX, GONE)
            action, form, _ = await asked(session, adele, MAILBOX, "Remove", record)
            operations, process, _ = await done(session, adele, action, form, {})
            assert sent(operations)[0][1]["User"] == GONE
            assert process.status is ProcessStatus.SUCCEEDED
            assert GONE not in await held(session, adele)
            record = await row(session, adele, CALENDAR, f"NT:{GONE}")
            action, form, _ = await asked(session, adele, CALENDAR, "Remove", record)
            _, process, _ = await done(session, adele, action, form, {})
            assert process.status is ProcessStatus.SUCCEEDED
            assert f"NT:{GONE}" not in await on(session, adele)


async def test_active_directory_masters_who_sends_on_behalf_of_a_synchronised_mailbox(
    session: Session,
) -> None:
    megan = await session.find_user("meganb@contoso.example")
    action, form, answers = await asked(session, megan, MAILBOX, "Add")
    rights = next(q for q in form.questions if q.id == "rights")
    assert [value for value, _ in rights.choices] == ["full-access", "send-as"]
    assert any("Active Directory" in line for line in form.told)
    answers |= {"who": await chosen(session, form, "bo whitfield"), "rights": ["full-access"]}
    operations, process, _ = await done(session, megan, action, form, answers)
    assert process.status is ProcessStatus.SUCCEEDED
    await carried_out(session, megan, backwards(operations))


async def test_only_users_and_mail_enabled_security_groups_are_offered(session: Session) -> None:
    async def names(typed: str, *kinds: RecipientKind) -> set[str]:
        return {r.name for r in (await recipients.find(session.tenant, typed, kinds)).recipients}

    user, guest, group = RecipientKind.USER, RecipientKind.GUEST, RecipientKind.MAIL_SECURITY_GROUP
    assert await names("Vault", user, group) == {"Vault Keys"}
    assert await names("Contoso", user, group) == set()
    assert await names("Purchasing", user, group) == set()
    assert await names("Diego", user, group) == set()
    assert await names("Diego", user, guest, group) == {"Diego Siciliani"}
    assert await names("o'br' or 1 eq 1", user, guest, group) == set()
    (diego,) = (await recipients.find(session.tenant, "diego", (guest,))).recipients
    assert diego.address == "diegos@fabrikam.example"
    async for _ in session.tenant.users.listing():
        pass
    assert await names("vance", user) == {"Adele Vance"}


async def test_calendars_are_shown_in_their_own_language_and_special_entries_first_of_none(
    session: Session,
) -> None:
    alex = await session.find_user("alexw@contoso.example")
    found = [r.cells[:3] for r in await records(session, alex, CALENDAR)]
    assert found[0] == ("Kalender", "Adele Vance", "Owner")
    assert {name for name, _, _ in found} == {"Kalender", "Feiertage in Deutschland"}
    adele = await session.find_user(ADELE)
    assert await on(session, adele, "Team rota") == {
        "Megan Bowen": "PublishingEditor",
        "Default (everyone)": "Can view when I'm busy",
        "Anonymous (outside)": "None",
    }


async def test_calendar_add_edit_remove_and_back(session: Session) -> None:
    adele = await session.find_user(ADELE)
    before = await on(session, adele)
    action, form, answers = await asked(session, adele, CALENDAR, "Add")
    assert dict(form.questions[0].choices)[answers["calendar"]] == "Calendar (default)"
    who = await chosen(session, form, "vault")
    added, process, _ = await done(
        session, adele, action, form, answers | {"who": who, "level": "LimitedDetails"}
    )
    assert process.status is ProcessStatus.SUCCEEDED
    name, parameters = sent(added)[0]
    assert name == "Add-MailboxFolderPermission"
    assert parameters.pop("Identity").startswith(f"{ADELE}:")
    assert parameters == {
        "User": "vaultkeys@contoso.example", "AccessRights": ["LimitedDetails"], "SendNotificationToUser": False,
    }  # fmt: skip
    assert (await on(session, adele))["Vault Keys"] == "Can view titles and locations"

    record = await row(session, adele, CALENDAR, "Calendar", "Vault Keys")
    action, form, answers = await asked(session, adele, CALENDAR, "Edit", record)
    with pytest.raises(InvalidInput):
        action.plan(adele, form, answers)
    edited, _, _ = await done(session, adele, action, form, {"level": "Editor"})
    assert (await on(session, adele))["Vault Keys"] == "Can edit"

    record = await row(session, adele, CALENDAR, "Calendar", "Vault Keys")
    action, form, _ = await asked(session, adele, CALENDAR, "Remove", record)
    removed, process, _ = await done(session, adele, action, form, {})
    assert process.status is ProcessStatus.SUCCEEDED
    assert await on(session, adele) == before

    for operations in (removed, edited):
        await carried_out(session, adele, backwards(operations))
    assert (await on(session, adele))["Vault Keys"] == "Can view titles and locations"
    await carried_out(session, adele, backwards(added))
    assert await on(session, adele) == before


async def test_who_has_an_entry_already_gets_the_new_level_in_it(session: Session) -> None:
    adele = await session.find_user(ADELE)
    action, form, answers = await asked(session, adele, CALENDAR, "Add")
    answers |= {"who": await chosen(session, form, "building acc"), "level": "Reviewer"}
    operations, process, _ = await done(session, adele, action, form, answers)
    assert [name for name, _ in sent(operations)] == ["Set-MailboxFolderPermission"]
    assert process.status is ProcessStatus.SUCCEEDED
    await carried_out(session, adele, backwards(operations))
    assert (await on(session, adele))["Building Access"] == "Can view when I'm busy"


async def test_an_entry_that_came_or_went_meanwhile_is_set_or_added(session: Session) -> None:
    adele = await session.find_user(ADELE)
    action, form, answers = await asked(session, adele, CALENDAR, "Add")
    who = await chosen(session, form, "bo whitfield")
    (add,) = action.plan(adele, form, answers | {"who": who, "level": "Reviewer"})
    (other,) = action.plan(adele, form, answers | {"who": who, "level": "Editor"})
    await carried_out(session, adele, [add])
    _, steps = await carried_out(session, adele, [other])
    assert [step.state for step in steps] == [StepClass.DONE]
    assert (await on(session, adele))["Bo Whitfield"] == "Can edit"
    record = await row(session, adele, CALENDAR, "Calendar", "Bo Whitfield")
    assert add.inverse is not None
    await carried_out(session, adele, [add.inverse])
    action, form, _ = await asked(session, adele, CALENDAR, "Edit", record)
    await done(session, adele, action, form, {"level": "Owner"})
    assert (await on(session, adele))["Bo Whitfield"] == "Owner"
    await carried_out(session, adele, [add.inverse])
    _, steps = await carried_out(session, adele, [add.inverse])
    assert [step.state for step in steps] == [StepClass.ALREADY_SO]


async def test_rights_without_a_name_are_kept_until_a_level_is_chosen(session: Session) -> None:
    adele = await session.find_user(ADELE)
    record = await row(session, adele, CALENDAR, "Calendar", "Isaiah Langer")
    action, form, answers = await asked(session, adele, CALENDAR, "Edit", record)
    assert (
        dict(form.questions[0].choices)[answers["level"]]
        == "ReadItems, CreateItems, FolderVisible (as it is)"
    )
    with pytest.raises(InvalidInput):
        action.plan(adele, form, answers)
    operations, _, _ = await done(session, adele, action, form, {"level": "Reviewer"})
    assert (await on(session, adele))["Isaiah Langer"] == "Can view all details"
    await carried_out(session, adele, backwards(operations))
    assert (await on(session, adele))["Isaiah Langer"] == "ReadItems, CreateItems, FolderVisible"


async def test_a_delegate_loses_that_only_with_the_right_to_edit(session: Session) -> None:
    adele = await session.find_user(ADELE)
    record = await row(session, adele, CALENDAR, "Calendar", "Alex Wilber")
    action, form, _ = await asked(session, adele, CALENDAR, "Edit", record)
    assert any("delegate" in line for line in form.told)
    operations, _, _ = await done(session, adele, action, form, {"level": "Reviewer"})
    assert "SharingPermissionFlags" not in sent(operations)[0][1]
    back = backwards(operations)
    assert sent(back)[0][1]["SharingPermissionFlags"] == "Delegate,CanViewPrivateItems"
    await carried_out(session, adele, back)
    assert (await on(session, adele))["Alex Wilber"] == "Can edit (delegate, private items)"


async def test_the_folders_own_entries_are_set_and_never_removed(session: Session) -> None:
    adele = await session.find_user(ADELE)
    record = await row(session, adele, CALENDAR, "Birthdays", "Default (everyone)")
    assert "set it to None" in action_of(CALENDAR, "Remove").fits(session.tenant, adele, record)
    action, form, _ = await asked(session, adele, CALENDAR, "Edit", record)
    operations, process, _ = await done(session, adele, action, form, {"level": "Reviewer"})
    assert sent(operations)[0][1]["User"] == "Default"
    assert operations[0].instead is None
    assert process.status is ProcessStatus.SUCCEEDED
    await carried_out(session, adele, backwards(operations))


async def test_a_name_that_several_bear_is_locked(session: Session) -> None:
    adele = await session.find_user(ADELE)
    locked = [r for r in await records(session, adele, CALENDAR) if r.facts["lock"]]
    assert locked
    for title in ("Edit", "Remove"):
        assert "Several" in action_of(CALENDAR, title).fits(session.tenant, adele, locked[0])
        assert action_of(CALENDAR, title).fits(session.tenant, adele, None)


async def test_hidden_without_a_licence_and_refused_when_read_only(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path, readonly=True) as session:
        lee = await session.find_user("leeg@contoso.example")
        for tab in (MAILBOX, CALENDAR):
            assert action_of(tab, "Add")
            with pytest.raises(NotFound, match="no mailbox"):
                await records(session, lee, tab)
        adele = await session.find_user(ADELE)
        record = await row(session, adele, CALENDAR, "Calendar", "Megan Bowen")
        action, form, _ = await asked(session, adele, CALENDAR, "Remove", record)
        with pytest.raises(NotPermitted):
            await session.start("x", "x", action.plan(adele, form, {}), adele.id)


async def test_every_call_is_lawful(tenant: Endpoints, tmp_path: Path) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            adele = await session.find_user(ADELE)
            for tab, given, edit in (
                (MAILBOX, {"rights": ["full-access", "send-as", "send-on-behalf"]}, {"rights": ["send-as"]}),
                (CALENDAR, {"level": "Reviewer"}, {"level": "Owner"}),
            ):
                action, form, answers = await asked(session, adele, tab, "Add")
                await done(
                    session,
                    adele,
                    action,
                    form,
                    answers | {"who": await chosen(session, form, "bo whitfield")} | given,
                )
                for title, more in (("Edit", edit), ("Remove", {})):
                    record = await row(session, adele, tab, "Bo Whitfield")
                    action, form, answers = await asked(session, adele, tab, title, record)
                    await done(session, adele, action, form, answers | more)
        cmdlets = {one.cmdlet for one in recorder.check()}
    assert cmdlets >= {
        *("Get-Mailbox", "Set-Mailbox", "Get-Recipient", "Get-MailboxFolderStatistics"),
        *(f"{verb}-MailboxPermission" for verb in ("Get", "Add", "Remove")),
        *(f"{verb}-RecipientPermission" for verb in ("Get", "Add", "Remove")),
        *(f"{verb}-MailboxFolderPermission" for verb in ("Get", "Add", "Set", "Remove")),
    }


# What other tenants than the sandbox may say.


class Saying:
    """A tenant that answers each request with what it is given for it."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers

    async def ask(self, requests: list[Request]) -> list[Answer]:
        """By identity, or by path."""
        return [self.answers.get(_subject(r), Answer(200, {"value": []})) for r in requests]


def _subject(request: Request) -> str:
    if request.path != "InvokeCommand":
        return f"{request.path} {dict(request.query)['$filter']}"
    return str(request.body["CmdletInput"]["Parameters"]["Identity"])


FINANCE = {
    "ExternalDirectoryObjectId": "G-1", "Name": "Finance", "DisplayName": "Finance Team",
    "PrimarySmtpAddress": "finance@x.example", "RecipientTypeDetails": "MailUniversalSecurityGroup",
    "SamAccountName": "Finance Team1759", "DistinguishedName": "CN=Finance,DC=PROD",
}  # fmt: skip
ANN = {
    "ExternalDirectoryObjectId": "A-1", "Name": "a-1", "DisplayName": "Ann Lee",
    "PrimarySmtpAddress": "ann@x.example", "RecipientTypeDetails": "UserMailbox",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "answer", "locked"),
    [
        ("Ann Lee", Answer(200, {"value": [ANN]}), ""),
        ("ann@old.example", Answer(200, {"value": [ANN]}), ""),
        ("Bob", Answer(200, {"value": [ANN]}), "another name"),
        (r"EURPR01\Finance Team1759", Answer(200, {"value": [FINANCE]}), ""),
        ("cn=finance,dc=prod", Answer(200, {"value": [FINANCE]}), ""),
        (r"EURPR01\Another Team1759", Answer(200, {"value": [FINANCE]}), "another name"),
        ("Bob/", Answer(200, {"value": [ANN]}), "another name"),
        ("Ann Lee", Answer(200, {"value": [ANN, ANN]}), "Several"),
        ("Ann Lee", Answer(400, code="x", message="'Ann Lee' matches multiple entries."), "Several"),
        ("Ann Lee", Answer(403, code="x", message="no role"), "did not tell"),
        ("Ann Lee", Answer(404, message="couldn't be found"), ""),
        ("Ann Lee", Answer(200, {"value": [None]}), ""),
    ],
)
async def test_a_name_is_never_guessed(name: str, answer: Answer, locked: str) -> None:
    tenant: Any = Saying({name: answer})
    (who,) = (await resolved(tenant, [name])).values()
    assert locked in who.lock
    assert bool(locked) is bool(who.lock)


@pytest.mark.parametrize("name", ["S-1-5-21-9-9", "NT:S-1-5-21-9-9", "NT User:S-1-5-21-9-9"])
async def test_an_id_that_nobody_bears_any_more_is_told_as_one(name: str) -> None:
    tenant: Any = Saying({})
    assert (await resolved(tenant, [name]))[name].kind == "Unknown SID"


async def test_a_namesake_that_exchange_does_not_list_locks_too() -> None:
    two = Answer(200, {"value": [{"id": "1"}, {"id": "2"}]})
    tenant: Any = Saying({"Ann Lee": Answer(200, {"value": [ANN]}), "/users displayName eq 'Ann Lee'": two})
    assert "Several" in (await resolved(tenant, ["Ann Lee"]))["Ann Lee"].lock


@pytest.mark.parametrize("held", [0, 1, 2])
async def test_a_name_that_exchange_does_not_find_is_looked_for_in_the_directory(held: int) -> None:
    users = [
        {"id": f"u-{n}", "displayName": "O'Neil", "userPrincipalName": f"o{n}@x.example"} for n in range(held)
    ]
    tenant: Any = Saying(
        {
            "O'Neil": Answer(404, message="couldn't be found"),
            "/users displayName eq 'O''Neil'": Answer(200, {"value": users}),
        }
    )
    who = (await resolved(tenant, ["O'Neil"]))["O'Neil"]
    assert ("Several" in who.lock) is (held == 2)
    assert (who.id, who.address) == (("u-0", "o0@x.example") if held == 1 else ("", "O'Neil"))


@pytest.mark.parametrize(
    ("value", "name", "special", "address"),
    [
        ("Default", "Default", "default", None),
        ("Ann Lee", "Ann Lee", "", None),
        ({"UserType": {"Value": "Anonymous"}, "DisplayName": "Anonym"}, "Anonym", "anonymous", None),
        ({"UserType": "Default"}, "Default", "default", None),
        (
            {"UserType": "Internal", "DisplayName": "Default", "ADRecipient": ANN},
            "Default",
            "",
            "ann@x.example",
        ),
        ({"DisplayName": "Default"}, "Default", "default", None),
        ({"UserType": "External", "DisplayName": "Default", "ADRecipient": None}, "Default", "", None),
        (None, "", "", None),
    ],
)
def test_who_an_entry_is_about(value: Any, name: str, special: str, address: str | None) -> None:
    told = calendar_entries._named(value)
    assert told[:2] == (name, special)
    assert (told[2].address if told[2] else None) == address


def test_two_entries_of_one_name_are_not_told_apart() -> None:
    rows = [{"User": name, "AccessRights": "Reviewer"} for name in ("Default", "Default", "Ann", "Ann")]
    told = calendar_entries._told(Answer(200, {"value": rows}))
    calendar = calendar_entries.Calendar("a:b", "Calendar", True)
    found = calendar_entries._of_calendar(calendar, told, {})
    assert [(each.special, bool(each.who.lock)) for each in found] == [
        ("", True), ("", True), ("", True), ("default", False),
    ]  # fmt: skip
    assert all(each.rights == ("Reviewer",) for each in found)


def test_a_look_tells_of_an_entry_that_is_gone() -> None:
    operation = changed(Entry("a:b", "1", "a", "ann@x.example", "Ann"), ["Reviewer"], None)
    assert operation.look is not None
    gone = Answer(400, code="UserNotFoundInPermissionEntryException", message="There is no …")
    assert seen(operation.look, gone) == {"AccessRights": None}
    assert seen(operation.look, Answer(200, {"value": []})) == {"AccessRights": None}
    assert seen(operation.look, Answer(403, message="no role")) == {}
    here = Answer(200, {"value": [{"AccessRights": "Reviewer"}]})
    assert seen(operation.look, here) == {"AccessRights": ["Reviewer"]}


def test_levels_in_words() -> None:
    assert shown(["Editor"], ["Delegate"]) == "Can edit (delegate)"
    assert shown(["ReadItems", "FolderVisible"]) == "ReadItems, FolderVisible"
    assert shown([]) == "None"


@pytest.mark.parametrize(
    "fault",
    [
        "applied-504:path=InvokeCommand,first=2",
        "applied-429:path=InvokeCommand,first=2,retry_after=0.1",
    ],
)
async def test_what_was_carried_out_although_it_failed_is_not_an_error(
    session: Session, tmp_path: Path, fault: str
) -> None:
    adele = await session.find_user(ADELE)
    planned: list[Operation] = []
    for tab, given in (
        (MAILBOX, {"rights": ["full-access", "send-on-behalf"]}),
        (CALENDAR, {"level": "Reviewer"}),
    ):
        action, form, answers = await asked(session, adele, tab, "Add")
        answers |= {"who": await chosen(session, form, "bo whitfield")} | given
        planned += action.plan(adele, form, answers)
    with running_sandbox(faults=(fault,)) as failing:
        async with connected(failing, tmp_path / "failing") as other:
            _, steps = await carried_out(other, adele, [planned[-1], *planned[:-1], *backwards(planned)])
            assert [step.state for step in steps] == [StepClass.DONE] * 6
            assert sum("Found done, although" in step.sentence for step in steps) == 2
            shown_now = await held(other, adele) | await on(other, adele)
            assert "Bo Whitfield" not in shown_now
