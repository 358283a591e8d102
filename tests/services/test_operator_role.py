"""The operator's portal role: told by the tenant's own assignments, and held to by all that writes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services import operator_role, plan
from services.actions import activate_role, page
from services.actions.registry import ACTIONS
from services.errors import NotPermitted
from services.operation import Operation, Request, Service, encode
from services.places import state_file
from services.portal_roles import ROLES, Access, named
from services.sandbox.options import PORTAL_APP_ID
from services.session import READ_ONLY, Session
from services.tabs.registry import BY_ID
from services.tabs.standing import Standing
from services.tabs.tab import PropertyTab
from services.task import Export
from state.clock import SystemClock
from state.database import Database
from state.processes import Processes
from state.values import NewProcess, NewStep, ProcessStatus, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, ended, flip, put, reviewed, rows

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant, whose operator's role each test sets."""
    with running_sandbox() as found:
        yield found


def appoint(tenant: Endpoints, *roles: str, through: str = "") -> None:
    """Gives the operator these portal roles and no others, or a group that they are in, by Graph."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    with httpx.Client(base_url=f"{tenant.graph_url}/v1.0", headers=headers) as graph:
        apps = graph.get("/servicePrincipals", params={"$filter": f"appId eq '{PORTAL_APP_ID}'"})
        app = apps.json()["value"][0]
        assigned = f"/servicePrincipals/{app['id']}/appRoleAssignedTo"
        me = graph.get("/me").json()["id"]
        for held in graph.get(f"/users/{me}/appRoleAssignments").json()["value"]:
            if held["resourceId"] == app["id"]:
                assert graph.delete(f"{assigned}/{held['id']}").status_code == 204
        for role in app["appRoles"]:
            if role["displayName"] in roles:
                body = {"principalId": through or me, "resourceId": app["id"], "appRoleId": role["id"]}
                assert graph.post(assigned, json=body).status_code == 201


def joined(tenant: Endpoints, name: str) -> str:
    """Makes the operator a member of the group of this name; returns its id."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    with httpx.Client(base_url=f"{tenant.graph_url}/v1.0", headers=headers) as graph:
        found = graph.get("/groups", params={"$filter": f"displayName eq '{name}'"}).json()["value"][0]
        me = f"https://graph.microsoft.com/v1.0/directoryObjects/{graph.get('/me').json()['id']}"
        added = graph.post(f"/groups/{found['id']}/members/$ref", json={"@odata.id": me})
        assert added.status_code == 204
        return str(found["id"])


async def hidden_tabs(session: Session) -> dict[str, str]:
    """The tabs that are listed dimmed for the role's sake, with the reason."""
    user = await session.find_user(ADELE)
    listed = Standing({}).listed(BY_ID.values(), session.tenant, user)
    return {each.tab.id: each.reason for each in listed if "portal" in each.reason}


def test_the_table_names_what_there_is() -> None:
    actions = {tab.id: [a.id for a in getattr(tab, "actions", ())] for tab in BY_ID.values()}
    fields = {f"{t.id}:{p.id}" for t in BY_ID.values() if isinstance(t, PropertyTab) for p in t.properties}
    known = {*BY_ID, *fields, *(a.id for a in ACTIONS), *(a for some in actions.values() for a in some)}
    known.add(activate_role.ID)
    for role in ROLES:
        assert role.hides <= known
        assert (role.writes or set()) <= known
        assert not role.hides & (role.writes or set()), "what is hidden is not written"
        for tab, those in actions.items():
            granted = {tab, *those} & (role.writes or set())
            assert granted in (set(), {tab, *those}) or not those, f"{role.name}: {tab} and its actions"
    pages = {a.id for a in ACTIONS if isinstance(a, page.PageAction)}
    assert pages == {"manage-mfa-methods"}
    assert [named(name) for name in ("Help-Desk", "helpdesk", "License Manager", "Operator")] == [
        ROLES[1],
        ROLES[1],
        ROLES[2],
        None,
    ]


async def test_an_administrator_and_a_tenant_without_portal_roles_see_and_change_all(
    tenant: Endpoints, tmp_path: Path
) -> None:
    appoint(tenant, "Administrator", "Auditor")
    async with connected(tenant, tmp_path / "a", portal_app_id=PORTAL_APP_ID) as session:
        assert [role.name for role in (await session.learn()).roles] == ["Administrator", "Auditor"]
        assert await hidden_tabs(session) == {}
        assert not any(session.objection(part) for part in (*BY_ID, *(a.id for a in ACTIONS)))
    appoint(tenant)
    async with connected(tenant, tmp_path / "b") as session:
        assert await session.learn() == Access()
        found = await rows(session, await session.find_user(ADELE), "azure-applications")
        other = found["Expenses"].cells[4]
    async with connected(tenant, tmp_path / "c", portal_app_id=other) as session:
        assert await session.learn() == Access(), "an application with other roles declares none of these"
    async with connected(tenant, tmp_path / "d", client_id=PORTAL_APP_ID) as session:
        assert (await session.learn()).bar.startswith("You hold no portal role of Rollcall"), "what signs in"


