"""ProcessPane: the running processes, live from the journal, in as few cells as will do."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, Unpack

import msgspec
from rich.cells import cell_len
from textual.message import Message
from textual.reactive import var
from textual.timer import Timer

from state.values import Process, ProcessStatus
from tui.glyphs import Glyphs
from tui.plain import printable, wrap
from tui.verdict import verdict
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece, fit, width_of
from tui.widgets.progress import Sample, bar_cells, left_by_quota, rate, seconds_left, short_rate, short_time

if TYPE_CHECKING:
    from services.jobs.finishing import Finish

Mode: TypeAlias = Literal["hidden", "small", "large"]

MODES: tuple[Mode, ...] = ("small", "large", "hidden")
"""The order in which F6 goes round."""

BETWEEN_REPAINTS = 0.5
"""Seconds."""

_SMALL = 2
_LARGE = 10
_SIDE = 44
_BAR = 10
_WIDE_BAR = 20
_WIDE = 100
_LEAST_TITLE = 30
NO_FINISHES: "Mapping[int, Finish]" = MappingProxyType({})
_RUNNING = (ProcessStatus.WAITING, ProcessStatus.RUNNING)


def ended_line(process: Process, marks: Glyphs) -> list[Piece]:
    """One line about a process that has ended: words first."""
    good = process.status is ProcessStatus.SUCCEEDED
    mark = marks.succeeded if good else marks.attention
    said: Piece = (f" {mark} {verdict(process)}", "ok" if good else "error")
    return [said, (f"  {process.title}", "")]


def _bar(process: Process, width: int, marks: Glyphs) -> list[Piece]:
    inner = (_BAR if width < _WIDE else _WIDE_BAR) - cell_len(marks.bar_open) - cell_len(marks.bar_close)
    done, total = process.done_of
    full = bar_cells(inner, total, done)
    text = marks.bar_open + marks.bar_full * full + marks.bar_empty * (inner - full) + marks.bar_close
    return [("  ", ""), (text, "info")]


def _figures(process: Process, speed: float | None, least: float) -> list[tuple[int, list[Piece]]]:
    """What stands right of the bar, in order, each with its importance (low goes first when room is short).

    Rate and time have a steady width, so that a step repaints digits only.
    """
    if process.paused:
        return [(6, [("  paused", "warning")])]
    if process.status is ProcessStatus.WAITING:
        return [(1, [("  waiting", "dim")])]
    done, total = process.done_of
    left = seconds_left(total, done, speed)
    if least and (left is None or left < least):
        # what was fast as long as the quota was full will not stay so
        left = least
    figures: list[tuple[int, list[Piece]]] = [
        (2, [(f"  {short_rate(speed):>6}", "")]),
        (3, [(f"  {short_time(left):<6}", "")]),
    ]
    if process.throttled:
        figures.append((4, [(f"  {process.throttled} throttled", "warning")]))
    if process.retries:
        figures.append((1, [(f"  {process.retries} retried", "dim")]))
    return figures


def running_line(
    process: Process, speed: float | None, width: int, marks: Glyphs, more: int = 0, least: float = 0.0
) -> list[Piece]:
    """One line about a running process: its title gives way first, then what is least important.

    `least`: seconds that it will take however fast it is.
    """
    done, total = process.done_of
    count: list[Piece] = [(f"  {done:>{len(str(total))}}/{total}", "strong")]
    parts = [(5, _bar(process, width, marks)), (6, count), *_figures(process, speed, least)]
    if more:
        parts.append((6, [(f"  +{more} more", "dim")]))
    least = min(_LEAST_TITLE, cell_len(printable(process.title)) + 3)
    while parts and sum(width_of(pieces) for _, pieces in parts) > width - least - 1:
        lowest = min(parts, key=lambda part: part[0])
        if lowest[0] >= 6:
            break
        parts.remove(lowest)
    right = [piece for _, pieces in parts for piece in pieces]
    title: list[Piece] = [(f" {marks.running} {process.title}", "")]
    return [*fit(title, width - width_of(right) - 1, marks.ellipsis), *right]


class ProcessPane(Lines):
    """A few lines about the processes that run, and about those that ended while it was on show.

    Nothing moves by itself: it repaints when it is handed news, at most twice a second, and only the cells
    that differ.
    """

    DEFAULT_CSS = "ProcessPane { height: 0; }"

    mode: var[Mode] = var("small", init=False)
    """"hidden", "small" (one or two lines) or "large" (up to ten)."""

    side: var[bool] = var(False, init=False)
    """The enlarged pane stands beside the page, as high as the page is."""

    class Resized(Message):
        """The pane needs another number of lines than before; the layout follows by itself."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._clock = clock
        self._processes: tuple[Process, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._log: tuple[str, ...] = ()
        self._finishes: Mapping[int, Finish] = {}
        self._samples: dict[int, deque[Sample]] = {}
        self._painted = float("-inf")
        self._later: Timer | None = None

    def show(
        self,
        processes: Sequence[Process],
        notes: Sequence[str] = (),
        log: Sequence[str] = (),
        finishes: "Mapping[int, Finish]" = NO_FINISHES,
    ) -> None:
        """Show what the journal says now.

        Args:
            processes: The running ones, and the ended ones that are still news; the newest first.
            notes: What the governor has to say ("waiting 12 s: Graph asked to slow down").
            log: Last log lines, the newest last; only the large pane has room for them.
            finishes: When a process will have gone by a quota, however fast it is now, by its number.
        """
        self._processes, self._notes, self._log = tuple(processes), tuple(notes), tuple(log)
        self._finishes = finishes
        now = self._clock()
        known = {process.id for process in processes}
        self._samples = {number: kept for number, kept in self._samples.items() if number in known}
        for process in processes:
            self._samples.setdefault(process.id, deque(maxlen=64)).append((now, process.done_of[0]))
        wait = self._painted + BETWEEN_REPAINTS - now
        if wait <= 0:
            self.flush()
        elif self._later is None:
            self._later = self.set_timer(wait, self.flush)

    def flush(self) -> None:
        """Paint what was handed over last, now."""
        if self._later is not None:
            self._later.stop()
            self._later = None
        self._painted = self._clock()
        self._resize()
        self.redraw()

    def watch_mode(self) -> None:
        """Take the room of the mode."""
        self.flush()

    def watch_side(self) -> None:
        """Take the room at the side, or give it back."""
        self.set_class(self.side, "-side")
        # here alone: Textual lays the whole screen out again for a width that is cleared, cleared or not
        self.styles.width = _SIDE if self.side else None
        if self.side:
            self.styles.height = "100%"
        self.flush()

    def action_next_mode(self) -> None:
        """Small, large, hidden, round again."""
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]

    def _resize(self) -> None:
        if self.side:
            return
        lines = 0 if self.mode == "hidden" else len(self._all_lines(self.content_size.width or 80))
        lines = min(lines, _LARGE if self.mode == "large" else _SMALL)
        running = any(process.status in _RUNNING for process in self._processes)
        height = self.styles.height
        before = int(height.value) if height is not None and height.is_cells else -1
        if self.mode == "small" and running:
            lines = max(lines, min(before, _SMALL))
        if lines != before:
            self.styles.height = lines
            self.post_message(self.Resized(lines))

    def lines_at(self, width: int) -> list[list[Piece]]:
        """As many lines as the mode gives."""
        if self.side:
            return self._side_lines(width, self.content_size.height)
        return [] if self.mode == "hidden" else self._all_lines(width)

    def _side_lines(self, width: int, height: int) -> list[list[Piece]]:
        """Every process on lines of its own, then the log, its newest line last."""
        lines: list[list[Piece]] = [[(" Processes", "section")]]
        for process in self._processes:
            lines.append([(f" {process.title}", "strong")])
            if process.status in _RUNNING:
                speed = rate(list(self._samples.get(process.id, ())), self._clock())
                untitled = msgspec.structs.replace(process, title="")
                lines.append(running_line(untitled, speed, width, self.glyphs, least=self._least_of(process)))
            else:
                lines.append(ended_line(process, self.glyphs)[:1])
        if not self._processes:
            lines.append([(" None runs. Shift+F6 lists those that ran", "dim")])
        lines += [[(f" {note}", "warning")] for note in self._notes]
        log = [[(f" {part}", "dim")] for line in self._log for part in wrap(line, width - 2)]
        room = max(0, height - len(lines) - 1)
        return [*lines, [], *log[-room:]] if room and log else lines

    def _all_lines(self, width: int) -> list[list[Piece]]:
        running = [process for process in self._processes if process.status in _RUNNING]
        ended = [process for process in self._processes if process.status not in _RUNNING]
        notes: list[list[Piece]] = [[(f"   {note}", "warning")] for note in self._notes]
        if self.mode == "large":
            lines = [self._line_of(process, width, 0) for process in running]
            lines += notes + [ended_line(process, self.glyphs) for process in ended]
            room = max(0, _LARGE - len(lines))
            return lines[:_LARGE] + ([[(f"   {line}", "dim")] for line in self._log[-room:]] if room else [])
        if not running:
            return [ended_line(process, self.glyphs) for process in ended[:1]] + notes[:1]
        first = self._line_of(running[0], width, len(running) - 1)
        if not notes and (finish := self._finishes.get(running[0].id)):
            notes = [[(f"   {left_by_quota(finish)}", "dim")]]
        elif not notes and running[0].last_line:
            notes = [[(f"   {running[0].last_line}", "dim")]]
        return [first, *notes[:1]]

    def _line_of(self, process: Process, width: int, more: int) -> list[Piece]:
        samples = self._samples.get(process.id, ())
        speed = rate(list(samples), self._clock())
        return running_line(process, speed, width, self.glyphs, more, self._least_of(process))

    def _least_of(self, process: Process) -> float:
        finish = self._finishes.get(process.id)
        return finish.seconds if finish is not None else 0.0
