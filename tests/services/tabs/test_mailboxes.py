"""Shared, room and equipment mailboxes: three switches each, what they become, and what the tenant holds."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from services import delegates
from services.delegates import SEPARATOR, Right
from services.jobs.sight import seen
from services.operation import Answer, Request, Service
from services.plan import Finding
from services.session import Session
from services.tabs import equipment_mailboxes, mailbox_rows, room_mailboxes, shared_mailboxes
from services.tabs.fields import SYNCED
from services.tabs.tab import Row, ToggleTab
from services.tenant import Tenant
from services.user import User
from state.values import Change, ProcessStatus, StepClass
from tests import contracts
from tests.services.connected import ADELE, applied, back, flip, reviewed, rows

pytestmark = pytest.mark.anyio

TABS = (shared_mailboxes.TAB, equipment_mailboxes.TAB, room_mailboxes.TAB)
HASH = "#Exchange.GenericHashTable"
WHO = "ann@x.example"


def _change(right: Right, after: bool, **facts: str) -> Change:
    return Change("u-1", WHO, "shared-mailboxes", "m-1", "Orders", right.value, not after, after, facts)


@pytest.mark.parametrize(
    ("right", "after", "name", "parameters"),
    [
        (Right.FULL_ACCESS, True, "Add-MailboxPermission",
         {"User": WHO, "AccessRights": ["FullAccess"], "InheritanceType": "All", "AutoMapping": True,
          "Confirm": False}),
        (Right.FULL_ACCESS, False, "Remove-MailboxPermission",
         {"User": WHO, "AccessRights": ["FullAccess"], "Confirm": False}),
        (Right.SEND_AS, True, "Add-RecipientPermission",
         {"Trustee": WHO, "AccessRights": ["SendAs"], "Confirm": False}),
        (Right.SEND_AS, False, "Remove-RecipientPermission",
         {"Trustee": WHO, "AccessRights": ["SendAs"], "Confirm": False}),
        (Right.ON_BEHALF, True, "Set-Mailbox", {"GrantSendOnBehalfTo": {"@odata.type": HASH, "add": WHO}}),
        (Right.ON_BEHALF, False, "Set-Mailbox", {"GrantSendOnBehalfTo": {"@odata.type": HASH, "remove": WHO}}),
    ],
)  # fmt: skip
def test_each_switch_is_one_cmdlet(right: Right, after: bool, name: str, parameters: dict[str, Any]) -> None:
    change = _change(right, after)
    (found,) = shared_mailboxes.TAB.plan([change])
    assert found.request.body["CmdletInput"] == {
        "CmdletName": name,
        "Parameters": {"Identity": "m-1", **parameters},
    }
    contracts.validate_cmdlet(name, found.request.body["CmdletInput"]["Parameters"])
    assert (found.serial, found.target, found.changes) == ("mailbox:m-1", "Orders", (change.key,))
    assert (found.before, found.after) == ({right.value: not after}, {right.value: after})
    assert found.inverse is not None
    opposite = delegates.operations([_change(right, not after)])[0]
    assert found.inverse == msgspec.structs.replace(opposite, inverse=None, changes=())
    assert found.look is not None
    asked = found.look.request.body["CmdletInput"]
    contracts.validate_cmdlet(asked["CmdletName"], asked["Parameters"])


def test_the_powershell_lines() -> None:
    lines = [o.powershell for o in delegates.operations([_change(r, True) for r in Right])]
    assert lines == [
        "Add-MailboxPermission -Identity 'm-1' -User 'ann@x.example' -AccessRights @('FullAccess') "
        "-InheritanceType 'All' -AutoMapping $true -Confirm:$false",
        "Add-RecipientPermission -Identity 'm-1' -Trustee 'ann@x.example' -AccessRights @('SendAs') -Confirm:$false",
        "Set-Mailbox -Identity 'm-1' -GrantSendOnBehalfTo @{'Add' = 'ann@x.example'}",
    ]


@pytest.mark.parametrize(
    ("tab", "count", "first"),
    [
        (shared_mailboxes.TAB, 20, "Accounts Payable"),
        (equipment_mailboxes.TAB, 8, "Projector 1"),
        (room_mailboxes.TAB, 12, "Room Adams"),
    ],
)
async def test_the_rows(session: Session, tab: ToggleTab, count: int, first: str) -> None:
    found = await rows(session, await session.find_user(ADELE), tab.id)
    assert len(found) == count
    assert found[first].on == (True, True, True)
    assert any(row.on == (False, False, False) for row in found.values())
    assert all(None not in row.on for row in found.values())


async def test_what_the_list_tells_agrees_with_each_mailbox(session: Session) -> None:
    everyone = [p async for page in session.tenant.users.listing() for p in page.objects]
    licensed = [p.id for p in everyone if p.assigned_licenses and not p.guest][:12]
    for identity in licensed:
        user = await session.find_user(identity)
        if not user.has_exchange:
            continue
        async for page in shared_mailboxes.TAB.load(session.tenant, user):
            listed = [row for row in page.rows if isinstance(row, Row)]
            unknown = [msgspec.structs.replace(row, on=(None, None, None)) for row in listed]
            asked = await mailbox_rows.resolve(session.tenant, user, unknown)
            assert [row.on[1:] for row in listed] == [row.on[1:] for row in asked]


async def test_a_synchronised_mailbox_is_locked_where_active_directory_decides(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), "shared-mailboxes")
    locked = [row for row in found.values() if row.locks]
    assert locked
    assert all(row.locks == ("", "", SYNCED) for row in locked)
    user = await session.find_user("alexw@contoso.example")
    same = (await rows(session, user, "shared-mailboxes"))[locked[0].name]
    _, (step,) = await applied(session, await reviewed(session, [flip(user, "shared-mailboxes", same, 2)]))
    assert step.state is StepClass.REFUSED
    assert "Active Directory" in step.sentence


@pytest.mark.parametrize("tab", TABS)
async def test_switches_reach_the_mailbox_and_back(session: Session, tab: ToggleTab) -> None:
    user = await session.find_user("isaiahl@contoso.example")
    before = await rows(session, user, tab.id)
    row = next(r for r in before.values() if r.on == (False, False, False) and not r.locks)
    changes = [flip(user, tab.id, row, number) for number in range(3)]
    found = await reviewed(session, changes)
    assert [line.finding for line in found.lines] == [Finding.READY] * 3
    process, steps = await applied(session, found)
    assert (process.status, {s.state for s in steps}) == (ProcessStatus.SUCCEEDED, {StepClass.DONE})
    assert (await rows(session, user, tab.id))[row.name].on == (True, True, True)
    again = await reviewed(session, changes)
    assert {line.finding for line in again.lines} == {Finding.ALREADY_SO}
    _, steps = await applied(session, again)
    assert {s.state for s in steps} == {StepClass.ALREADY_SO}
    process, _ = await applied(session, await reviewed(session, back(changes)))
    assert process.status is ProcessStatus.SUCCEEDED
    _, steps = await applied(session, await reviewed(session, back(changes)))
    assert {s.state for s in steps} == {StepClass.ALREADY_SO}
    assert (await rows(session, user, tab.id))[row.name].on == (False, False, False)


async def test_a_right_for_somebody_exchange_does_not_know(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), "shared-mailboxes")
    lee = await session.find_user("leeg@contoso.example")
    _, (step,) = await applied(
        session, await reviewed(session, [flip(lee, "shared-mailboxes", found["Press"])])
    )
    assert step.state is StepClass.REFUSED


async def test_full_access_is_asked_for_the_rows_on_screen_only(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await session.find_user(ADELE)
    sizes: list[int] = []
    sent = Tenant.batch

    async def counting(
        tenant: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        sizes.append(len(requests))
        return await sent(tenant, service, requests, bulk=bulk)

    monkeypatch.setattr(Tenant, "batch", counting)
    listed: list[Row] = []
    async for page in shared_mailboxes.TAB.load(session.tenant, user):
        listed += [row for row in page.rows if isinstance(row, Row)]
    looked_up = len(sizes)
    found = await mailbox_rows.resolve(session.tenant, user, listed[:12])
    assert sizes[looked_up:] == [10, 2]
    assert [row.on[0] is None for row in found] == [False] * 12


async def test_a_refusal_locks_the_switch_it_is_about_and_a_pause_none(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await session.find_user(ADELE)
    row = Row("m-1", "Orders", (), (None, None, False), ("", "", SYNCED))
    status = 429

    async def answering(
        tenant: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        opens = Answer(200, {"value": [{"AccessRights": ["FullAccess"]}]})
        refused = Answer(status, message="no")
        return [refused if status == 429 or "Recipient" in str(r.body) else opens for r in requests]

    monkeypatch.setattr(Tenant, "batch", answering)
    assert await mailbox_rows.resolve(session.tenant, user, [row]) == [row]
    status = 403
    (found,) = await mailbox_rows.resolve(session.tenant, user, [row])
    assert found.on == (True, None, False)
    assert found.locks == ("", "Exchange does not show who has “Send as”: no", SYNCED)


@pytest.mark.parametrize(
    ("right", "entry", "held"),
    [
        (Right.FULL_ACCESS, {"AccessRights": ["FullAccess"], "IsInherited": False, "Deny": False}, True),
        (Right.FULL_ACCESS, {"AccessRights": ["FullAccess"]}, True),
        (Right.FULL_ACCESS, {"AccessRights": "FullAccess, ReadPermission"}, True),
        (Right.FULL_ACCESS, {"AccessRights": ["FullAccess"], "Deny": True}, False),
        (Right.FULL_ACCESS, {"AccessRights": ["FullAccess"], "IsInherited": "True"}, False),
        (Right.FULL_ACCESS, {"AccessRights": ["ReadPermission"]}, False),
        (Right.SEND_AS, {"AccessRights": ["SendAs"], "AccessControlType": "Allow"}, True),
        (Right.SEND_AS, {"AccessRights": ["SendAs"]}, True),
        (Right.SEND_AS, {"AccessRights": ["SendAs"], "AccessControlType": "Deny"}, False),
    ],
)
def test_what_an_entry_grants_also_where_it_leaves_something_out(
    right: Right, entry: dict[str, Any], held: bool
) -> None:
    look = delegates.look(right, "m-1", "u-1", WHO)
    assert seen(look, Answer(200, {"value": [entry]})) == {right: held}


@pytest.mark.parametrize("named", ["u-1", WHO.upper(), "Ann Lee", "contoso.example/Hosted/Ann Lee", "ann"])
def test_whoever_sends_on_behalf_is_known_by_every_name(named: str) -> None:
    look = delegates.look(Right.ON_BEHALF, "m-1", "u-1", WHO, SEPARATOR.join(("ann", "Ann Lee")))
    body = {"value": [{"GrantSendOnBehalfTo": ["somebody", named]}]}
    assert seen(look, Answer(200, body)) == {Right.ON_BEHALF: True}
    alone = {"value": [{"GrantSendOnBehalfTo": named}]}
    assert seen(look, Answer(200, alone)) == {Right.ON_BEHALF: True}
    assert seen(look, Answer(200, {"value": [{"GrantSendOnBehalfTo": ["Ann Leeds"]}]})) == {
        Right.ON_BEHALF: False
    }


@pytest.mark.parametrize(
    ("told", "on"),
    [
        ({"GrantSendOnBehalfTo": ["ann", "bob"]}, True),
        ({"GrantSendOnBehalfTo": "contoso.example/Hosted/ann"}, True),
        ({"GrantSendOnBehalfTo": "bob, ann"}, False),
        ({"GrantSendOnBehalfTo": []}, False),
        ({"GrantSendOnBehalfTo": None}, False),
        ({}, None),
    ],
)
async def test_the_list_tells_who_sends_on_behalf_also_where_it_is_one_or_nobody(
    session: Session, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], on: bool | None
) -> None:
    async def answering(*_: object, **__: object) -> AsyncIterator[list[dict[str, Any]]]:
        yield [{"ExternalDirectoryObjectId": "m-1", "DisplayName": "Info", **told}]

    async def held(*_: object) -> mailbox_rows.Held:
        return mailbox_rows.Held(("ann",), frozenset(), sure=True)

    monkeypatch.setattr(Tenant, "pages", answering)
    monkeypatch.setattr(mailbox_rows, "_held", held)
    user = User(id="u-1", user_principal_name=WHO)
    pages = [page async for page in shared_mailboxes.TAB.load(session.tenant, user)]
    assert [row.on[2] for page in pages for row in page.rows if isinstance(row, Row)] == [on]
