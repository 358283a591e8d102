"""Session: one connected tenant with its state and its job runner. The composition root of the services."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import msgspec

from services import gate, people, role_windows, scheduling
from services.actions import activate_role
from services.actions.registry import FORMS
from services.connecting import connected, operator_here
from services.credentials import Prompt
from services.errors import InvalidInput
from services.export.exporter import TabExporter
from services.grants import Grants, Registration
from services.identity import Identity, StaticToken
from services.jobs.alarm import Alarm, AlarmClock
from services.jobs.engine import Engine
from services.jobs.finishing import Finishing
from services.jobs.limits import Limits
from services.jobs.runner import DEFAULT, JobRunner
from services.jobs.scheduler import Planned, Scheduler, process_of
from services.log.events import tell
from services.operation import Operation, Repeat, encode
from services.operator_role import OperatorRole
from services.own_roles import Own, OwnRoles
from services.plan import Review, digest
from services.portal_roles import Access
from services.profile import TenantProfile
from services.reason import reason_of
from services.role_windows import RoleWindows
from services.secret import Secret
from services.tabs.standing import Barred
from services.task import EXPORT, Export, export_step
from services.tenant import Tenant
from services.time_span import span
from services.user import User
from services.windows import Windows
from services.writing_window import WritingWindow
from state.clock import Clock, SystemClock
from state.database import Database
from state.openings import Openings
from state.pending import PendingChanges
from state.processes import Processes
from state.schedule_values import Schedule
from state.schedules import Schedules
from state.values import Change, NewProcess, NewStep, Process
from state.workers import Workers

_NO_SECRETS: Mapping[str, Secret] = MappingProxyType({})


READ_ONLY = "Rollcall is read-only here: nothing can be changed. Start it without --readonly to change."


class Session:
    """Everything a screen needs, wired once. Tenants share the state file and are kept apart by their id."""

    def __init__(
        self,
        profile: TenantProfile,
        database: Database,
        tenant: Tenant,
        clock: Clock,
        *,
        readonly: bool,
        alarm: Alarm | None = None,
        limits: Limits = DEFAULT,
        identity: Identity | None = None,
    ) -> None:
        self.profile = profile
        self.identity = identity or StaticToken("")
        self.identity.on_token = self._token_told
        self.database = database
        self.tenant = tenant
        self.clock = clock
        self.state_dir = database.path.parent
        self.readonly_reason = READ_ONLY if readonly or profile.readonly else ""
        self.operator = operator_here()
        self.pending = PendingChanges(database, profile.tenant_id)
        self.processes = Processes(database, profile.tenant_id)
        tenant.access = Access(grants=Grants(registration=Registration(profile.client_id, profile.app_only)))
        self._role = OperatorRole(tenant, self.readonly_reason)
        self.windows = Windows(clock)
        """What the operator has opened for a while."""
        self.roles = OwnRoles(tenant, self._roles_changed)
        """The directory roles that are the operator's own."""
        self.role_windows = RoleWindows(self.roles, clock, self._renew)
        self.writing = WritingWindow(
            span(profile.writing_window),
            profile.ask_reason,
            self.windows,
            Openings(database, profile.tenant_id),
            clock,
        )
        self.reason = ""
        """Why the operator started the last process, as they told it."""
        self.barred: dict[str, Barred] = {}
        """What loading tabs has taught that holds for every page of the tenant."""
        self.on_change: Callable[[], None] = lambda: None
        """Called after the runner committed something to the journal."""
        self.on_defect: Callable[[Exception], object] = lambda _: None
        """Called when runner or scheduler ended by a mistake of the program itself; `close` raises it again."""
        owner = f"{socket.gethostname()}:{uuid4()}"
        runner = self._runner(owner, limits)
        self.finishing = Finishing(self.processes, tenant.governor, lambda: runner.running)
        self.schedules = Schedules(database, profile.tenant_id)
        self.workers = Workers(database, profile.tenant_id)
        scheduler = self._scheduler(owner, alarm or AlarmClock())
        self.engine = Engine(runner, scheduler, lambda error: self.on_defect(error))
        """What runs the processes and starts the schedules."""
        self._learning: asyncio.Task[Own] | None = None
        self.scheduling = scheduling.Scheduling(
            self.schedules, self.workers, clock, self._must_schedule, self._reasoned, scheduler.wake
        )

    def _runner(self, owner: str, limits: Limits) -> JobRunner:
        return JobRunner(
            self.tenant,
            self.processes,
            self.clock,
            owner=owner,
            on_change=lambda: self.on_change(),
            exporter=TabExporter(self.tenant, self.learn),
            readonly=self.readonly,
            vault=self.tenant.vault,
            limits=limits,
            admit=lambda: gate.admit(self._role),
            roles=self.role_windows,
            on_end=self._process_ended,
            bars=self.writing.bars,
        )

    def _scheduler(self, owner: str, alarm: Alarm) -> Scheduler:
        return Scheduler(
            self.schedules,
            self.clock,
            owner,
            self._plan_schedule,
            alarm=alarm,
            limit=timedelta(hours=self.profile.schedule_late_hours),
            started=self._schedule_moved,
        )

    @classmethod
    async def open(
        cls,
        profile: TenantProfile,
        *,
        state_dir: Path,
        readonly: bool = False,
        clock: Clock | None = None,
        prompt: Prompt | None = None,
        alarm: Alarm | None = None,
        limits: Limits = DEFAULT,
    ) -> "Session":
        """Opens the state file and the transports, and lets the runner go on with what was started.

        `prompt` is told which page to open and which code to enter there, when a person signs in. `limits` are
        the runner's.

        Raises `state.errors.StateError` or `RollcallError`, each with its sentence. Nothing is sent yet, and
        nothing at all while the file is not known to be whole.
        """
        clock = clock or SystemClock()
        found = await connected(profile, state_dir, clock, prompt or (lambda *_: None))
        session = cls(
            profile,
            found.database,
            found.tenant,
            clock,
            readonly=readonly,
            alarm=alarm,
            limits=limits,
            identity=found.identity,
        )
        session.roles.recall(found.roles)
        tell(
            "connected",
            tenant=profile.name,
            cloud=profile.cloud,
            sign_in=profile.sign_in,
            graph=profile.graph_url,
            exchange=profile.exchange_url,
            sharepoint=profile.sharepoint_url,
            readonly=session.readonly,
        )
        session.engine.begin(scheduling=not session.readonly)
        return session

    @property
    def readonly(self) -> bool:
        """Whether every write is refused, whoever the operator is."""
        return bool(self.readonly_reason)

    async def learn(self) -> Access:
        """What the operator's portal role lets them see and change, as the tenant tells it. Never raises."""
        return await self._role.learn()

    async def known(self) -> Access:
        """The same, as it was last read: it waits for the tenant only where nothing was. Never raises."""
        return await self._role.known()

    def expire(self) -> None:
        """Has the next look at anything ask the tenant, also for the operator's portal role."""
        self.tenant.expire()
        self._role.expire()
        self.roles.expire()

    def objection(self, part: str = "", *fields: str) -> str:
        """Why this tab (or these fields of it) may not be changed, or this action not be done, as far as is known.

        Without a part: why nothing at all may be started now. "" where nothing speaks against it.
        """
        if part:
            return gate.refusal(self.tenant.access, part, fields)
        return self.tenant.access.bar or self.writing.closed

    def waiting(self) -> list[str]:
        """One sentence for each service that asked to be left alone for a while."""
        found = []
        for service, until in self.tenant.governor.holds():
            seconds = (until - self.clock.now()).total_seconds()
            if seconds > 0.5:
                found.append(f"waiting {seconds:.0f} s: {service} asked to slow down")
        return [*found, *self.engine.troubles]

    async def sign_in(self) -> str:
        """Has a person sign in; what waited for that goes on. Returns who it was. Raises `RollcallError`."""
        name = await self.identity.sign_in()
        # somebody else may have other consents: each service's next token tells
        self._grants(msgspec.structs.replace(self.tenant.access.grants, held={}))
        self._role.expire()
        self.roles.expire()
        self.engine.wake_all()
        return name

    def _token_told(self, scope: str, granted: frozenset[str] | None) -> None:
        found = self.tenant.access.grants
        for resource, of_service in self.profile.scopes.items():
            if of_service == scope:
                found = found.told(resource, granted)
        self._grants(found)

    def _grants(self, found: Grants) -> None:
        self.tenant.access = msgspec.structs.replace(self.tenant.access, grants=found)

    async def close(self) -> None:
        """Stops, and closes the connections."""
        async with contextlib.AsyncExitStack() as rest:
            rest.push_async_callback(self.database.close)
            rest.push_async_callback(self.tenant.close)
            if self._learning is not None:
                self._learning.cancel()
            await self.engine.stop()

    def _renew(self) -> None:
        self.identity.renew()

    def _roles_changed(self, gained: bool) -> None:
        """What was read of the operator's own roles is other than before."""
        if gained:
            self.identity.renew()
        role_windows.show(self.windows, self.roles.known)
        self.engine.wake()

    def _process_ended(self, process: Process) -> None:
        """A process came to its end here."""
        if process.kind == activate_role.ID or (process.kind in gate.NO_PARTS and self.roles.known.windows):
            self._learning = asyncio.create_task(self.roles.learn(fresh=True))

    async def find_user(self, identifier: str) -> User:
        """One user by id or UPN with all the page's header needs. Raises `RollcallError`."""
        return await people.find(self.tenant, identifier)

    async def may_stage(self, changes: Sequence[Change]) -> None:
        """Raises `NotPermitted` when read-only or for what the operator's portal role does not grant."""
        access = await self.known()
        gate.must_grant(gate.refusal(access, change.tab, (change.field,)) for change in changes)

    async def stage(self, changes: Sequence[Change]) -> None:
        """Stores staged changes durably, all or none. Raises like `may_stage`, and `StateError` when it cannot."""
        await self.may_stage(changes)
        await self.pending.stage(changes, self.clock.now())

    async def apply(self, review: Review, title: str, reason: str = "") -> int:
        """Journals the reviewed plan as a process and clears its pending changes, in one transaction.

        Returns the process's number. Raises `NotPermitted` when read-only or for what the operator's portal role
        does not grant, `InvalidInput` for a plan with an objection or without a `reason` that the profile asks
        for, `StaleReview` when the pending changes are no longer what was reviewed, `StateError` when the
        journal cannot be written.
        """
        await self._must_grant("apply", [line.operation for line in review.lines])
        if review.objection:
            raise InvalidInput(review.objection)
        users = {change.user for change in review.changes}
        user = users.pop() if len(users) == 1 else ""
        why = self._reasoned(reason)
        new = NewProcess("apply", title, self.operator, user, review.digest, reason=why)
        return await self._journal(new, [line.operation for line in review.lines], review.changes)

    async def start(
        self,
        kind: str,
        title: str,
        operations: Sequence[Operation],
        user: str = "",
        secrets: Mapping[str, Secret] = _NO_SECRETS,
        *,
        undo_of: int | None = None,
        reason: str = "",
    ) -> int:
        """Journals operations, as the operator saw them, as a process; returns its number.

        `kind` is the action's id, `user` the id of the user it is about, `undo_of` the process that it
        takes back. `secrets` are what the operations only name (`services.vault`): they stay in memory, and
        no other copy of the program runs the process as long as this one does. Raises like `apply`.
        """
        operations = [gate.stamped(kind, operation) for operation in operations]
        await self._must_grant(kind, operations)
        if objection := next((o.objection for o in operations if o.objection), ""):
            raise InvalidInput(objection)
        new = NewProcess(
            kind, title, self.operator, user, digest(operations), undo_of, self._reasoned(reason)
        )
        own = any(operation.part == activate_role.ID for operation in operations)
        if not secrets and not own:
            return await self._journal(new, operations, ())
        # a role is activated by whoever it is for: not by a worker, or a copy that somebody else has signed in to
        return await self.engine.start_alone(new, [_step(each) for each in operations], secrets)

    async def export(self, order: Export, about: str) -> int:
        """Journals an export as a process, also when read-only: it writes to this machine alone.

        `about` is whom its title names. Returns the process's number. Raises `StateError`.
        """
        new = NewProcess(EXPORT, f"{order.title} · {about}", self.operator, order.user)
        number = await self.processes.start(new, [export_step(order)], (), self.clock.now())
        self.engine.wake()
        return number

    async def _journal(
        self, new: NewProcess, operations: Sequence[Operation], applied: Sequence[Change]
    ) -> int:
        steps = [_step(operation) for operation in operations]
        number = await self.processes.start(new, steps, applied, self.clock.now())
        self.engine.wake()
        return number

    async def _plan_schedule(self, schedule: Schedule) -> Planned:
        operations, told = await scheduling.operations(self.tenant, FORMS, schedule)
        steps = [_step(gate.stamped(schedule.plan.kind, operation)) for operation in operations]
        return Planned(process_of(schedule), steps, told)

    def _schedule_moved(self) -> None:
        self.engine.wake()
        self.on_change()

    def _reasoned(self, reason: str) -> str:
        """The reason as it is stored. Raises `InvalidInput` where the profile asks for one and there is none."""
        return reason_of(self.profile.ask_reason, reason)

    async def _must_grant(self, kind: str, operations: Sequence[Operation]) -> None:
        """Raises `NotPermitted` where one of them is not for this operator."""
        access = await self.learn()
        gate.must_grant(
            [
                access.bar,
                self.writing.closed,
                *(gate.refused(access, kind, operation) for operation in operations),
            ]
        )

    async def _must_schedule(self, kind: str) -> None:
        gate.must_grant([gate.refusal(await self.learn(), kind), self.writing.closed])


def _step(operation: Operation) -> NewStep:
    return NewStep(
        operation=encode(operation),
        title=operation.title,
        target=operation.target,
        serial=operation.serial,
        once=operation.repeat is Repeat.ONCE,
    )
