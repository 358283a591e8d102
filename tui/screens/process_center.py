"""Process center: what was started, by whom, what became of every step, and what can be done about it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual import on

from services.record import Record
from services.tabs.tab import Column, Facet
from state.filters import ProcessFilter
from state.values import Process, ProcessStatus
from tui.screens.journal_page import ANY, JournalPage, process_hints
from tui.screens.step_words import process_record
from tui.screens.steps import StepsScreen
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import Copied, DetailsRequested, Opened

_OPEN = (ProcessStatus.WAITING, ProcessStatus.RUNNING)
_STATUSES = {
    "open": ("waiting or running", ProcessFilter(status=_OPEN)),
    "trouble": ("with failed steps", ProcessFilter(trouble=True)),
    "succeeded": ("succeeded", ProcessFilter(status=(ProcessStatus.SUCCEEDED,))),
    "cancelled": ("cancelled", ProcessFilter(status=(ProcessStatus.CANCELLED,))),
}
_KINDS = {"apply": "applied changes", "export": "exports", "retry": "retries", "undo": "undone"}


class ProcessCenter(JournalPage):
    """Processes, the newest first; Enter shows the steps of one."""

    TITLE = "Process center"
    about = "Every process of this tenant. Enter shows its steps, r retries what failed, u undoes it."
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("number", "#", width=5),
        Column("started", "Started", width=19),
        Column("title", "Process", least=20),
        Column("result", "Result", least=20),
        Column("operator", "Operator", least=10, wide=True),
    )
    EMPTY: ClassVar[str] = "No process was started yet"

    def __init__(self) -> None:
        super().__init__()
        self._processes: dict[str, Process] = {}
        self._workers = ""

    async def read(self, last: str, limit: int, text: str) -> Sequence[Record]:
        """Processes older than the last one."""
        found = await self.session.processes.recent(
            limit, int(last) if last else None, where=self._where(text)
        )
        if not last:
            self._processes = {}
        self._processes.update((str(process.id), process) for process in found)
        workers = await self.session.workers.alive(self.session.clock.now())
        self._workers = f"worker alive ({workers[0].host})" if workers else "no worker"
        return [process_record(process, self.finish_of(process)) for process in found]

    def _where(self, text: str) -> ProcessFilter:
        chosen = self.chosen
        status = _STATUSES[chosen["status"]][1] if "status" in chosen else ProcessFilter()
        days = int(chosen.get("since", "0"))
        now = self.session.clock.now().astimezone()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return ProcessFilter(
            text=text,
            status=status.status,
            trouble=status.trouble,
            kind=chosen.get("kind", ""),
            user=chosen.get("user", ""),
            operator=chosen.get("operator", ""),
            since=midnight - timedelta(days=days - 1) if days else None,
        )

    async def facets(self) -> Sequence[Facet]:
        """Status, kind, date, operator, and the user of the process under the cursor."""
        kinds, operators = await self.session.processes.known()
        statuses = tuple((key, label) for key, (label, _) in _STATUSES.items())
        days = (("0", "any time"), ("1", "today"), ("7", "in 7 days"), ("30", "in 30 days"))
        here = self._here
        users = [ANY]
        if "user" in self.chosen:
            users.append((self.chosen["user"], "the same"))
        if here is not None and here.user and here.user != self.chosen.get("user"):
            users.append((here.user, f"as of #{here.id}, {here.title.rpartition(' · ')[2]}"))
        return (
            Facet("status", "Status", (ANY, *statuses)),
            Facet("kind", "Kind", (ANY, *((kind, _KINDS.get(kind, kind)) for kind in kinds))),
            Facet("since", "Started", days),
            Facet("user", "User", tuple(users)),
            Facet("operator", "Operator", (ANY, *((name, name) for name in operators))),
        )

    async def titled(self) -> tuple[str, str]:
        """How many are on show, and whether anything runs them without a screen."""
        return "Process center", f"{self.counted}, the newest first · {self._workers}"

    @property
    def _here(self) -> Process | None:
        return self._processes.get(self.table.cursor_key)

    @property
    def number(self) -> int | None:
        """The process under the cursor."""
        return int(self.table.cursor_key) if self.table.cursor_key else None

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What can be done with the process under the cursor."""
        here = self._here if self.is_mounted else None
        return (
            ("Enter", "Steps"),
            *process_hints(here),
            ("/", "Filter"),
            ("f", "Narrow"),
            ("p", "Report"),
            ("o", "Open file"),
            ("F7", "Schedules"),
            ("F5", "Refresh"),
            ("Esc", "Back"),
        )

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        self.app.push_screen(StepsScreen(int(event.key)))

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        self.copy(event.text)
