"""PIM: a process pauses when the role it needs is over or was never active, and goes on after the activation."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from services import directory_roles, undo
from services.actions import activate_role
from services.errors import InvalidInput
from services.operation import Request, Service
from services.own_roles import OwnRoles
from services.session import Session
from state.clock import SystemClock
from state.values import Process, Step, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.activating import activate
from tests.services.connected import ADELE, connected, ended, flip, reviewed, rows

pytestmark = pytest.mark.anyio

GROUPS, USERS = "Groups Administrator", "User Administrator"
BETA = "Project Beta"


@pytest.fixture
def tenant() -> Iterator[Endpoints]:
    """A tenant whose operator holds nothing, and may activate some roles."""
    with running_sandbox(eligible_only=True) as found:
        yield found


class Ahead(SystemClock):
    """A clock that is some time ahead of the machine's."""

    by = timedelta()

    def now(self) -> datetime:
        """That much later."""
        return super().now() + self.by

    def monotonic(self) -> float:
        """That much later."""
        return super().monotonic() + self.by.total_seconds()


async def membership(session: Session, group: str = BETA) -> int:
    """Puts Adele into a group, or takes her out: the process's number."""
    user = await session.find_user(ADELE)
    row = (await rows(session, user, "security-groups"))[group]
    return await session.apply(await reviewed(session, [flip(user, "security-groups", row)]), "Membership")


async def paused(session: Session, number: int) -> Process:
    """The process when it pauses."""
    async with asyncio.timeout(20):
        while not (found := await session.processes.get(number)).paused:
            assert found.ended_at is None, (found, await session.processes.steps(number))
            await asyncio.sleep(0.02)
    return found


