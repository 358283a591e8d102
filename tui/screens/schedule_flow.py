"""The way of a schedule on the screen: what it would come to, when, and what will run it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from services.action import Action, Answers, Form, Question
from services.actions.registry import FORMS
from services.errors import InvalidInput, RollcallError
from services.found import Found
from services.operation import Json, Operation
from services.scheduling import Scheduling
from services.user import User
from state.errors import StateError
from state.schedule_values import NewSchedule, Schedule
from tui.background import start, start_beside
from tui.screens import reasons
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.form import FormDialog
from tui.screens.schedule_words import moment, status_of

if TYPE_CHECKING:
    from tui.screens.page import Page


async def ask(page: "Page", action: Action, user: User) -> Form:
    """The action's form, which also says what will run the schedule. Raises `RollcallError`, `StateError`."""
    form = await action.ask(page.session.tenant, user, None)
    runs = await page.session.scheduling.runs_it(at_length=True)
    return msgspec.structs.replace(form, told=(*form.told, runs))


def schedule_dialog(
    page: "Page", action: Action, user: User, form: Form, instead_of: Schedule | None = None
) -> FormDialog:
    """Asks for the answers and the time; Save stores a schedule, or puts it in the place of another."""
    session = page.session
    make = action.schedule
    if make is None:
        raise ValueError(f"{action.id} cannot be scheduled")
    kept: list[NewSchedule] = []

    def plan(answers: Answers) -> Sequence[Operation]:
        kept[:] = [make(user, form, answers, session.operator)]
        return action.plan(user, form, answers)

    def lead(count: int) -> str:
        noun = "operation" if count == 1 else "operations"
        return f"{moment(kept[0])}: {count} {noun} as things are now"

    async def save(_: Sequence[Operation]) -> int:
        new = msgspec.structs.replace(kept[0], reason=await reasons.ask(page, session))
        if instead_of is None:
            number = await session.scheduling.make(new)
        else:
            number = instead_of.id
            await session.scheduling.change(instead_of, new)
        page.say(f"Scheduled. {await session.scheduling.runs_it()}")
        if page.desk.follower is not None:
            page.desk.follower.wake()
        return number

    async def find(question: Question, text: str) -> Found:
        raise InvalidInput("Nobody is looked for here.")

    async def complete(question: Question, answer: dict[str, Json]) -> dict[str, Json]:
        return answer

    return FormDialog(form, plan, save, find=find, complete=complete, lead=lead)


def change(page: "Page", schedule: Schedule | None) -> None:
    """Opens the form of a schedule again, with its answers."""
    if (chosen := _open_one(page, schedule)) is not None:
        start(page, "action", _ask_again, page, chosen)


async def _ask_again(page: "Page", schedule: Schedule) -> None:
    session = page.session
    action = FORMS.get(schedule.plan.kind)
    if action is None:
        page.say(f"This version of Rollcall does not know {schedule.plan.kind}.", "error")
        return
    try:
        user = await session.find_user(schedule.plan.user)
        form = await ask(page, action, user)
    except (RollcallError, StateError) as error:
        page.say_error(error)
        return
    answers = schedule.plan.answers
    asked = tuple(
        msgspec.structs.replace(each, value=answers.get(each.id, each.value)) for each in form.questions
    )
    if page.app.screen is page:
        form = msgspec.structs.replace(form, questions=asked)
        page.app.push_screen(schedule_dialog(page, action, user, form, schedule))


def ask_to_run(page: "Page", schedule: Schedule | None, stored: Callable[[], None]) -> None:
    """Asks, then has it planned and started at once; `stored` is called when that is stored."""
    _ask(page, schedule, _RUN, stored)


def ask_to_cancel(page: "Page", schedule: Schedule | None, stored: Callable[[], None]) -> None:
    """Asks, then takes it out; `stored` is called when that is stored."""
    _ask(page, schedule, _CANCEL, stored)


class _Question(msgspec.Struct, frozen=True):
    """What is asked before something is done to a schedule, and what is said when it is done."""

    title: str
    told: str
    button: str
    done: str
    do: Callable[[Scheduling, int], Awaitable[None]]


_RUN = _Question(
    "Run now?", "It is planned and started at once.", "Run now", "starts now", Scheduling.run_now
)
_CANCEL = _Question(
    "Cancel this schedule?", "It will not start.", "Cancel schedule", "is cancelled", Scheduling.cancel
)


def _open_one(page: "Page", chosen: Schedule | None) -> Schedule | None:
    """The schedule where something can be done to it; says why not elsewhere."""
    if reason := page.session.objection(*([chosen.plan.kind] if chosen else [])):
        page.say(reason, "warning")
    elif chosen is None:
        page.say("No schedule is selected.")
    elif not chosen.open:
        page.say(f"The schedule is over: {status_of(chosen)}.")
    else:
        return chosen
    return None


def _ask(page: "Page", schedule: Schedule | None, question: _Question, stored: Callable[[], None]) -> None:
    chosen = _open_one(page, schedule)
    if chosen is None:
        return

    def answered(yes: bool | None) -> None:
        if yes:
            start_beside(page, "change", _do, page, chosen, question, stored)

    plan = chosen.plan
    lines = [f"{plan.title} {plan.about}".strip(), plan.user_name, moment(plan), "", question.told]
    page.app.push_screen(Confirm(question.title, lines, question.button, dangerous=True), answered)


async def _do(page: "Page", chosen: Schedule, question: _Question, stored: Callable[[], None]) -> None:
    try:
        await question.do(page.session.scheduling, chosen.id)
    except (RollcallError, StateError) as error:
        page.say_error(error)
        return
    page.say(f"{chosen.plan.title} for {chosen.plan.user_name} {question.done}.")
    if page.desk.follower is not None:
        page.desk.follower.wake()
    stored()
