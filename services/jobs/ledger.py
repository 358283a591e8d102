"""Ledger: what a running process has to tell the journal, gathered and written in one commit."""

from collections.abc import Callable, Sequence

from services.jobs import auditing
from services.jobs.flight import Landed
from services.jobs.lease import Lease
from state.clock import Clock
from state.entries import Entry, Written
from state.errors import LeaseLost, StateError
from state.processes import Processes
from state.values import AuditEntry, Process, StepClass, StepResult

_LINES_A_COMMIT = 20
_TRIES_AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0)
_NOTABLE = (StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN)


class Ledger:
    """Gathers results, audit entries, log lines and counters until they are committed together.

    `on_change` is called after a commit, `on_trouble` with the sentence of each that failed.
    """

    def __init__(
        self,
        process: Process,
        processes: Processes,
        clock: Clock,
        owner: str,
        lease: Lease,
        on_change: Callable[[], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._process = process
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._lease = lease
        self._on_change = on_change
        self._on_trouble = on_trouble
        self._said_until = 0.0
        self._entries = 0
        self._clear()

    def __bool__(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._results or self._lines or self._unsent)

    def _clear(self) -> None:
        self._results: list[StepResult] = []
        self._audit: list[AuditEntry] = []
        self._lines: list[str] = []
        self._unsent: list[int] = []
        self._retries = self._throttled = 0
        self.progress: tuple[int, int] | None = None
        """How far the step under way is, of how much; see `state.processes.Entry`."""

    def say(self, line: str) -> None:
        """Adds a line to the process's log."""
        self._lines.append(line)

    def fail(self, number: int, sentence: str) -> None:
        """A step that ends without having been sent."""
        self._results.append(StepResult(number, StepClass.FAILED, sentence=sentence))

    def refuse(self, number: int, sentence: str) -> None:
        """A step that is not sent, as it is not for whoever runs it here."""
        self._results.append(StepResult(number, StepClass.REFUSED, sentence=sentence))

    def again(self, result: StepResult) -> None:
        """A step that settled nothing and waits for another try."""
        self._results.append(result)

    def unsend(self, number: int) -> None:
        """A step that was marked, and given up before it came to anything."""
        self._unsent.append(number)

    def settle(self, result: StepResult, action: str, target: str) -> None:
        """What became of a step that is no call to a service, for the journal and for the audit."""
        self._results.append(result)
        self._audit.append(self._plain(result, action, target))
        if result.state in _NOTABLE:
            self.say(f"{target}: {result.state} – {result.sentence}")

    def add(self, landed: Landed) -> None:
        """Everything a flight brought."""
        steps = {step.number: step for step in landed.steps}
        for result in landed.results:
            step = steps[result.number]
            self._results.append(result)
            if result.state is not StepClass.WAITING and step.attempts:
                at = self._clock.now()
                self._audit.append(
                    auditing.entry(self._process, step.operation, at, result.state, result.request_id)
                )
            if result.state in _NOTABLE:
                self.say(f"{step.operation.target}: {result.state} – {result.sentence}")
        self._unsent += [step.number for step in landed.unsent]
        self._retries += landed.retries
        self._throttled += landed.throttled
        now = self._clock.monotonic()
        if landed.wait >= 1 and now >= self._said_until:
            self._said_until = now + landed.wait
            self.say(_waiting(landed))

    async def commit(self, send: Sequence[int]) -> Written:
        """Writes all of it, and marks steps *sent*; only those it returns may be.

        Raises LeaseLost, and StateError when the journal could not be written for a while.
        """
        self._entries += 1
        entry = Entry(
            send=send,
            unsent=self._unsent,
            results=self._results,
            audit=self._audit,
            lines=self._lines[:_LINES_A_COMMIT],
            retries=self._retries,
            throttled=self._throttled,
            progress=self.progress,
            number=self._entries,
        )
        for wait in (*_TRIES_AGAIN, None):
            self._lease.check()
            try:
                written = await self._processes.write(self._process.id, self._owner, entry, self._clock.now())
                break
            except LeaseLost:
                raise
            except StateError as error:
                self._on_trouble(error.sentence)
                if wait is None:
                    raise
                await self._clock.sleep(wait)
        # between the commit and the sending the program may have been stopped for longer than its lease
        self._lease.check()
        self._clear()
        self._on_change()
        return written

    async def finish(self) -> Process:
        """Ends the process with a line that says how it ended."""
        counts = (await self._processes.get(self._process.id)).counts
        told = " · ".join(f"{count:,} {step_class}" for step_class, count in counts.items())
        await self._processes.note(self._process.id, f"Ended: {told}", now=self._clock.now())
        ended = await self._processes.finish(self._process.id, self._owner, self._clock.now())
        self._on_change()
        return ended

    def _plain(self, result: StepResult, action: str, target: str) -> AuditEntry:
        return AuditEntry(
            at=self._clock.now(),
            operator=self._process.operator,
            user=self._process.user,
            target=target,
            action=action,
            before={},
            after={},
            process=self._process.id,
            outcome=result.state,
            request_id=result.request_id,
        )


def _waiting(landed: Landed) -> str:
    name = landed.service.label if landed.service else "the service"
    why = f"{name} did not take every call"
    if landed.throttled:
        why = f"{name} asked to slow down"
    if not landed.reached:
        why = f"{name} cannot be reached"
    return f"waiting {landed.wait:.0f} s: {why}"
