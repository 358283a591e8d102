"""Undo and retry: what a process did is taken back, or tried again, as a plan held against the tenant."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services import retry, undo
from services.errors import InvalidInput
from services.operation import Operation, Repeat
from services.plan import Finding
from services.proposal import Proposal, carry_out, review_of
from services.session import Session
from services.user import User
from state.values import Process, Step, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, ended, fields, flip, put, reviewed, rows

pytestmark = pytest.mark.anyio


@pytest.fixture
def tenant() -> Iterator[Endpoints]:
    """A tenant of the test's own."""
    with running_sandbox() as found:
        yield found


def another(tenant: Endpoints, method: str, path: str, body: object = None) -> None:
    """What another administrator does meanwhile."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    answer = httpx.request(method, f"{tenant.graph_url}/v1.0{path}", headers=headers, json=body)
    assert answer.status_code in (200, 201, 204), answer.text


def member_path(group: str, user: User) -> str:
    """The reference of one member."""
    return f"/groups/{group}/members/{user.id}/$ref"


async def groups_of(session: Session, user: User) -> dict[str, bool | None]:
    """Which security groups the user is in, as the tab shows it."""
    return {row.key: row.on[0] for row in (await rows(session, user, "security-groups")).values()}


async def five_changed(session: Session, user: User) -> tuple[Process, list[str]]:
    """Adds the user to five groups; the process and the groups' ids."""
    found = await rows(session, user, "security-groups")
    off = [row for row in found.values() if not row.lock(0) and row.on[0] is False][:5]
    process, _ = await applied(
        session, await reviewed(session, [flip(user, "security-groups", row) for row in off])
    )
    return process, [row.key for row in off]


async def sent(session: Session, proposal: Proposal) -> tuple[Process, list[Step]]:
    """Starts what is offered and waits for the end."""
    chosen = review_of([item.line for item in proposal.items if item.offered])
    return await ended(session, await carry_out(session, proposal, chosen))


async def undone(session: Session, number: int) -> tuple[Process, list[Step]]:
    """Undoes a process as it is offered."""
    return await sent(session, await undo.against_tenant(session, await undo.propose(session, number)))


