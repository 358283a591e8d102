"""Enable sign-in: the user may sign in again."""

from collections.abc import Sequence

from services import active_directory
from services.action import Action, Answers, Form
from services.actions import sign_in
from services.active_directory import ACCOUNT
from services.operation import Json, Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Only who is blocked; not who is deleted, nor who is mastered where it cannot be reached."""
    if user.deleted:
        return sign_in.DELETED
    if active_directory.on_premises(user) and (reason := active_directory.unreachable(tenant)):
        return reason
    return "the sign-in is not blocked" if user.account_enabled else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms. Raises `RollcallError` where the account cannot be read in Active Directory."""
    facts: dict[str, Json] = {}
    told = f"{user.upn} can sign in again. Groups, roles and licences stay as they are."
    if active_directory.on_premises(user):
        facts[ACCOUNT] = active_directory.as_fact(await active_directory.account(tenant, user))
        told = f"{user.upn} is enabled in Active Directory. Groups stay as they are."
    later = (active_directory.LATER,) if user.synced else ()
    title = f"Enable the sign-in of {user.name}?"
    return Form(title=title, told=(told, *later), save="Enable", facts=facts)


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One write, where the account is mastered."""
    return sign_in.switched(user, form.facts, True)


ACTION = Action(
    id="enable-sign-in",
    title="Enable sign-in",
    about="Lets a blocked user sign in again.",
    ask=ask,
    plan=plan,
    fits=fits,
    local=True,
)
