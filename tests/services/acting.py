"""Actions as an operator does them: the form, the answers, the operations that come of it, and their end."""

from collections.abc import Sequence
from typing import Any

from services import recipients
from services.action import Action, Answers, Form
from services.operation import Operation
from services.record import Record
from services.session import Session
from services.tabs.registry import BY_ID
from services.tabs.tab import RecordTab
from services.user import User
from state.values import Process, Step
from tests.services.connected import ended


def action_of(tab: str, title: str) -> Action:
    """The action of this title on a tab."""
    found = BY_ID[tab]
    assert isinstance(found, RecordTab)
    return next(action for action in found.actions if action.title == title)


async def asked(
    session: Session, user: User, tab: str, title: str, record: Record | None = None
) -> tuple[Action, Form, dict[str, Any]]:
    """The form of an action that fits, and the answers that it comes with."""
    action = action_of(tab, title)
    assert not action.fits(session.tenant, user, record)
    form = await action.ask(session.tenant, user, record)
    answers = {q.id: q.value if q.kind != "choices" else list(q.value or ()) for q in form.questions}
    return action, form, answers


async def chosen(session: Session, form: Form, typed: str, *, question: str = "who") -> dict[str, Any]:
    """The one whom typing finds for a question, as the dialog takes them."""
    asking = next(q for q in form.questions if q.id == question)
    (found,) = (await recipients.find(session.tenant, typed, asking.recipients)).recipients
    answer = found.answer()
    return await asking.complete(session.tenant, answer) if asking.complete else answer


async def done(
    session: Session, user: User, action: Action, form: Form, answers: Answers
) -> tuple[list[Operation], Process, list[Step]]:
    """Starts what the answers come to and waits for the end."""
    operations = list(action.plan(user, form, answers))
    process, steps = await carried_out(session, user, operations)
    return operations, process, steps


async def carried_out(
    session: Session, user: User, operations: Sequence[Operation]
) -> tuple[Process, list[Step]]:
    """Starts operations as a process of this user and waits for its end."""
    return await ended(session, await session.start("test", "test", operations, user.id))


def backwards(operations: Sequence[Operation]) -> list[Operation]:
    """What puts everything as it was."""
    return [operation.inverse for operation in reversed(operations) if operation.inverse is not None]
