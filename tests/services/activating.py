"""Activating a role of the operator's own, as the dialog does."""

from typing import Any

from services.actions import activate_role
from services.session import Session
from state.values import Process, Step
from tests.services.connected import ended


async def activation(session: Session, role: str, **answers: Any) -> int:
    """Starts the activation of a role, as the dialog does; the process's number."""
    action = activate_role.offered(session.roles)
    me = await session.find_user((await session.roles.learn()).person)
    form = await action.ask(session.tenant, me, None)
    offered = {label: value for value, label in form.questions[0].choices}
    given = {"role": offered[role], "length": "60", "justification": "Ticket 4711"} | answers
    return await session.start(action.id, action.title, action.plan(me, form, given), me.id)


async def activate(session: Session, role: str, **answers: Any) -> tuple[Process, list[Step]]:
    """Activates a role and waits for the end of that."""
    return await ended(session, await activation(session, role, **answers))
