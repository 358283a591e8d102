"""Revoke cloud sessions: whoever is signed in as the user has to sign in again."""

from collections.abc import Sequence

from services.action import Action, Answers, Form
from services.actions import sign_in
from services.operation import Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Everybody who is there."""
    return sign_in.DELETED if user.deleted else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms."""
    return Form(
        title=f"Revoke the cloud sessions of {user.name}?",
        told=(
            f"Everywhere {user.upn} is signed in, the next renewal asks to sign in again.",
            "Programs that check less often go on for up to an hour. It cannot be undone.",
        ),
        save="Revoke",
        danger=True,
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call."""
    return [sign_in.revoked(user)]


ACTION = Action(
    id="revoke-sessions",
    title="Revoke cloud sessions",
    about="Ends all sessions: the user has to sign in again everywhere.",
    ask=ask,
    plan=plan,
    fits=fits,
)