def control(tenant: Endpoints, what: str) -> None:
    """Something that happens in the tenant."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    assert httpx.post(f"{tenant.graph_url}/control/roles/{what}", headers=headers).is_success


async def test_what_needs_a_role_waits_for_its_activation(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        number = await membership(session)
        waiting = await paused(session, number)
        assert waiting.paused == (
            "Groups Administrator is not active; activate it (Ctrl+P, Activate a role) and it goes on."
            " User Administrator will do, too."
        )
        assert waiting.counts == {StepClass.WAITING: 1}
        (step,) = await session.processes.steps(number)
        assert (step.state, step.status, step.attempts) == (StepClass.WAITING, 403, 1)
        activated, (asked,) = await activate(session, GROUPS)
        assert activated.counts == {StepClass.DONE: 1}, asked
        process, (step,) = await ended(session, number)
        assert process.counts == {StepClass.DONE: 1}, step
        assert not process.paused
        log = [line for _, line in await session.processes.log(number, 10)]
        assert any(line.startswith("Goes on: Groups Administrator is active until ") for line in log)
        (left,) = session.windows.told()
        assert left == "Groups Admin 1 h 00 min"
        me = session.roles.known.person
        (kept,) = await session.tenant.audit.of_user(me, 10)
        assert (kept.action, kept.target) == ("Activate a role", "Groups Administrator for 1 hour")


async def test_a_window_that_ends_pauses_and_the_next_one_goes_on(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        await activate(session, GROUPS)
        process, _ = await ended(session, await membership(session))
        assert process.counts == {StepClass.DONE: 1}
        control(tenant, "end")
        number = await membership(session)
        waiting = await paused(session, number)
        assert waiting.paused.startswith(f"Groups Administrator ended at {datetime.now().astimezone():%H:}")
        assert waiting.paused.endswith("; activate it (Ctrl+P, Activate a role) and it goes on.")
        # the other role that is enough will do as well
        await activate(session, USERS)
        process, _ = await ended(session, number)
        assert process.counts == {StepClass.DONE: 1}


async def test_nothing_is_sent_once_the_recorded_end_has_passed(tenant: Endpoints, tmp_path: Path) -> None:
    clock = Ahead()
    async with connected(tenant, tmp_path, clock=clock) as session:
        await activate(session, GROUPS)
        ends = (await session.roles.learn()).windows[0].until
        assert ends is not None
        clock.by = timedelta(hours=2)
        number = await membership(session)
        waiting = await paused(session, number)
        assert waiting.paused.startswith(f"Groups Administrator ended at {ends.astimezone():%H:%M};")
        (step,) = await session.processes.steps(number)
        assert (step.state, step.attempts) == (StepClass.WAITING, 0), "the tenant would have taken it"
        control(tenant, "end")
        await activate(session, GROUPS)
        process, _ = await ended(session, number)
        assert process.counts == {StepClass.DONE: 1}


async def test_another_copy_takes_up_what_pauses(tenant: Endpoints, tmp_path: Path) -> None:
    clock = Ahead()
    async with connected(tenant, tmp_path) as first:
        number = await membership(first)
        await paused(first, number)
    async with connected(tenant, tmp_path, clock=clock) as second:
        assert (await second.processes.get(number)).paused
        assert await second.processes.claim("somebody", second.clock.now(), 30) is None
        await activate(second, GROUPS)
        process, _ = await ended(second, number)
        assert process.counts == {StepClass.DONE: 1}


async def test_what_was_activated_before_is_known_and_its_end_is_told(
    tenant: Endpoints, tmp_path: Path
) -> None:
    clock = Ahead()
    async with connected(tenant, tmp_path) as first:
        await activate(first, GROUPS)
    async with connected(tenant, tmp_path, clock=clock) as session:
        assert session.windows.told()[0].startswith("Groups Admin ")
        assert session.roles.known.trouble, "nothing was asked"
        assert session.role_windows.news() == []
        clock.by = timedelta(minutes=57)
        (told,) = session.role_windows.news()
        assert told.startswith("Groups Administrator ends at ")
        assert session.role_windows.news() == [], "once is enough"
        clock.by = timedelta(minutes=61)
        (told,) = session.role_windows.news()
        assert told.startswith("Groups Administrator ended at ")
        assert told.endswith("what needs it pauses. To go on, activate it (Ctrl+P, Activate a role) again.")
        number = await membership(session)
        assert (await paused(session, number)).paused.startswith("Groups Administrator ended at ")


async def test_what_a_service_has_not_heard_of_yet_is_tried_again(tmp_path: Path) -> None:
    faults = ("error:status=403,path=/members/,first=1",)
    with running_sandbox(eligible_only=True, faults=faults) as slow:
        async with connected(slow, tmp_path) as session:
            await activate(session, GROUPS)
            number = await membership(session)
            process, (step,) = await ended(session, number)
            assert (process.counts, step.attempts) == ({StepClass.DONE: 1}, 2)
            (first,) = await session.processes.attempts(number, [step.number])
            assert "; the service has not heard of it yet." in first.sentence


async def test_beside_a_role_of_the_tenants_own_a_refusal_stands(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        await activate(session, "Privileged Role Administrator")
        control(tenant, "approve")
        me = (await session.roles.learn(fresh=True)).person
        own = next(role for role in await directory_roles.roles(session.tenant) if not role.built_in)
        body = {"roleDefinitionId": own.id, "principalId": me, "directoryScopeId": "/"}
        given = Request(Service.GRAPH, "POST", f"{directory_roles.ROOT}/roleAssignments", body=body)
        assert (await session.tenant.send(given)).status == 201
        control(tenant, "end")
        process, (step,) = await ended(session, await membership(session))
        assert process.counts == {StepClass.REFUSED: 1}
        assert step.sentence.startswith(
            "This needs Groups Administrator (or User Administrator); you are elig"
        )


async def test_an_activation_is_undone_after_five_minutes(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        first, _ = await activate(session, GROUPS)
        process, (step,) = await undone(session, first.id)
        assert process.counts == {StepClass.REFUSED: 1}
        assert step.sentence.startswith("PIM lets no role be active for less than five minutes")
        assert session.windows.told()
        control(tenant, "end")
        process, (step,) = await undone(session, first.id)
        assert process.counts == {StepClass.ALREADY_SO: 1}, step
        await session.roles.learn(fresh=True)
        assert session.windows.told() == []


async def undone(session: Session, number: int) -> tuple[Process, list[Step]]:
    """Takes a process back, to the end of that."""
    proposal = await undo.propose(session, number)
    operations = [item.line.operation for item in proposal.items]
    return await ended(session, await session.start("undo", "Undo", operations, undo_of=number))


async def test_what_pauses_can_be_cancelled(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        number = await membership(session)
        await paused(session, number)
        await session.processes.cancel(number, session.clock.now())
        process, _ = await ended(session, number)
        assert process.counts == {StepClass.CANCELLED: 1}
        assert not process.paused


async def test_approval_is_waited_for_and_denied_roles_stay_refused(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with connected(tenant, tmp_path) as session:
        process, (step,) = await activate(session, "Privileged Role Administrator")
        assert process.counts == {StepClass.UNKNOWN: 1}
        assert "waits for approval" in step.sentence
        process, (step,) = await activate(session, "Privileged Role Administrator")
        assert process.counts == {StepClass.REFUSED: 1}
        assert step.sentence.startswith("A request for this role waits already.")


async def test_the_form_knows_the_policies(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        action = activate_role.offered(session.roles)
        me = await session.find_user((await session.roles.learn()).person)
        form = await action.ask(session.tenant, me, None)
        assert form.told == ("Privileged Role Administrator: to be approved by somebody first.",)
        role = {label: value for value, label in form.questions[0].choices}
        answers = {"role": role["Exchange Administrator"], "length": "480", "justification": "Mail"}
        with pytest.raises(InvalidInput, match="may be active for 4 hours at most"):
            action.plan(me, form, answers)
        with pytest.raises(InvalidInput, match="wants the number of a ticket"):
            action.plan(me, form, answers | {"length": "240"})
        with pytest.raises(InvalidInput, match="Say why"):
            action.plan(me, form, answers | {"length": "60", "justification": " "})
        (asked,) = action.plan(me, form, answers | {"length": "30", "ticket": "INC1"})
        assert asked.request.body["ticketInfo"] == {"ticketNumber": "INC1"}
        assert asked.request.body["scheduleInfo"]["expiration"] == {
            "type": "afterDuration",
            "duration": "PT30M",
        }
        await activate(session, GROUPS)
        again = await action.ask(session.tenant, me, None)
        assert GROUPS not in {label for _, label in again.questions[0].choices}


async def test_without_pim_nothing_pauses_and_that_is_said(tmp_path: Path) -> None:
    faults = ("no-pim", "error:status=403,path=members")
    with running_sandbox(faults=faults) as tenant:
        async with connected(tenant, tmp_path) as session:
            own = await session.roles.learn()
            assert own.trouble.startswith("This tenant has no PIM, which needs Microsoft Entra ID P2")
            read_at = session.roles.read_at
            process, (step,) = await applied_membership(session)
            assert process.counts == {StepClass.REFUSED: 1}, step
            assert session.roles.read_at == read_at, "asked once is enough where there is nothing to activate"
            anybody = await session.find_user(ADELE)
            with pytest.raises(InvalidInput, match="no PIM"):
                await activate_role.offered(session.roles).ask(session.tenant, anybody, None)


async def applied_membership(session: Session) -> tuple[Process, list[Step]]:
    """Puts Adele into a group, to the end of that."""
    return await ended(session, await membership(session))


async def test_a_tab_says_which_role_shows_it(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        told = await session.role_windows.advice("sign-ins")
        assert told.startswith("This needs Reports Reader (or Security Reader, ")
        assert "; you are eligible for it: activate it" in told
        assert (await session.role_windows.advice("devices")).endswith(
            "you are eligible for none: ask for one."
        )
        assert await session.role_windows.advice("basics") == ""


async def test_own_roles_are_read_once_a_minute(tenant: Endpoints, tmp_path: Path) -> None:
    clock = Ahead()
    async with connected(tenant, tmp_path, clock=clock) as session:
        roles = OwnRoles(session.tenant)
        first = await roles.learn()
        assert await roles.learn() is first
        assert await roles.learn(fresh=True) is not first
        assert first.trouble == ""
        assert [*first.held] == []
        assert len(first.eligible) == 7
