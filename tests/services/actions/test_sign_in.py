"""Blocking and enabling, at once and scheduled: every call lawful, and the tenant as it should be afterwards."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services import properties
from services.action import Action, Answers
from services.actions import (
    block_sign_in,
    enable_sign_in,
    revoke_sessions,
    schedule_license_assignment,
    schedule_sign_in_block,
)
from services.actions.registry import ACTIONS
from services.errors import InvalidInput, NotPermitted
from services.members import Relation, in_graph
from services.memberships import memberships
from services.operation import Request, Service
from services.profile import FunctionalRoles
from services.sandbox.options import FUNCTIONAL_ROLES
from services.session import Session
from services.user import User
from state.schedule_values import ScheduleStatus
from state.values import Process, ProcessStatus, Step, StepClass
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, ended, flip, put, rows
from tests.services.schedules import AheadClock, over, scheduled

pytestmark = pytest.mark.anyio

ALEX = "alexw@contoso.example"
PROFILE: dict[str, Any] = {"functional_roles": FunctionalRoles(administrative_unit=FUNCTIONAL_ROLES)}


@pytest.fixture
def tenant() -> Iterator[Endpoints]:
    """A tenant of the test's own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
def wire(tenant: Endpoints) -> Iterator[Recorder]:
    """What goes over the wire to it."""
    with recording(tenant) as found:
        yield found


@pytest.fixture
def clock() -> AheadClock:
    """The session's clock."""
    return AheadClock()


@pytest.fixture
async def session(wire: Recorder, tmp_path: Path, clock: AheadClock) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(wire.endpoints, tmp_path, clock=clock, **PROFILE) as found:
        yield found


async def done(session: Session, action: Action, user: User, answers: Answers) -> tuple[Process, list[Step]]:
    """Does the action and waits for the end of its process."""
    form = await action.ask(session.tenant, user, None)
    operations = action.plan(user, form, answers)
    return await ended(session, await session.start(action.id, action.title, operations, user.id))


async def read(session: Session, user: User, fields: str) -> dict[str, Any]:
    """Properties of the user, from the tenant."""
    path = f"/users/{user.id}"
    found: dict[str, Any] = await session.tenant.read(
        Request(Service.GRAPH, path=path, query=(("$select", fields),))
    )
    return found


async def test_a_block_takes_away_what_was_ticked_and_names_what_stays(
    session: Session, wire: Recorder
) -> None:
    user = await session.find_user(ADELE)
    dates = [put(user, "basics", "employeeHireDate", None, "2026-04-01T00:00:00Z")]
    dates.append(put(user, "basics", "employeeLeaveDateTime", None, "2026-05-01T00:00:00Z"))
    await ended(session, await session.start("x", "dates", properties.operations(dates), user.id))
    form = await block_sign_in.ACTION.ask(session.tenant, user, None)
    ticked = {question.id: True for question in form.questions}
    assert list(ticked) == ["groups", "roles", "licences"]
    assert form.confirm is not None
    counts = {name: len(form.facts[name]) for name in ticked}
    asked = form.confirm(ticked)
    assert (asked.title, asked.objects) == ("Block the sign-in of Adele Vance?", sum(counts.values()))
    assert f"loses {counts['groups']} groups, " in asked.told[0]
    assert form.confirm({}).objects == 0
    assert "groups, functional roles and licences stay" in form.confirm({}).told[0].lower()
    held = await memberships(session.tenant, user)
    process, steps = await done(session, block_sign_in.ACTION, user, ticked)
    assert process.status is ProcessStatus.SUCCEEDED, [(s.title, s.target, s.sentence) for s in steps]
    titles = [step.title for step in steps]
    assert titles[:4] == ["Block sign-in", "Revoke sessions", "Clear Start date", "Clear End date"]
    found = await read(
        session,
        user,
        "accountEnabled,employeeHireDate,assignedLicenses,licenseAssignmentStates,signInSessionsValidFromDateTime",
    )
    assert found["accountEnabled"] is False
    assert found["employeeHireDate"] is None
    assert found["signInSessionsValidFromDateTime"]
    assert (await read(session, user, "employeeLeaveDateTime"))["employeeLeaveDateTime"] is None
    assert all(state["assignedByGroup"] for state in found["licenseAssignmentStates"])
    left = await memberships(session.tenant, user)
    assert set(left.direct) < set(held.direct)
    names = {line.removeprefix("Stays: ").partition(":")[0] for line in form.facts["stays"]}
    assert "Dynamic Sales (a dynamic rule)" in form.told[1]
    assert "Dynamic Sales" in names
    assert {"Dynamic Sales", "Synced File Share"} & set(left.direct.values())
    removed = {step.target for step in steps if step.title == "Remove member"}
    assert not removed & names
    wire.check()


