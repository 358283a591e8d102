"""Every tab read from a tenant that throttles, fails and cuts for a while: it shows what a healthy one shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from services.profile import FunctionalRoles
from services.record import Record
from services.sandbox.options import FUNCTIONAL_ROLES, PORTAL_APP_ID
from services.session import Session
from services.tabs.registry import TABS
from services.tabs.tab import PropertyTab, RecordTab, Row, Tab, ToggleTab
from services.user import User
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

PROFILE: dict[str, Any] = {
    "functional_roles": FunctionalRoles(administrative_unit=FUNCTIONAL_ROLES),
    "portal_app_id": PORTAL_APP_ID,
}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What every tab shows of a tenant without faults."""
    with running_sandbox() as tenant:
        yield anyio.run(_everything, tenant, tmp_path_factory.mktemp("healthy"))


PLACES = (
    *(
        "/users",
        "/groups",
        "/servicePrincipals",
        "/roleManagement",
        "/deviceManagement",
        "/administrativeUnits",
    ),
    *("memberOf", "appRoleAssign", "/owners", "/subscribedSkus", "/auditLogs", "hireDate"),
    *(
        "Get-Mailbox",
        "Get-CAS",
        "Get-MailboxS",
        "Get-MailboxA",
        "Get-MailboxP",
        "Get-MailboxF",
        "Get-Recipient",
    ),
)
"""Parts of the paths of reads and names of cmdlets; some reads are hit by several."""


def _everywhere(fault: str) -> tuple[str, ...]:
    """The fault for the first call to each place."""
    return tuple(f"{fault},path={place},first=1" for place in PLACES)


@pytest.mark.parametrize(
    "faults",
    [
        _everywhere("throttle-item:retry_after=0.249"),
        (*_everywhere("throttle-item:retry_after=none"), *_everywhere("throttle:retry_after=0.249")),
        (*_everywhere("error-item:status=503"), "error:path=InvokeCommand,status=504,first=2"),
        (*_everywhere("drop:when=before"), "drop:path=batch,first=2", "drop:path=InvokeCommand,first=2"),
    ],
    ids=["items throttled", "all throttled", "items unavailable", "connections cut"],
)
async def test_a_tab_shows_the_same(healthy: dict[str, Any], tmp_path: Path, faults: tuple[str, ...]) -> None:
    with running_sandbox(faults=faults) as tenant:
        found = await _everything(tenant, tmp_path)
    for name, shown in healthy.items():
        assert found[name] == shown, name


async def _everything(tenant: Endpoints, folder: Path) -> dict[str, Any]:
    async with connected(tenant, folder, readonly=True, **PROFILE) as session:
        user = await session.find_user(ADELE)
        return {tab.id: await _shown(session, user, tab) for tab in TABS}


async def _shown(session: Session, user: User, tab: Tab) -> Any:
    """What a person sees of it: values, rows with their switches and locks, records."""
    if isinstance(tab, PropertyTab):
        return [(field.id, field.shown, field.lock) for field in await tab.load(session.tenant, user)]
    held: dict[str, Row | Record] = {}
    async for page in tab.load(session.tenant, user):
        held = ({} if page.replace else held) | {row.key: row for row in page.rows}
    if isinstance(tab, RecordTab):
        return sorted(row.cells for row in held.values())
    rows = {key: row for key, row in held.items() if isinstance(row, Row)}
    for _ in range(10):
        unknown = [row for row in rows.values() if None in row.on]
        if not unknown or not isinstance(tab, ToggleTab) or tab.resolve is None:
            break
        # the screen asks again for what is not known yet, whenever its rows are drawn
        rows |= {row.key: row for row in await tab.resolve(session.tenant, user, unknown)}
    return sorted((row.name, row.cells, row.on, row.locks) for row in rows.values())
