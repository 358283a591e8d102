"""The way of a schedule on the screen: what it would come to, when, and what will run it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from services.action import Action, Answers, Form, Question
from services.actions.registry import FORMS
from services.errors import InvalidInput, RollcallError
from services.found import Found
from services.operation import Json, Operation
from services.user import User
from services.when import own_zone, shown_both
from state.errors import StateError
from state.schedule_values import NewSchedule, Schedule
from tui.background import start
from tui.screens import reasons
from tui.screens.dialogs.form import FormDialog

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


def change(page: "Page", schedule: Schedule) -> None:
    """Opens the form of a schedule again, with its answers."""
    start(page, "action", _ask_again, page, schedule)


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


def moment(plan: NewSchedule) -> str:
    """When, in the schedule's zone and in the operator's."""
    return shown_both(plan.at, plan.zone, own_zone())