async def test_a_licence_by_a_group_and_directly_goes_only_with_the_group(
    session: Session, wire: Recorder
) -> None:
    user = await session.find_user(ADELE)
    (seen,) = [row for row in (await rows(session, user, "licenses")).values() if "Visio" in row.name]
    assign = {"addLicenses": [{"skuId": seen.key, "disabledPlans": []}], "removeLicenses": []}
    request = Request(Service.GRAPH, "POST", f"/users/{user.id}/assignLicense", body=assign)
    assert (await session.tenant.send(request)).ok
    form = await block_sign_in.ACTION.ask(session.tenant, user, None)
    assert not any("Visio" in line for line in form.told)
    alone = [operation.target for operation in block_sign_in.plan(user, form, {"licences": True})]
    assert not any("Visio" in target for target in alone)
    assert form.confirm is not None
    assert form.confirm({"licences": True}).objects + 1 == len(form.facts["licences"])
    process, steps = await done(
        session, block_sign_in.ACTION, user, {question.id: True for question in form.questions}
    )
    assert process.status is ProcessStatus.SUCCEEDED, [(s.title, s.target, s.sentence) for s in steps]
    assert "Visio" in steps[-1].target
    assert (await read(session, user, "assignedLicenses"))["assignedLicenses"] == []
    wire.check()


async def test_a_bare_block_and_its_way_back(session: Session, wire: Recorder) -> None:
    user = await session.find_user(ALEX)
    assert block_sign_in.ACTION.fits(session.tenant, user, None) == ""
    assert enable_sign_in.ACTION.fits(session.tenant, user, None) == "the sign-in is not blocked"
    held = await memberships(session.tenant, user)
    _, steps = await done(session, block_sign_in.ACTION, user, {})
    assert [(s.title, s.state) for s in steps] == [
        ("Block sign-in", StepClass.DONE),
        ("Revoke sessions", StepClass.DONE),
        ("Clear Start date", StepClass.DONE),
    ]
    assert (await memberships(session.tenant, user)).direct == held.direct
    user = await session.find_user(ALEX)
    assert user.account_enabled is False
    assert block_sign_in.ACTION.fits(session.tenant, user, None) == "the sign-in is blocked already"
    await done(session, enable_sign_in.ACTION, user, {})
    assert (await session.find_user(ALEX)).account_enabled is True
    await done(session, revoke_sessions.ACTION, user, {})
    wire.check()


async def test_synced_and_deleted_users_are_left_where_they_are_mastered(session: Session) -> None:
    user = await session.find_user("meganb@contoso.example")
    for action in (block_sign_in.ACTION, schedule_sign_in_block.ACTION, enable_sign_in.ACTION):
        assert "Active Directory" in action.fits(session.tenant, user, None)
    assert revoke_sessions.ACTION.fits(session.tenant, user, None) == ""
    gone = msgspec.structs.replace(user, deleted_date_time="2026-01-01T00:00:00Z")
    for listed in ACTIONS:
        assert "deleted" in listed.fits(session.tenant, gone, None), listed.id


async def test_a_scheduled_block_removes_what_the_user_has_then(
    session: Session, wire: Recorder, clock: AheadClock
) -> None:
    user = await session.find_user(ADELE)
    at = clock.now() + timedelta(days=3)
    number, _ = await scheduled(
        session, schedule_sign_in_block.ACTION, user, {"groups": True, "roles": True}, at
    )
    (waiting,) = await session.schedules.of_user(user.id)
    assert (waiting.id, waiting.plan.about) == (number, "and removes groups, functional roles")
    assert waiting.plan.at == at.replace(second=0, microsecond=0)
    groups = await rows(session, user, "security-groups")
    later = groups["Project Beta"]
    joined = in_graph(flip(user, "security-groups", later), Relation.MEMBER)
    await ended(session, await session.start("x", "join", [joined], user.id))
    assert (await session.find_user(ADELE)).account_enabled is True
    clock.ahead = timedelta(days=3, minutes=2)
    session.scheduling.wake()
    found = await over(session, number)
    assert (found.status, found.late) == (ScheduleStatus.STARTED, True)
    assert found.process is not None
    process, steps = await ended(session, found.process)
    assert process.status is ProcessStatus.SUCCEEDED
    assert process.title == "Block sign-in · Adele Vance"
    assert "Project Beta" in {step.target for step in steps}
    assert (await session.find_user(ADELE)).account_enabled is False
    log = [line for _, line in await session.processes.log(process.id, 50)]
    assert log[0].startswith(f"Schedule {number}, made by {session.operator} for ")
    assert any("Dynamic Sales" in line for line in log)
    wire.check()