async def test_what_was_applied_is_undone_and_the_undo_too(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        before = await groups_of(session, user)
        process, changed = await five_changed(session, user)
        after = await groups_of(session, user)
        assert {key for key in before if before[key] != after[key]} == set(changed)
        back, steps = await undone(session, process.id)
        assert (back.kind, back.undo_of, back.user) == ("undo", process.id, user.id)
        assert back.title == f"Undo of #{process.id} · test"
        assert back.counts == {StepClass.DONE: 5}
        assert [step.target for step in steps] == [
            step.target for step in reversed(await session.processes.steps(process.id))
        ], "the last step is undone first"
        assert await groups_of(session, user) == before
        forth, _ = await undone(session, back.id)
        assert (forth.undo_of, forth.counts) == (back.id, {StepClass.DONE: 5})
        assert await groups_of(session, user) == after
        again, _ = await undone(session, forth.id)
        assert again.counts == {StepClass.DONE: 5}
        assert await groups_of(session, user) == before


async def test_a_value_changed_since_is_a_conflict_and_left_alone(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        held = await fields(session, user, "basics")
        row = (await rows(session, user, "security-groups"))["Project Beta"]
        assert row.on[0] is False
        changes = [
            put(user, "basics", "city", held["city"].value, "Oslo"),
            flip(user, "security-groups", row),
        ]
        process, _ = await applied(session, await reviewed(session, changes))
        another(tenant, "PATCH", f"/users/{user.id}", {"city": "Bergen"})
        proposal = await undo.against_tenant(session, await undo.propose(session, process.id))
        found = {item.step.title: item for item in proposal.items}
        conflict = next(item for item in proposal.items if item.line.finding is Finding.CONFLICT)
        assert (conflict.offered, conflict.line.current) == (False, {"city": "Bergen"})
        assert conflict.line.operation.after == {"city": held["city"].value}
        assert found["Add member"].offered
        await sent(session, proposal)
        assert (await fields(session, user, "basics"))["city"].value == "Bergen"
        assert not (await rows(session, user, "security-groups"))["Project Beta"].on[0]
        await ended(session, await carry_out(session, proposal, review_of([conflict.line])))
        assert (await fields(session, user, "basics"))["city"].value == held["city"].value, "decided to"


async def test_only_what_changed_something_is_undone(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        found = await rows(session, user, "security-groups")
        first, second = [row for row in found.values() if not row.lock(0) and row.on[0] is False][:2]
        plan = await reviewed(session, [flip(user, "security-groups", row) for row in (first, second)])
        body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user.id}"}
        another(tenant, "POST", f"/groups/{first.key}/members/$ref", body)
        process, _ = await applied(session, plan)
        assert process.counts == {StepClass.ALREADY_SO: 1, StepClass.DONE: 1}
        proposal = await undo.propose(session, process.id)
        assert [item.step.target for item in proposal.items] == [second.name]
        assert proposal.told.startswith("1 not listed")
        await undone(session, process.id)
        now = await groups_of(session, user)
        assert (now[first.key], now[second.key]) == (True, False), "somebody else's doing stays"
        # and what is undone is not undone again
        again = await undo.against_tenant(session, await undo.propose(session, process.id))
        assert [(item.offered, item.line.finding) for item in again.items] == [(False, Finding.ALREADY_SO)]


async def test_what_cannot_be_undone_is_named_with_its_reason(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        process, _ = await five_changed(session, user)
        operations = [operation_of(step) for step in await session.processes.steps(process.id)]
        one_way = [
            msgspec.structs.replace(undo_of, inverse=None)
            for undo_of in (undo.back(operation) for operation in operations[:1])
            if undo_of
        ]
        gone, _ = await ended(session, await session.start("test", "test", one_way, user.id))
        proposal = await undo.against_tenant(session, await undo.propose(session, gone.id))
        (item,) = proposal.items
        assert not item.offered
        assert item.bar.startswith("cannot be undone")
        nothing, _ = await ended(session, await session.start("test", "test", one_way, user.id))
        assert nothing.counts == {StepClass.ALREADY_SO: 1}
        with pytest.raises(InvalidInput, match="so before"):
            await undo.propose(session, nothing.id)


def operation_of(step: Step) -> Operation:
    """What the step sent."""
    return msgspec.json.decode(step.operation, type=Operation)


async def refused(session: Session, tenant: Endpoints, user: User) -> tuple[Process, str, str]:
    """Applies two changes of which one is refused, as its group is gone; the process and the groups' names."""
    found = await rows(session, user, "security-groups")
    first, second = [row for row in found.values() if not row.lock(0) and row.on[0] is False][:2]
    plan = await reviewed(session, [flip(user, "security-groups", row) for row in (first, second)])
    another(tenant, "DELETE", f"/groups/{first.key}")
    process, _ = await applied(session, plan)
    assert process.counts == {StepClass.REFUSED: 1, StepClass.DONE: 1}
    return process, first.key, second.name


async def test_a_refused_step_is_retried_after_its_cause_is_gone(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        process, group, _ = await refused(session, tenant, user)
        with pytest.raises(InvalidInput, match="marked"):
            await retry.propose(session, process.id, [2])
        another(tenant, "POST", f"/directory/deletedItems/{group}/restore")
        proposal = await retry.against_tenant(session, await retry.propose(session, process.id))
        assert [(item.step.number, item.line.finding) for item in proposal.items] == [(1, Finding.READY)]
        again, (step,) = await sent(session, proposal)
        assert (again.kind, again.title) == ("retry", f"Retry of #{process.id} · test")
        assert again.counts == {StepClass.DONE: 1}
        assert step.operation == (await session.processes.steps(process.id))[0].operation
        assert (await groups_of(session, user))[group] is True
        with pytest.raises(InvalidInput, match="no step was refused"):
            await retry.propose(session, again.id)
        # a second try finds it so, and is not sent by itself
        once_more = await retry.against_tenant(session, await retry.propose(session, process.id))
        assert [(item.offered, item.line.finding) for item in once_more.items] == [
            (False, Finding.ALREADY_SO)
        ]


async def test_what_was_applied_despite_a_refusal_is_undone(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        row = (await rows(session, user, "security-groups"))["Project Beta"]
        plan = await reviewed(session, [flip(user, "security-groups", row)])
        another(tenant, "DELETE", f"/groups/{row.key}")
        process, (step,) = await applied(session, plan)
        assert step.state is StepClass.REFUSED
        with pytest.raises(InvalidInput, match="no step of it was carried out"):
            await undo.propose(session, process.id)
        another(tenant, "POST", f"/directory/deletedItems/{row.key}/restore")
        body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user.id}"}
        another(tenant, "POST", f"/groups/{row.key}/members/$ref", body)
        await session.processes.readings.show(process.id, {1: True})
        assert (await session.processes.get(process.id)).despite == 1
        back, (step,) = await undone(session, process.id)
        assert (back.counts, step.target) == ({StepClass.DONE: 1}, row.name)
        assert (await groups_of(session, user))[row.key] is False


async def test_what_may_have_happened_is_never_retried_by_itself(tmp_path: Path) -> None:
    with running_sandbox(faults=("drop:path=members,when=after",)) as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            found = await rows(session, user, "security-groups")
            row = next(row for row in found.values() if not row.lock(0) and row.on[0] is False)
            (line,) = (await reviewed(session, [flip(user, "security-groups", row)])).lines
            once = msgspec.structs.replace(line.operation, repeat=Repeat.ONCE, look=None, changes=())
            process, (step,) = await ended(session, await session.start("test", "test", [once], user.id))
            assert step.state is StepClass.UNKNOWN
            proposal = await retry.against_tenant(session, await retry.propose(session, process.id))
            (item,) = proposal.items
            assert not item.offered
            assert "may have happened" in item.doubt
            back = await undo.against_tenant(session, await undo.propose(session, process.id))
            assert [one.offered for one in back.items] == [False]


async def test_once_only_that_a_retry_made_good_is_not_offered_again(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        row = (await rows(session, user, "security-groups"))["Project Beta"]
        (line,) = (await reviewed(session, [flip(user, "security-groups", row)])).lines
        once = msgspec.structs.replace(line.operation, repeat=Repeat.ONCE, look=None, changes=())
        another(tenant, "DELETE", f"/groups/{row.key}")
        process, _ = await ended(session, await session.start("test", "test", [once], user.id))
        assert process.counts == {StepClass.REFUSED: 1}
        another(tenant, "POST", f"/directory/deletedItems/{row.key}/restore")
        good, _ = await sent(session, await retry.propose(session, process.id))
        assert good.counts == {StepClass.DONE: 1}
        (item,) = (await retry.propose(session, process.id)).items
        assert not item.offered
        assert item.doubt.startswith(f"#{good.id} has tried it")


async def test_what_the_tenant_does_not_tell_is_not_overwritten(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            process, _ = await five_changed(session, user)
            proposal = await undo.propose(session, process.id)
            blind = [
                msgspec.structs.replace(
                    item,
                    line=msgspec.structs.replace(
                        item.line, operation=msgspec.structs.replace(item.line.operation, look=None)
                    ),
                )
                for item in proposal.items
            ]
            held = await undo.against_tenant(session, msgspec.structs.replace(proposal, items=tuple(blind)))
            assert not any(item.offered for item in held.items)
            assert all(item.doubt for item in held.items)