async def test_where_the_named_application_is_not_there_nothing_is_limited_and_that_is_said(
    tenant: Endpoints, tmp_path: Path
) -> None:
    nobodys = "00000000-1111-4222-8333-444444444444"
    async with connected(tenant, tmp_path, portal_app_id=nobodys) as session:
        access = await session.learn()
        assert access == Access(trouble=access.trouble)
        assert access.trouble == (
            f"Portal roles limit nothing here: no enterprise application has the id {nobodys}. Correct"
            " portal_app_id in the profile file."
        )
        user = await session.find_user(ADELE)
        process, _ = await applied(
            session, await reviewed(session, [put(user, "basics", "city", None, "Hull")])
        )
        assert process.status is ProcessStatus.SUCCEEDED


async def test_a_help_desk_sees_and_writes_what_is_granted(tenant: Endpoints, tmp_path: Path) -> None:
    appoint(tenant, "Help desk")
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as session:
        user = await session.find_user(ADELE)
        await session.learn()
        why = "your portal role (Help desk) lacks it"
        assert await hidden_tabs(session) == dict.fromkeys(
            ("directory-roles", "azure-applications", "portal-access-roles"), why
        )
        asked = Export("Directory roles", "directory-roles", user.id, str(tmp_path / "roles.csv"), "t")
        _, steps = await ended(session, await session.export(asked, user.name))
        assert (steps[0].state, why in steps[0].sentence) == (StepClass.REFUSED, True)
        allowed = put(user, "basics", "city", None, "Ely")
        group = (await rows(session, user, "security-groups"))["Project Beta"]
        with pytest.raises(NotPermitted, match=r"\(Help desk\) does not include changing Security groups\."):
            await session.stage([allowed, flip(user, "security-groups", group)])
        assert await session.pending.all() == [], "all or none"
        process, _ = await applied(session, await reviewed(session, [allowed]))
        assert process.status is ProcessStatus.SUCCEEDED
        block = Operation("Block", user.name, Request(Service.GRAPH, "PATCH", f"/users/{user.id}"), "s", "")
        with pytest.raises(NotPermitted, match="does not include Block sign-in"):
            await session.start("block-sign-in", "Block", [block], user.id)
        with pytest.raises(NotPermitted, match="does not include this change"):
            await session.start("undo", "Undo", [block], user.id)


async def test_what_was_staged_with_another_role_stays_and_is_not_applied(
    tenant: Endpoints, tmp_path: Path
) -> None:
    appoint(tenant, "Administrator")
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as session:
        user = await session.find_user(ADELE)
        group = (await rows(session, user, "security-groups"))["Project Beta"]
        found = await reviewed(session, [flip(user, "security-groups", group)])
        appoint(tenant, "Licence manager")
        session.expire()
        with pytest.raises(NotPermitted, match="Licence manager"):
            await session.apply(found, "test")
        assert len(await session.pending.all()) == 1
        assert await session.processes.recent(9) == []
        assert session.objection("basics", "usageLocation") == ""
        assert "does not include changing Basics" in session.objection("basics", "city")


async def test_a_process_of_an_administrator_is_left_to_others_by_a_help_desks_copy_of_the_program(
    tenant: Endpoints, tmp_path: Path
) -> None:
    appoint(tenant, "Help desk")
    async with connected(tenant, tmp_path / "planning") as session:
        user = await session.find_user(ADELE)
        group = (await rows(session, user, "security-groups"))["Project Beta"]
        operations = plan.plan([flip(user, "security-groups", group)])
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    database = await Database.open(state_file(folder))
    try:
        new = NewProcess("apply", "Apply", "an administrator", user.id)
        store, now = Processes(database, tenant.tenant_id), session.clock.now()
        number = await store.start(
            new, [NewStep(encode(o), o.title, o.target, o.serial) for o in operations], (), now
        )
    finally:
        await database.close()
    async with connected(tenant, folder, portal_app_id=PORTAL_APP_ID) as session:
        await asyncio.wait_for(told(session, "left to others"), 30)
        (trouble,) = session.engine.troubles
        assert trouble.startswith(
            f"#{number} is left to others: Your portal role (Help desk) does not include"
        )
        assert (await session.processes.get(number)).status is ProcessStatus.WAITING
        assert (await rows(session, user, "security-groups"))["Project Beta"].on == (False,)
        appoint(tenant, "Administrator")
        session.expire()
        await session.engine.drain()
        process, _ = await ended(session, number)
        assert process.status is ProcessStatus.SUCCEEDED