async def test_a_schedule_of_a_user_who_is_gone_fails_and_says_so(
    session: Session, clock: AheadClock
) -> None:
    user = await session.find_user("leeg@contoso.example")
    number, _ = await scheduled(
        session, schedule_sign_in_block.ACTION, user, {}, clock.now() + timedelta(days=1)
    )
    request = Request(Service.GRAPH, "DELETE", f"/users/{user.id}")
    assert (await session.tenant.send(request)).ok
    await session.scheduling.run_now(number)
    found = await over(session, number)
    assert found.status is ScheduleStatus.FAILED
    assert found.process is not None
    process = await session.processes.get(found.process)
    assert (process.status, process.last_line) == (ProcessStatus.FINISHED, found.sentence)


@pytest.mark.parametrize(("hours", "late"), [(1, ScheduleStatus.MISSED), (100, ScheduleStatus.STARTED)])
async def test_the_profile_says_how_late_is_too_late(
    tenant: Endpoints, tmp_path: Path, clock: AheadClock, hours: int, late: ScheduleStatus
) -> None:
    async with connected(tenant, tmp_path, clock=clock, schedule_late_hours=hours) as session:
        user = await session.find_user(ADELE)
        at = clock.now() + timedelta(days=1)
        number, _ = await scheduled(session, schedule_sign_in_block.ACTION, user, {}, at)
        clock.ahead = timedelta(days=3)
        await session.engine.drain()
        assert (await session.schedules.get(number)).status is late
        assert [each.id for each in await session.scheduling.missed()] == ([number] if hours == 1 else [])


async def test_scheduled_licences_reserve_their_seats_and_come_with_a_usage_location(
    session: Session, wire: Recorder, clock: AheadClock
) -> None:
    user = await session.find_user("joniw@contoso.example")
    action = schedule_license_assignment.ACTION
    form = await action.ask(session.tenant, user, None)
    asked = {question.id: question for question in form.questions}
    sku = asked["licences"].choices[0][0]
    with pytest.raises(InvalidInput, match="at least one licence"):
        action.plan(user, form, {})
    with pytest.raises(InvalidInput, match="usage location"):
        action.plan(user, form, {"licences": [sku]})
    answers = {"licences": [sku], "usageLocation": "NO"}
    at = clock.now() + timedelta(days=400)
    number, _ = await scheduled(session, action, user, answers, at)
    assert await session.schedules.reserved_seats() == {sku: 1}
    changed = await session.schedules.get(number)
    assert action.schedule is not None
    again = {**answers, "date": f"{at:%Y-%m-%d}", "time": "23:59", "zone": "Europe/Oslo"}
    await session.scheduling.change(changed, action.schedule(user, form, again, session.operator))
    await session.scheduling.run_now(number)
    found = await over(session, number)
    assert (found.status, found.late) == (ScheduleStatus.STARTED, False)
    assert found.process is not None
    process, steps = await ended(session, found.process)
    assert process.status is ProcessStatus.SUCCEEDED, [(s.title, s.sentence) for s in steps]
    assert [step.title for step in steps] == ["Set Usage location", "Assign licence"]
    held = await read(session, user, "usageLocation,assignedLicenses")
    assert held["usageLocation"] == "NO"
    assert sku in {each["skuId"] for each in held["assignedLicenses"]}
    assert await session.schedules.reserved_seats() == {}
    wire.check()


async def test_a_time_that_is_over_and_a_read_only_tenant_store_nothing(
    session: Session, tenant: Endpoints, tmp_path: Path, clock: AheadClock
) -> None:
    user = await session.find_user(ADELE)
    number, form = await scheduled(
        session, schedule_sign_in_block.ACTION, user, {}, clock.now() + timedelta(days=1)
    )
    made = (await session.schedules.get(number)).plan
    with pytest.raises(InvalidInput, match="is over"):
        await session.scheduling.make(msgspec.structs.replace(made, at=datetime(2020, 1, 1, tzinfo=UTC)))
    when = {"date": "2020-01-01", "time": "09:00", "zone": "UTC"}
    with pytest.raises(InvalidInput, match="is over"):
        schedule_sign_in_block.schedule(user, form, when, "me")
    async with connected(tenant, tmp_path / "other", readonly=True) as reader:
        with pytest.raises(NotPermitted):
            await reader.scheduling.make(made)
