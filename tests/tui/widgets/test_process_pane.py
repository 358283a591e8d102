"""The process pane: what the journal says, in few cells, seldom repainted."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from services.jobs.finishing import Finish
from state.values import Process, ProcessStatus, StepClass
from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.glyphs import ASCII, UNICODE
from tui.verdict import so_far, verdict
from tui.widgets.looks import width_of
from tui.widgets.process_pane import ProcessPane, running_line

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def process(
    ended: int, total: int = 20, *, number: int = 1, title: str = "Apply changes · Adele Vance"
) -> Process:
    """A running process of which some steps are done."""
    return Process(
        id=number,
        kind="apply",
        title=title,
        operator="op",
        user="u",
        status=ProcessStatus.RUNNING,
        created_at=NOW,
        started_at=NOW,
        ended_at=None,
        owner="me",
        undo_of=None,
        total=total,
        counts={StepClass.DONE: ended, StepClass.WAITING: total - ended},
        retries=0,
        throttled=1,
        last_line="added to Eng-Core",
    )


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.anyio
async def test_a_running_process_has_bar_count_rate_and_time_left() -> None:
    clock = Hands()
    pane = ProcessPane(clock=clock)

    async def act(pilot: Pilot[None]) -> None:
        for second in range(3):
            clock.at = float(second)
            pane.show([process(2 + second * 6)])
        await pilot.pause()
        first, second_line = lines_of(pane)
        assert first.startswith(
            " ▶ Apply changes · Adele Vance   ███████░░░  14/20   6.0/s  ~1 s    1 throttled"
        )
        assert second_line.strip() == "added to Eng-Core"

    await on_stage(Stage(pane), act)


@pytest.mark.anyio
async def test_it_repaints_at_most_twice_a_second() -> None:
    clock = Hands()
    pane = ProcessPane(clock=clock)

    async def act(pilot: Pilot[None]) -> None:
        pane.show([process(1)])
        await pilot.pause()
        for ended in range(2, 15):
            pane.show([process(ended)])
        await pilot.pause()
        assert " 1/20" in lines_of(pane)[0]
        pane.flush()
        await pilot.pause()
        assert "14/20" in lines_of(pane)[0]
        clock.at = 0.6
        pane.show([process(15)])
        await pilot.pause()
        assert "15/20" in lines_of(pane)[0]

    await on_stage(Stage(pane), act)


@pytest.mark.anyio
async def test_modes_take_their_room() -> None:
    pane = ProcessPane(clock=Hands())

    async def act(pilot: Pilot[None]) -> None:
        assert pane.size.height == 0
        pane.show([process(1), process(2, number=2)], ["waiting 12 s: Graph asked to slow down"], ["a", "b"])
        await pilot.pause()
        assert pane.size.height == 2
        assert "+1 more" in lines_of(pane)[0]
        assert "waiting 12 s" in lines_of(pane)[1]
        pane.action_next_mode()
        await pilot.pause()
        assert [line.strip() for line in lines_of(pane)[2:]] == [
            "waiting 12 s: Graph asked to slow down",
            "a",
            "b",
        ]
        pane.show([process(1, number=n) for n in range(30)], [], ["log"] * 30)
        pane.flush()
        await pilot.pause()
        assert pane.size.height == 10
        pane.action_next_mode()
        await pilot.pause()
        assert pane.size.height == 0

    await on_stage(Stage(pane), act)


def test_a_verdict_names_every_class() -> None:
    done = process(20)
    good = msgspec.structs.replace(done, status=ProcessStatus.SUCCEEDED)
    assert verdict(good) == "succeeded: 20 done"
    long = msgspec.structs.replace(good, counts={StepClass.DONE: 1994})
    assert verdict(long) == "succeeded: 1,994 done"
    counts = {StepClass.DONE: 17, StepClass.REFUSED: 2, StepClass.UNKNOWN: 1}
    mixed = msgspec.structs.replace(done, status=ProcessStatus.FINISHED, counts=counts)
    assert verdict(mixed) == "finished: 17 done, 2 refused, 1 unknown"
    denied = msgspec.structs.replace(mixed, despite=1)
    assert verdict(denied).endswith("2 refused, 1 unknown, but 1 of these applied all the same")


def test_a_running_process_says_first_how_many_steps_of_each_class_there_are() -> None:
    counts = {
        StepClass.WAITING: 1440,
        StepClass.SENT: 20,
        StepClass.REFUSED: 3,
        StepClass.ALREADY_SO: 41,
        StepClass.DONE: 812,
    }
    running = msgspec.structs.replace(process(0), status=ProcessStatus.RUNNING, counts=counts)
    assert so_far(running) == "done 812 · already so 41 · refused 3 · sent 20 · waiting 1,440"
    export = msgspec.structs.replace(running, progress=1200, expected=5000)
    assert so_far(export) == "running: 1,200 of 5,000"


@pytest.mark.anyio
async def test_an_ended_process_says_so_in_words() -> None:
    pane = ProcessPane(clock=Hands())

    async def act(pilot: Pilot[None]) -> None:
        counts = {StepClass.DONE: 17, StepClass.FAILED: 3}
        ended = msgspec.structs.replace(process(20), status=ProcessStatus.FINISHED, counts=counts)
        pane.show([ended])
        await pilot.pause()
        assert lines_of(pane)[0].startswith(" ! finished: 17 done, 3 failed  Apply changes")

    await on_stage(Stage(pane), act)


@given(st.text(max_size=60), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(40, 200))
def test_a_line_never_exceeds_its_width(title: str, total: int, ended: int, width: int) -> None:
    shown = process(min(ended, total), total, title=title)
    for marks in (UNICODE, ASCII):
        assert width_of(running_line(shown, 6.1, width, marks, more=3)) <= width


def test_the_ascii_bar_is_ascii() -> None:
    text = "".join(part for part, _ in running_line(process(14, title="Apply"), 6.1, 80, ASCII))
    assert "[#####...]" in text
    assert text.isascii()
    assert cell_len(text) <= 80


@pytest.mark.anyio
@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_titles_and_lines(text: str) -> None:
    pane = ProcessPane(clock=Hands())
    app = Stage(pane)

    async def act(pilot: Pilot[None]) -> None:
        shown = msgspec.structs.replace(process(3, title=text), last_line=text)
        pane.mode = "large"
        pane.show(
            [shown, msgspec.structs.replace(shown, id=2, status=ProcessStatus.FINISHED)], [text], [text]
        )
        pane.flush()
        await pilot.pause()
        assert_harmless(app)

    await on_stage(app, act, (60, 20))


@pytest.mark.anyio
async def test_a_quota_makes_the_time_left_longer_than_the_rate_does() -> None:
    clock = Hands()
    pane = ProcessPane(clock=clock)

    async def act(pilot: Pilot[None]) -> None:
        for second in range(3):
            clock.at = float(second)
            pane.show([process(2 + second * 6)], finishes={1: Finish(360.0, "3,000 writes in 150 s")})
        await pilot.pause()
        first, second_line = lines_of(pane)
        assert "6.0/s  ~6 min" in first
        assert second_line.strip() == "about 6 min left, by the quota of 3,000 writes in 150 s"
        clock.at = 3.0
        pane.show([process(14)], finishes={1: Finish(0.5, "150 invitations in 5 s", least=True)})
        await pilot.pause()
        first, second_line = lines_of(pane)
        assert "~2 s" in first
        assert second_line.strip() == "at least 1 s left, by the quota of 150 invitations in 5 s"

    await on_stage(Stage(pane), act)