async def told(session: Session, words: str) -> None:
    """Returns when something that keeps processes from going on is told in these words."""
    news = asyncio.Event()
    session.on_change = news.set
    while not any(words in trouble for trouble in session.engine.troubles):
        await news.wait()
        news.clear()


async def test_without_a_role_nothing_is_written_and_who_can_assign_is_told(
    tenant: Endpoints, tmp_path: Path
) -> None:
    appoint(tenant)
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as session:
        access = await session.learn()
        assert (access.limited, access.roles, access.unread) == (True, (), False)
        assert access.bar.startswith(
            "You hold no portal role of Rollcall, so nothing can be changed. Whoever"
        )
        assert session.objection() == session.objection("basics", "city") == access.bar
        assert (await hidden_tabs(session))["directory-roles"] == "you hold no portal role"
        user = await session.find_user(ADELE)
        with pytest.raises(NotPermitted, match="Whoever administers Rollcall's enterprise application"):
            await session.stage([put(user, "basics", "city", None, "Ely")])
        appoint(tenant, "Auditor")
        session.expire()
        assert (await session.learn()).bar.startswith("Your portal role (Auditor) changes nothing.")
        assert await hidden_tabs(session) == {}


async def test_a_group_hands_its_role_on(tenant: Endpoints, tmp_path: Path) -> None:
    appoint(tenant)
    appoint(tenant, "Licence manager", through=joined(tenant, "Project Beta"))
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as session:
        assert [role.name for role in (await session.learn()).roles] == ["Licence manager"]


async def test_an_application_has_the_role_of_its_profile(tenant: Endpoints, tmp_path: Path) -> None:
    appoint(tenant, "Administrator")
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as session:
        for role, names in (("Help desk", ["Help desk"]), ("", [])):
            session.tenant.profile = msgspec.structs.replace(
                session.profile, sign_in="certificate", portal_role=role
            )
            access = await operator_role.read(session.tenant)
            assert [each.name for each in access.roles] == names
        assert access.bar.endswith("Set portal_role in the profile file.")


async def test_a_read_only_program_says_so_whatever_the_role(tenant: Endpoints, tmp_path: Path) -> None:
    appoint(tenant, "Help desk")
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID, readonly=True) as session:
        assert (await session.learn()).bar == session.objection("basics") == READ_ONLY
        assert "directory-roles" in await hidden_tabs(session)


async def test_a_role_that_cannot_be_read_grants_nothing_and_is_asked_for_again(tmp_path: Path) -> None:
    faults = ("error:status=403,path=appRoleAssignments,first=1",)
    with running_sandbox(operator_role="Help desk", faults=faults) as tenant:
        async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as session:
            user = await session.find_user(ADELE)
            with pytest.raises(NotPermitted, match="could not be read; F5 tries again"):
                await session.stage([put(user, "basics", "city", None, "Ely")])
            assert "could not be read" in (await hidden_tabs(session))["directory-roles"]
            await session.stage([put(user, "basics", "city", None, "Ely")])
            assert len(await session.pending.all()) == 1


class Ahead(SystemClock):
    """The machine's clock, some seconds ahead."""

    seconds = 0.0

    def monotonic(self) -> float:
        """That much later."""
        return super().monotonic() + self.seconds


async def test_what_was_read_holds_for_a_while_where_nothing_answers(tmp_path: Path) -> None:
    clock, faults = Ahead(), ("error:status=401,path=appRoleAssignments,after=1",)
    with running_sandbox(operator_role="Help desk", faults=faults) as tenant:
        async with connected(tenant, tmp_path, clock=clock, portal_app_id=PORTAL_APP_ID) as session:
            role = operator_role.OperatorRole(session.tenant, "")
            before = await role.known()
            assert [each.name for each in before.roles] == ["Help desk"]
            clock.seconds = operator_role.KEPT + 1
            assert await role.learn() is before
            clock.seconds = operator_role.BELIEVED + 1
            assert await role.known() is before, "what is typed does not wait for the tenant"
            assert (await role.learn()).bar.startswith(
                "Nothing can be changed, as your portal role could not"
            )
            assert (await role.known()).unread
