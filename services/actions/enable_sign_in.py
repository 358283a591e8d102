"""Enable sign-in: the user may sign in again."""

from collections.abc import Sequence

from services.action import Action, Answers, Form
from services.actions import sign_in
from services.operation import Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Only who is blocked; neither who is deleted nor who is mastered elsewhere."""
    if user.deleted:
        return sign_in.DELETED
    if user.synced:
        return sign_in.SYNCED
    return "the sign-in is not blocked" if user.account_enabled else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms."""
    return Form(
        title=f"Enable the sign-in of {user.name}?",
        told=(f"{user.upn} can sign in again. Groups, roles and licences stay as they are.",),
        save="Enable",
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One PATCH."""
    return sign_in.allowed(user, True)


ACTION = Action(
    id="enable-sign-in",
    title="Enable sign-in",
    about="Lets a blocked user sign in again.",
    ask=ask,
    plan=plan,
    fits=fits,
)
