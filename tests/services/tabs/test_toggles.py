"""The group tabs: which rows, which switches are locked and why, and what each flip becomes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.errors import InvalidInput, NotFound
from services.jobs.outcome import classify
from services.jobs.sight import seen
from services.operation import Answer, Request, Service
from services.session import Session
from services.tabs import (
    distribution_groups,
    group_rows,
    mail_security_groups,
    microsoft_365_groups,
    security_groups,
)
from services.tabs.fields import SYNCED
from services.tabs.tab import Row, ToggleTab
from services.transport.exchange import cmdlet
from services.user import User
from state.values import Change, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, rows

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A tenant nobody writes to."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(tenant, tmp_path) as found:
        yield found


async def test_the_four_kinds_share_out_the_groups(session: Session) -> None:
    user = await session.find_user(ADELE)
    tabs = [security_groups.TAB, distribution_groups.TAB, microsoft_365_groups.TAB, mail_security_groups.TAB]
    found = [key for tab in tabs for key in {r.key for r in (await rows(session, user, tab.id)).values()}]
    every = {g.id async for page in session.tenant.groups.known() for g in page}
    assert len(found) == len(set(found))
    assert set(found) <= every
    assert len(found) > 100


async def test_security_groups(session: Session) -> None:
    user = await session.find_user(ADELE)
    found = await rows(session, user, "security-groups")
    assert found["Project Alpha"].on == (True,)
    assert found["Project Beta"].on == (False,)
    assert found["Project Beta"].lock(0) == ""
    assert found["Dynamic Sales"].lock(0).startswith("Members follow a dynamic membership rule: ")
    assert found["Synced File Share"].lock(0) == SYNCED
    engineering = found["Engineering"]
    assert (engineering.on, engineering.lock(0)) == (
        (True,), "Member through the group Engineering Platform: change its members",
    )  # fmt: skip
    assert {row.cells[3] for row in found.values()} == {"Cloud", "Dynamic", "Synced", "Role"}


async def test_through_which_group_may_stay_untold(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:path=/members,status=403",)) as endpoints:
        async with connected(endpoints, tmp_path) as session:
            found = await rows(session, await session.find_user(ADELE), "security-groups")
    assert (found["Engineering"].on, found["Engineering"].lock(0)) == ((True,), group_rows.INHERITED)


async def test_owners_of_microsoft_365_groups(session: Session) -> None:
    user = await session.find_user(ADELE)
    loaded: list[Row] = []
    async for page in microsoft_365_groups.load(session.tenant, user):
        loaded = ([] if page.replace else loaded) + [r for r in page.rows if isinstance(r, Row)]
    assert {row.on[1] for row in loaded} == {None}
    found = await rows(session, user, "microsoft-365-groups")
    owned = [row for row in found.values() if row.on[1]]
    assert microsoft_365_groups.LAST_OWNER in {row.lock(1) for row in owned}
    for row in owned:
        body = await session.tenant.read(Request(Service.GRAPH, path=f"/groups/{row.key}/owners"))
        last = len(body["value"]) == 1
        assert (row.lock(1) == microsoft_365_groups.LAST_OWNER) is last
    dynamic = [row for row in found.values() if row.cells[3] == "Dynamic"]
    assert dynamic
    assert {(row.lock(0).split(":")[0], row.lock(1)) for row in dynamic} == {
        ("Members follow a dynamic membership rule", "")
    }, "a rule decides on members, not on owners"


async def test_exchange_tabs_need_an_exchange_licence(session: Session) -> None:
    licensed, bare = await session.find_user(ADELE), await session.find_user("svc-backup@contoso.example")
    for tab in (distribution_groups.TAB, mail_security_groups.TAB):
        assert tab.visible(licensed) == ""
        assert tab.visible(bare) == "no Exchange licence"
        found = await rows(session, licensed, tab.id)
        assert found
        assert all(row.cells[2] for row in found.values()), "each has a mail address"
    assert (await rows(session, licensed, "distribution-groups"))["Synced News"].lock(0) == SYNCED


def _change(tab: str, *, before: bool, field: str = "member", name: str = "It’s 'ours'") -> Change:
    return Change("u-1", "o'b#EXT#@x.example", tab, "g/1", name, field, before, not before)


def test_a_membership_in_graph() -> None:
    (add,) = security_groups.plan([_change("security-groups", before=False)])
    reference = {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/u-1"}
    assert add.request == Request(Service.GRAPH, "POST", "/groups/g%2F1/members/$ref", body=reference)
    assert (add.title, add.target, add.serial) == ("Add member", "It’s 'ours'", "group:g/1")
    assert add.powershell == "New-MgGroupMember -GroupId 'g/1' -DirectoryObjectId 'u-1'"
    assert add.inverse is not None
    (remove,) = security_groups.plan([_change("security-groups", before=True)])
    assert remove.request == Request(Service.GRAPH, "DELETE", "/groups/g%2F1/members/u-1/$ref")
    assert add.inverse.request == remove.request
    assert (add.before, add.after) == ({"member": False}, {"member": True})
    assert (add.inverse.before, add.inverse.after) == ({"member": True}, {"member": False})
    assert remove.powershell == (
        "Remove-MgGroupMemberDirectoryObjectByRef -GroupId 'g/1' -DirectoryObjectId 'u-1'"
    )
    assert add.changes == ("\x1f".join(("u-1", "security-groups", "g/1", "member")),)


def test_an_ownership_in_graph() -> None:
    (add,) = microsoft_365_groups.plan([_change("microsoft-365-groups", before=False, field="owner")])
    assert (add.request.method, add.request.path) == ("POST", "/groups/g%2F1/owners/$ref")
    (remove,) = microsoft_365_groups.plan([_change("microsoft-365-groups", before=True, field="owner")])
    assert (remove.request.method, remove.request.path) == ("DELETE", "/groups/g%2F1/owners/u-1/$ref")


@pytest.mark.parametrize("tab", [distribution_groups.TAB, mail_security_groups.TAB])
def test_a_membership_in_exchange(tab: ToggleTab) -> None:
    (add,) = tab.plan([_change(tab.id, before=False)])
    given = {"Identity": "g/1", "Member": "o'b#EXT#@x.example", "BypassSecurityGroupManagerCheck": True}
    assert add.request == cmdlet("Add-DistributionGroupMember", given)
    assert add.powershell == (
        "Add-DistributionGroupMember -Identity 'g/1' -Member 'o''b#EXT#@x.example'"
        " -BypassSecurityGroupManagerCheck"
    )
    (remove,) = tab.plan([_change(tab.id, before=True)])
    assert remove.request == cmdlet("Remove-DistributionGroupMember", given | {"Confirm": False})
    assert remove.powershell.endswith("-BypassSecurityGroupManagerCheck -Confirm:$false")
    assert add.inverse is not None
    assert add.inverse.request == remove.request


def test_an_id_is_needed_to_leave_a_group() -> None:
    for user, row in (("", "g"), ("u", "")):
        change = Change(user, "x", "security-groups", row, "n", "member", True, False)
        with pytest.raises(InvalidInput):
            security_groups.plan([change])


async def test_a_user_who_is_gone_is_an_error_and_no_empty_list(session: Session) -> None:
    nobody = User(id="00000000-0000-0000-0000-000000000000")
    with pytest.raises(NotFound):
        await rows(session, nobody, "security-groups")


@pytest.mark.parametrize(
    ("member", "inside"),
    [
        ({"ExternalDirectoryObjectId": "U-1", "PrimarySmtpAddress": "other@x.example"}, True),
        ({"ExternalDirectoryObjectId": None, "PrimarySmtpAddress": "O'B#ext#@x.example"}, True),
        ({"ExternalDirectoryObjectId": "u-2", "PrimarySmtpAddress": "other@x.example"}, False),
    ],
)
def test_a_member_in_exchange_is_known_by_id_or_address(member: dict[str, str | None], inside: bool) -> None:
    (add,) = distribution_groups.plan([_change("distribution-groups", before=False)])
    assert add.look is not None
    assert seen(add.look, Answer(200, {"value": [member]})) == {"member": inside}


def test_exchange_says_already_so_with_any_status() -> None:
    (add,) = distribution_groups.plan([_change("distribution-groups", before=False)])
    for status in (400, 409, 500):
        answer = Answer(status, code="MemberAlreadyExistsException", message="is already a member")
        assert classify(add, answer, 1).state is StepClass.ALREADY_SO
