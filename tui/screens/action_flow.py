"""The way of an action on the screen: may it be done, what is asked, what it comes to, and its start."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services import recipients
from services.action import Action, Answers, Form, Question
from services.actions.page import PageAction
from services.errors import RollcallError
from services.found import Found
from services.operation import Json, Operation
from services.record import Record
from services.secret import Secret
from services.session import Session
from services.user import User
from state.errors import StateError
from tui.background import start
from tui.screens import reasons, schedule_flow
from tui.screens.dialogs.form import FormDialog

if TYPE_CHECKING:
    from tui.screens.page import Page


def objection(session: Session, action: Action | PageAction, user: User, record: Record | None) -> str:
    """Why the action cannot be done here; "" when it can. A page is only looked at until something is changed."""
    only_shows = isinstance(action, PageAction)
    access = session.tenant.access
    seen = access.hides(action.id) or access.grants.lacking(action.id)
    barred = seen if only_shows else session.objection(action.id) or session.writing.closed
    return barred or action.objection(session.tenant, user, record)


def begin(page: "Page", action: Action | PageAction, user: User, record: Record | None = None) -> None:
    """Opens the action's form over the page, or its page, or says why not. Nothing is sent before Save."""
    session = page.session
    if session.readonly and not isinstance(action, PageAction):
        page.say(session.readonly_reason, "warning")
    elif reason := objection(session, action, user, record):
        page.say(f"{action.title}: {reason.rstrip('.')}.", "warning")
    elif isinstance(action, PageAction):
        page.desk.open_page(action.opens(user))
    else:
        start(page, "action", _ask, page, action, user, record)


async def _ask(page: "Page", action: Action, user: User, record: Record | None) -> None:
    session = page.session
    page.say(f"{action.title}: asking the tenant")
    try:
        if action.schedule:
            form = await schedule_flow.ask(page, action, user)
        else:
            form = await action.ask(session.tenant, user, record)
    except (RollcallError, StateError) as error:
        page.say_error(error)
        return
    page.messages.dismiss()
    page.show_hints()
    if page.app.screen is page:
        # else the operator went on to something else while the tenant was asked
        made = schedule_flow.schedule_dialog if action.schedule else _dialog
        page.app.push_screen(made(page, action, user, form))


def _dialog(page: "Page", action: Action, user: User, form: Form) -> FormDialog:
    session = page.session
    kept: dict[str, Secret] = {}

    def plan(answers: Answers) -> Sequence[Operation]:
        kept.clear()
        kept.update(action.secrets(form, answers) if action.secrets else {})
        return action.plan(user, form, answers)

    async def save(operations: Sequence[Operation]) -> int:
        reason = await reasons.ask(page, session)
        # a question is no name for what was done
        title = action.title if form.title.endswith("?") else form.title
        name = title if title.endswith(f" {user.name}") else f"{title} · {user.name}"
        number = await session.start(action.id, name, operations, user.id, kept, reason=reason)
        kept.clear()
        if page.desk.follower is not None:
            page.desk.follower.wake()
        return number

    async def find(question: Question, text: str) -> Found:
        if question.find is not None:
            return await question.find(session.tenant, text)
        return await recipients.find(session.tenant, text, question.recipients)

    async def complete(question: Question, answer: dict[str, Json]) -> dict[str, Json]:
        return await question.complete(session.tenant, answer) if question.complete else answer

    return FormDialog(form, plan, save, find=find, complete=complete)
