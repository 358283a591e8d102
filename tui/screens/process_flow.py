"""The ways of a process that is there: retried, undone, cancelled, reported, its file opened."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services import retry, undo
from services.errors import InvalidInput, RollcallError
from services.proposal import Kind
from services.task import EXPORT
from state.errors import StateError
from state.values import Process, Step, StepClass
from tui.background import start, start_beside
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.copy_text import CopyText
from tui.screens.dialogs.decide import Decide
from tui.screens.file_view import exported_file, open_exported
from tui.screens.step_words import known_of
from tui.screens.step_words import report as report_of

if TYPE_CHECKING:
    from tui.screens.page import Page

_REPORTED = 2000
"""Steps that a report tells one by one: those that did not succeed before those that did."""

_WELL = (StepClass.DONE, StepClass.ALREADY_SO)


async def follow_up(page: "Page", kind: Kind, number: int, marked: Sequence[int] = ()) -> None:
    """Opens the review of what retries or undoes a process, or says on the page why there is nothing to do."""
    session = page.session
    if reason := session.objection():
        page.say(reason, "warning")
        return
    try:
        if kind is Kind.RETRY:
            proposal = await retry.propose(session, number, marked)
        else:
            proposal = await undo.propose(session, number)
    except InvalidInput as error:
        page.say(error.sentence)
        return
    except (RollcallError, StateError) as error:
        page.say_error(error)
        return
    from tui.screens.follow_up import FollowUpScreen

    if page.app.screen is page:
        page.app.push_screen(FollowUpScreen(proposal))


async def ask_to_cancel(page: "Page", number: int) -> None:
    """Asks before a running process is cancelled; says so when it has ended."""
    try:
        process = await page.session.processes.get(number)
    except StateError as error:
        page.say_error(error)
        return
    if process.ended_at is not None:
        page.say(f"#{number} has ended: there is nothing to cancel.")
        return

    def answered(sure: bool | None) -> None:
        if sure:
            start_beside(page, "cancel", _cancel, page, number)

    if page.app.screen is page:
        page.app.push_screen(
            Confirm("Cancel this process?", _told(process), "Cancel process", dangerous=True), answered
        )


def _told(process: Process) -> list[str]:
    waiting = process.counts.get(StepClass.WAITING, 0)
    return [
        f"#{process.id} {process.title}",
        "",
        f"{waiting:,} of {process.total:,} steps wait and will not be sent.",
        "What was sent stays as it is; u undoes it afterwards.",
    ]


async def _cancel(page: "Page", number: int) -> None:
    session = page.session
    try:
        await session.processes.cancel(number, session.clock.now())
    except StateError as error:
        page.say_error(error)
        return
    page.say(f"#{number} is cancelled: nothing more of it is sent.")
    if page.desk.follower is not None:
        page.desk.follower.wake()


def ask_to_decide(page: "Page", step: Step) -> None:
    """Shows what is known about an unknown step, and stores what the operator says became of it."""
    if reason := page.session.tenant.access.bar:
        page.say(reason, "warning")
        return

    def answered(done: bool | None) -> None:
        if done is not None:
            start_beside(page, "decide", _decide, page, step, done)

    page.app.push_screen(Decide(known_of(step)), answered)


async def _decide(page: "Page", step: Step, done: bool) -> None:
    session = page.session
    try:
        await session.processes.decide(step.process, step.number, done, session.operator, session.clock.now())
    except StateError as error:
        page.say_error(error)
        return
    then = "u can undo it" if done else "r can send it again"
    page.say(f"Step {step.number} is marked as {'done' if done else 'not done'}: {then}.")
    if page.desk.follower is not None:
        page.desk.follower.wake()


async def report(page: "Page", number: int) -> None:
    """Copies a report of the process as plain text, and offers to save it."""
    session = page.session
    try:
        process = await session.processes.get(number)
        bad = [state for state in StepClass if state not in _WELL]
        steps = await _steps(page, number, bad, _REPORTED)
        steps += await _steps(page, number, _WELL, _REPORTED - len(steps))
    except StateError as error:
        page.say_error(error)
        return
    text = report_of(process, steps, page.desk.options.tenant_label)
    page.app.push_screen(CopyText(text, session.state_dir, f"Report of #{number}"))


async def _steps(page: "Page", number: int, states: Sequence[StepClass], limit: int) -> list[Step]:
    return await page.session.processes.steps(number, states=states, limit=limit) if limit else []


async def open_file(page: "Page", number: int) -> None:
    """Opens what the process exported, asking which where it is several files; or says why there is nothing."""
    try:
        process = await page.session.processes.get(number)
        # what is not an export writes no file, and may have a great many steps
        steps = await page.session.processes.steps(number) if process.kind == EXPORT else []
    except StateError as error:
        page.say_error(error)
        return
    files = [step for step in steps if exported_file(step)]
    if len(files) < 2:
        await open_exported(page, next(iter(files or steps), None))
        return

    def chosen(answer: str | None) -> None:
        if answer is not None:
            start(page, "open", open_exported, page, files[int(answer)])

    options = [(str(place), f"{step.target} · {step.title}") for place, step in enumerate(files)]
    page.app.push_screen(Choice(f"#{number} wrote {len(files)} files: which one?", options), chosen)
