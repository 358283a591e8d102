"""One operation of every kind over real HTTP through a tenant that fails: classed rightly, carried out once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from services.plan import plan, review
from services.session import Session
from services.tabs.registry import BY_ID
from services.tabs.tab import PropertyTab
from services.user import User
from state.values import Change, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, fields, flip, put, rows

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

SWITCHES: tuple[tuple[str, str, int], ...] = (
    ("security-groups", "Project Beta", 0),
    ("distribution-groups", "Purchasing List", 0),
    ("distribution-groups", "All Staff News", 0),
    ("microsoft-365-groups", "Contoso Marketing", 1),
    ("directory-roles", "Reports Reader", 0),
    ("azure-applications", "Badge Office", 0),
    ("azure-applications", "Expenses", 0),
    *(("shared-mailboxes", name, number) for name in ("Accounts Payable", "Careers") for number in range(3)),
)
FIELDS: tuple[tuple[str, str, Any], ...] = (
    ("basics", "officeLocation", "Room 7"),
    ("basics", "accountEnabled", False),
    ("mail", "MaxSendSize", 20 << 20),
    ("mail", "ImapEnabled", False),
    ("forwarding-and-replies", "ForwardingSmtpAddress", "adele@example.org"),
    ("forwarding-and-replies", "AutoReplyState", "Enabled"),
    ("forwarding-and-replies", "InternalMessage", "<html><body>Away</body></html>"),
    ("extension-attributes", "extensionAttribute3", "desk 7"),
)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Change]]:
    """The changes as they are staged in a healthy tenant; the failing ones are equal to it."""
    with running_sandbox() as tenant:
        yield anyio.run(_stage, tenant, tmp_path_factory.mktemp("healthy"))


async def _stage(tenant: Endpoints, folder: Path) -> list[Change]:
    async with connected(tenant, folder, readonly=True) as session:
        user = await session.find_user(ADELE)
        manager = (await session.find_user("meganb@contoso.example")).id
        tabs = dict.fromkeys(tab for tab, _, _ in SWITCHES)
        held = {tab: await rows(session, user, tab) for tab in tabs}
        found = [flip(user, tab, held[tab][name], number) for tab, name, number in SWITCHES]
        licences = await rows(session, user, "licenses")
        free = next(row for row in licences.values() if not row.lock(0) and row.on[0])
        found.append(flip(user, "licenses", free))
        for tab, name, after in (*FIELDS, ("basics", "manager", manager)):
            now = (await fields(session, user, tab))[name]
            found.append(put(user, tab, name, now.value, after))
        return found


def test_every_kind_of_operation_is_among_them(staged: list[Change]) -> None:
    calls = Counter(
        o.request.body["CmdletInput"]["CmdletName"]
        if o.request.service == "exchange"
        else f"{o.request.method} {o.request.path.rsplit('/', 1)[-1] if o.request.method != 'DELETE' else ''}"
        for o in plan(staged)
    )
    assert {
        "POST $ref", "PUT $ref", "POST roleAssignments", "POST appRoleAssignedTo", "POST assignLicense", "DELETE ",
        "Add-DistributionGroupMember", "Remove-DistributionGroupMember", "Add-MailboxPermission",
        "Remove-MailboxPermission", "Add-RecipientPermission", "Remove-RecipientPermission", "Set-Mailbox",
        "Set-CASMailbox", "Set-MailboxAutoReplyConfiguration",
    } <= set(calls)  # fmt: skip
    assert any(name.startswith("PATCH ") for name in calls)


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (
            "throttle-item:rate=0.4,first=20,retry_after=0.249",
            "throttle:path=InvokeCommand,first=3,retry_after=none",
        ),
        (
            "throttle:path=batch,first=2,retry_after=0.5",
            "throttle:path=assignLicense,first=2,retry_after=none",
        ),
        ("applied-429:first=18,rate=0.6,retry_after=0.2",),
        ("applied-504:first=18,rate=0.6",),
        ("applied-504:path=batch,first=3",),
        ("error-item:status=503,first=10,rate=0.5", "error:path=InvokeCommand,status=503,first=3"),
        ("drop:path=batch,first=2,when=after", "drop:path=InvokeCommand,first=2,when=after"),
        ("drop:path=roleAssignments,first=1,when=after", "drop:path=appRoleAssignedTo,first=1,when=after"),
        ("truncate:path=batch,first=3",),
        ("lag:seconds=3", "applied-504:first=8,rate=0.5"),
    ],
    ids=lambda faults: " ".join(faults) or "none",
)
async def test_everything_happens_once(tmp_path: Path, staged: list[Change], faults: tuple[str, ...]) -> None:
    with running_sandbox(faults=faults) as tenant:
        async with connected(tenant, tmp_path) as session:
            await session.stage(staged)
            process, steps = await applied(session, review(await session.pending.all()))
            wrong = [(s.title, s.target, s.state, s.sentence) for s in steps if s.state is not StepClass.DONE]
            assert wrong == []
            assert process.ended_steps == len(plan(staged))
            user = await session.find_user(ADELE)
            if not any("lag" in fault for fault in faults):
                assert await _now(session, user, staged) == {c.key: c.after for c in staged}
        assert _doubles(tenant, user.id) == []


async def _now(session: Session, user: User, changes: list[Change]) -> dict[str, Any]:
    """What the tenant shows now in the cells of these changes."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(change.tab for change in changes):
        tab, mine = BY_ID[name], [change for change in changes if change.tab == name]
        if isinstance(tab, PropertyTab):
            values = await fields(session, user, name)
            found |= {change.key: values[change.field].value for change in mine}
            continue
        by_key = {row.key: row for row in (await rows(session, user, name)).values()}
        numbers = {toggle.id: n for n, toggle in enumerate(tab.toggles)}  # type: ignore[union-attr]
        found |= {change.key: by_key[change.row].on[numbers[change.field]] for change in mine}
    return found


def _doubles(tenant: Endpoints, user: str) -> list[Any]:
    """Assignments of roles and applications that the user has twice."""
    held = [
        (item["roleDefinitionId"], item["directoryScopeId"])
        for item in _list(
            tenant, f"/roleManagement/directory/roleAssignments?$filter=principalId eq '{user}'"
        )
    ]
    held += [
        (item["resourceId"], item["appRoleId"])
        for item in _list(tenant, f"/users/{user}/appRoleAssignments?$top=999")
        if item["principalId"] == user
    ]
    return [item for item, count in Counter(held).items() if count > 1]


def _list(tenant: Endpoints, path: str) -> list[dict[str, Any]]:
    """A list of Graph, asked until no fault is in the way."""
    for _ in range(10):
        try:
            answer = httpx.get(
                f"{tenant.graph_url}/v1.0{path}", headers={"Authorization": f"Bearer {tenant.token}"}
            )
        except httpx.TransportError:
            continue
        if answer.status_code == 200:
            return list(answer.json()["value"])
    raise AssertionError("the tenant does not answer")
