"""Pending changes against a model: staged, undone, refreshed over a changed tenant, cut off, reviewed, applied."""

import tempfile
from pathlib import Path
from typing import Any, ClassVar

import httpx
import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.plan import Finding, Review, checked, review
from services.user import User
from state.errors import StaleReview
from state.pending import PendingChanges
from state.values import Change, ProcessStatus, StepClass
from tests.faults.desk import Desk
from tests.faults.points import Place
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, ended, fields, flip, put, rows

GROUPS = "security-groups"
OFFICE = "officeLocation"
DOINGS = (
    *("stage", "stage", "stage", "stage", "change behind", "change behind"),
    *("apply", "apply", "undo", "refresh", "reopen", "take away what is reviewed"),
)
CUTS = st.sampled_from([None, None, None, Place.BEFORE_WRITE, Place.IN_WRITE, Place.AFTER_WRITE])
CELLS = st.sampled_from([0, 1, 2, OFFICE])
START: dict[int | str, Any] = {0: False, 1: True, 2: False, OFFICE: "Room 1"}
ROOMS = st.sampled_from(["Room 1", "Room 2", "Room 3"])


class Served:
    """The tenant as its own administrators change it: three groups and an office, past our program."""

    def __init__(self, tenant: Endpoints, user: User, groups: list[str]) -> None:
        self._tenant = tenant
        self._user = user
        self._groups = groups

    def put(self, cell: int | str, value: Any) -> None:
        """Makes it so."""
        if cell == OFFICE:
            self._ask("PATCH", f"/users/{self._user.id}", {OFFICE: value})
        elif self.held()[cell] != value:
            place = f"/groups/{self._groups[int(cell)]}/members"
            if value:
                link = f"https://graph.microsoft.com/v1.0/directoryObjects/{self._user.id}"
                self._ask("POST", f"{place}/$ref", {"@odata.id": link})
            else:
                self._ask("DELETE", f"{place}/{self._user.id}/$ref")

    def held(self) -> dict[int | str, Any]:
        """What every cell holds."""
        found = self._ask("GET", f"/users/{self._user.id}/memberOf?$select=id&$top=999")["value"]
        ids = {one["id"] for one in found}
        office = self._ask("GET", f"/users/{self._user.id}?$select={OFFICE}")[OFFICE]
        return {**{n: group in ids for n, group in enumerate(self._groups)}, OFFICE: office}

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self._tenant.token}"}
        answer = httpx.request(
            method, f"{self._tenant.graph_url}/v1.0{path}", headers=headers, json=body, timeout=30
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


class Staging(RuleBasedStateMachine):
    """The model: what the tenant holds, what the operator saw of it, and (before, after) of each staged cell."""

    tenant: ClassVar[Endpoints]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(self.tenant, Path(self.folder.name))
        self.user = self.desk.do(self.desk.session.find_user(ADELE))
        self._load()
        chosen = sorted(row.key for row in self.rows.values() if not row.lock(0))[:3]
        self.names = {row.key: name for name, row in self.rows.items()}
        self.groups = chosen
        self.served = Served(self.tenant, self.user, chosen)
        # each example begins in the same tenant
        for cell, value in START.items():
            self.served.put(cell, value)
        self.server = self.served.held()
        self.staged: dict[int | str, tuple[Any, Any]] = {}
        self._load()

    def _load(self) -> None:
        session = self.desk.session
        session.tenant.expire()
        self.rows = self.desk.do(rows(session, self.user, GROUPS))
        self.office = self.desk.do(fields(session, self.user, "basics"))[OFFICE].value

    def _seen(self, cell: int | str) -> Any:
        return self.office if cell == OFFICE else self.rows[self.names[self.groups[int(cell)]]].on[0]

    def _change(self, cell: int | str, after: Any) -> Change:
        if cell == OFFICE:
            return put(self.user, "basics", OFFICE, self.office, after)
        change = flip(self.user, GROUPS, self.rows[self.names[self.groups[int(cell)]]])
        return msgspec.structs.replace(change, after=after)

    def _stage(self, cell: int | str, after: Any, cut: Place | None) -> None:
        session = self.desk.session
        work = session.stage([self._change(cell, after)])
        if cut is None:
            self.desk.do(work)
        else:
            self.desk.cut(work, cut)
        if cut not in (Place.BEFORE_WRITE, Place.IN_WRITE):
            before = self.staged.pop(cell, (self._seen(cell), None))[0]
            if before != after:
                self.staged[cell] = (before, after)

    @rule(do=st.sampled_from(DOINGS), cell=CELLS, room=ROOMS, cut=CUTS)
    def one(self, do: str, cell: int | str, room: str, cut: Place | None) -> None:
        """One rule for all: with several, each example would have but a few of them switched on."""
        match do:
            case "stage":
                shown = self.staged[cell][1] if cell in self.staged else self._seen(cell)
                self._stage(cell, room if cell == OFFICE else not shown, cut)
            case "change behind":
                self.server[cell] = room if cell == OFFICE else not self.server[cell]
                self.served.put(cell, self.server[cell])
            case "undo":
                self._undo(cell, cut)
            case "refresh":
                self._refresh()
            case "reopen":
                self.desk.reopen()
            case "apply":
                self._apply(cut)
            case _:
                self._take_away(cell)

    def _undo(self, cell: int | str, cut: Place | None) -> None:
        work = self.desk.session.pending.discard([self._change(cell, None).key])
        if cut is None:
            self.desk.do(work)
        else:
            self.desk.cut(work, cut)
        if cut not in (Place.BEFORE_WRITE, Place.IN_WRITE):
            self.staged.pop(cell, None)

    def _refresh(self) -> None:
        self._load()
        assert {cell: self._seen(cell) for cell in self.server} == self.server

    def _apply(self, cut: Place | None) -> None:
        found = self._reviewed()
        if not found.lines:
            return
        work = self.desk.session.apply(found, "Apply")
        if cut is None:
            self.desk.do(work)
        else:
            self.desk.cut(work, cut)
        if cut in (Place.BEFORE_WRITE, Place.IN_WRITE):
            assert self._running() == []
            return
        self._ends(found)

    def _reviewed(self) -> Review:
        """The review says of every line what the tenant holds."""
        session = self.desk.session
        staged = self.desk.do(session.pending.all())
        found = self.desk.do(checked(session.tenant, review(staged)))
        assert {change.key for change in found.changes} == {change.key for change in staged}
        for line in found.lines:
            (change,) = line.changes
            cell = self._cell(change)
            before, after = self.staged[cell]
            now = self.server[cell]
            wanted = Finding.CONFLICT
            if now == after:
                wanted = Finding.ALREADY_SO
            elif now == before:
                wanted = Finding.READY
            assert line.finding is wanted, (cell, before, after, now, line.finding)
        return found

    def _cell(self, change: Change) -> int | str:
        return OFFICE if change.field == OFFICE else self.groups.index(change.row)

    def _running(self) -> list[int]:
        return [process.id for process in self.desk.do(self.desk.session.processes.running())]

    def _ends(self, found: Review) -> None:
        """The newest process ends, and its steps tell what was so before and what was done."""
        session = self.desk.session
        (newest,) = self.desk.do(session.processes.recent(1))
        process, steps = self.desk.do(ended(session, newest.id))
        assert process.status is ProcessStatus.SUCCEEDED, [step.sentence for step in steps]
        for line, step in zip(found.lines, steps, strict=True):
            cell = self._cell(line.changes[0])
            was_so = cell != OFFICE and self.server[cell] == self.staged[cell][1]
            assert step.state is (StepClass.ALREADY_SO if was_so else StepClass.DONE), (cell, step.state)
        self.server |= {cell: after for cell, (_, after) in self.staged.items()}
        self.staged = {}
        assert self.served.held() == self.server
        self._load()

    def _take_away(self, cell: int | str) -> None:
        if cell not in self.staged:
            return
        session = self.desk.session
        found = self._reviewed()
        other = PendingChanges(session.database, session.profile.tenant_id)
        self.desk.do(other.discard([self._change(cell, None).key]))
        del self.staged[cell]
        with pytest.raises(StaleReview):
            self.desk.do(session.apply(found, "Apply"))
        assert self._running() == []

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        found = self.desk.do(self.desk.session.pending.all())
        assert {self._cell(c): (c.before, c.after) for c in found} == self.staged

    def teardown(self) -> None:
        try:
            assert self.served.held() == self.server
            assert self.desk.do(self.desk.session.database.integrity()) == ""
            assert self.desk.do(self.desk.session.tenant.audit.verify()) == ""
        finally:
            self.desk.close()
            self.folder.cleanup()


@pytest.mark.timeout(240)
def test_pending_changes_are_what_the_model_says() -> None:
    # without shrinking: each step is a real session's, and what is printed can be followed as it is
    few = settings(
        max_examples=3,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=(HealthCheck.too_slow,),
    )
    with running_sandbox(users=60, groups=30) as served:

        class Here(Staging):
            tenant = served

        run_state_machine_as_test(Here, settings=few)
