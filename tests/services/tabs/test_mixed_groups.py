"""Application groups and functional roles: which groups they are, and that each is written by its kind's path."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from services.errors import InvalidInput, NotFound
from services.operation import Request, Service
from services.profile import FunctionalRoles
from services.sandbox.options import FUNCTIONAL_ROLES
from services.session import Session
from services.tabs import functional_roles, mixed_groups
from services.tabs.tab import hidden
from state.values import Change, ProcessStatus
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, flip, reviewed, rows

pytestmark = pytest.mark.anyio

APPS, ROLES = "application-groups", "functional-roles"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test that writes changes another membership."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it whose profile names the unit of functional roles."""
    named = FunctionalRoles(administrative_unit=FUNCTIONAL_ROLES)
    async with connected(tenant, tmp_path, functional_roles=named) as found:
        yield found


def _units() -> Request:
    return Request(
        Service.GRAPH, path="/directory/administrativeUnits", query=(("$select", "id,displayName"),)
    )


def naming(session: Session, named: FunctionalRoles) -> None:
    session.tenant.profile = msgspec.structs.replace(session.profile, functional_roles=named)


async def test_application_groups_name_their_applications(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), APPS)
    assert {name: row.cells[4] for name, row in found.items()} == {
        "Project Alpha": "Atlas Wiki",
        "Project Beta": "Warehouse",
        "Engineering": "Atlas Wiki",
        "Dynamic Sales": "Travel Desk",
        "Building Access": "Vendor Portal",
    }
    assert found["Project Alpha"].on == (True,)
    assert found["Project Beta"].lock(0) == ""
    assert "dynamic" in found["Dynamic Sales"].lock(0)
    assert "through the group Engineering Platform" in found["Engineering"].lock(0)


async def test_an_application_whose_groups_are_not_told_at_once_is_asked_again(tmp_path: Path) -> None:
    faults = ("throttle-item:path=appRoleAssignedTo,first=9",)
    with running_sandbox(faults=faults) as endpoints:
        async with connected(endpoints, tmp_path) as session:
            assert len(await rows(session, await session.find_user(ADELE), APPS)) == 5


async def test_functional_roles_of_a_unit(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), ROLES)
    assert set(found) == {
        "Project Alpha", "Project Beta", "Dynamic Sales", "Synced File Share", "Helpdesk Administrators",
        "Contoso Marketing", "Building Access",
    }  # fmt: skip
    assert found["Building Access"].on == (True,)
    assert found["Dynamic Sales"].lock(0)
    assert found["Synced File Share"].lock(0)


async def test_functional_roles_by_prefix_and_by_id(session: Session) -> None:
    user = await session.find_user(ADELE)
    building = (await rows(session, user, ROLES))["Building Access"].key
    naming(session, FunctionalRoles(prefix="project ", ids=(building.upper(),)))
    assert set(await rows(session, user, ROLES)) == {"Project Alpha", "Project Beta", "Building Access"}
    unit = (await session.tenant.read(_units()))["value"]
    naming(session, FunctionalRoles(administrative_unit=next(
        u["id"] for u in unit if u["displayName"] == FUNCTIONAL_ROLES
    )))  # fmt: skip
    assert len(await rows(session, user, ROLES)) == 7


async def test_a_unit_that_is_not_there_is_told(session: Session) -> None:
    naming(session, FunctionalRoles(administrative_unit="Nowhere"))
    with pytest.raises(NotFound, match='no administrative unit "Nowhere"'):
        await rows(session, await session.find_user(ADELE), ROLES)


async def test_the_tab_is_hidden_when_the_profile_names_none(session: Session) -> None:
    user = await session.find_user(ADELE)
    assert hidden(functional_roles.TAB, session.tenant, user) == ""
    naming(session, FunctionalRoles())
    assert "functional_roles" in hidden(functional_roles.TAB, session.tenant, user)


async def test_each_group_is_written_by_its_own_service(session: Session) -> None:
    user = await session.find_user(ADELE)
    found = await rows(session, user, ROLES)
    changes = [flip(user, ROLES, found[name]) for name in ("Project Beta", "Building Access")]
    review = await reviewed(session, changes)
    assert [line.operation.request.service for line in review.lines] == [Service.GRAPH, Service.EXCHANGE]
    process, _ = await applied(session, review)
    assert process.status is ProcessStatus.SUCCEEDED
    after = await rows(session, user, ROLES)
    assert (after["Project Beta"].on, after["Building Access"].on) == ((True,), (False,))


async def test_without_a_mailbox_exchange_groups_are_locked(session: Session) -> None:
    found = await rows(session, await session.find_user("leeg@contoso.example"), ROLES)
    assert found["Building Access"].lock(0) == mixed_groups.NO_EXCHANGE
    assert found["Project Beta"].lock(0) == ""


def test_a_kind_that_is_not_known_is_not_guessed() -> None:
    facts = {"kind": "nonsense"}
    wrong = Change("u-1", "ann@x.example", ROLES, "g-1", "G", "member", False, True, facts)
    with pytest.raises(InvalidInput):
        mixed_groups.plan([wrong])
    with pytest.raises(InvalidInput):
        mixed_groups.plan([msgspec.structs.replace(wrong, facts={})])
