"""What the sign-in's consents are not enough for is dimmed with the permission's name, and not staged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.personal import CLIENT, consent, program, sign_in
from tests.tui.screens.program import ADELE, press, running, screen_text, settled, type_text, until
from tui.screens.dialogs.sign_in import SignInDialog
from tui.widgets.tab_bar import TabBar

pytestmark = pytest.mark.anyio

READS = (
    *("Exchange.Manage", "User.Read.All", "Group.Read.All", "RoleManagement.Read.Directory"),
    "User.RevokeSessions.All",
)
GRANT = (
    f"az ad app permission add --id {CLIENT} --api 00000003-0000-0000-c000-000000000000 --api-permissions"
    f" f81125ac-d3b7-4573-a3b2-7099cc39df9e=Scope && az ad app permission admin-consent --id {CLIENT}"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A tenant with its sign-in service."""
    with running_sandbox(users=20, groups=20, sign_in=tmp_path_factory.mktemp("tls")) as endpoints:
        yield endpoints


async def listed(pilot: Pilot[None], key: str, name: str) -> str:
    """The line with this name in the list that the key opens."""
    await press(pilot, key)
    await type_text(pilot, name)
    lines = [line.strip(" ▸•│") for line in reversed(screen_text(pilot).splitlines())]
    await press(pilot, "escape")
    return next((" ".join(line.split()) for line in lines if line.startswith(name)), "")


async def test_what_consents_are_missing_for_is_dimmed_until_they_are_granted(
    lab: Endpoints, tmp_path: Path
) -> None:
    await consent(lab, *READS)
    app = program(lab, tmp_path, user=ADELE, tab="security-groups")
    async with running(app) as pilot:
        await sign_in(lab, pilot)
        assert "── Security groups ──" in screen_text(pilot)
        reason = "(no consent IdentityRiskyUser.Read.All +2; Enter tries)"
        assert await listed(pilot, "t", "Risks") == f"Risks {reason}"
        assert pilot.app.screen.query_one(TabBar)._barred >= {"risks", "sign-ins", "licenses", "onedrive"}
        assert await listed(pilot, "t", "Directory roles") == "Directory roles", "it can be read"
        assert await listed(pilot, "t", "Mailbox storage") == "Mailbox storage"

        # read, but not written: nothing is staged, and what to grant is said in full
        await press(pilot, "space")
        assert "The permission GroupMember.ReadWrite.All is missing for" in screen_text(pilot)
        await press(pilot, "f3")
        assert "".join(GRANT.split()) in "".join(screen_text(pilot).split())
        await press(pilot, "escape")
        assert "on this tab" not in screen_text(pilot)
        blocked = await listed(pilot, "f9", "Block sign-in")
        assert blocked.startswith("Block sign-in (The permission User.EnableDisableAccount.All")
        assert "missing" not in await listed(pilot, "f9", "Revoke cloud sessions")

        # more is granted, and a new token tells so
        await consent(lab, *READS, "GroupMember.ReadWrite.All", "AuditLog.Read.All")
        dict(app.commands())["Sign in"]()
        await until(pilot, lambda: isinstance(app.screen, SignInDialog))
        await pilot.press("enter")
        await until(pilot, lambda: "Signed in as" in screen_text(pilot))
        await settled(pilot)
        assert await listed(pilot, "t", "Sign-ins") == "Sign-ins"
        await press(pilot, "space")
        assert "1 change on this tab" in screen_text(pilot)


async def test_a_token_that_tells_nothing_limits_nothing(lab: Endpoints, tmp_path: Path) -> None:
    await consent(lab)
    async with running(program(lab, tmp_path, user=ADELE, tab="security-groups")) as pilot:
        await sign_in(lab, pilot)
        assert pilot.app.screen.query_one(TabBar)._barred == frozenset()
        await press(pilot, "space")
        assert "1 change on this tab" in screen_text(pilot)
