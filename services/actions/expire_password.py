"""Expire password: only for accounts of Active Directory, where an attribute of the account does it."""

from collections.abc import Sequence

from services import active_directory
from services.action import Action, Answers, Form
from services.actions import sign_in
from services.active_directory import ACCOUNT
from services.operation import Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User

CLOUD = "only Local and Hybrid accounts: here Reset password can ask for a change at the first sign-in"


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Whom Active Directory masters, where it can be reached; Graph has no call for it (`api-map.md` §3.19)."""
    if user.deleted:
        return sign_in.DELETED
    return active_directory.unreachable(tenant) if active_directory.on_premises(user) else CLOUD


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms. Raises `RollcallError`, and `NotPermitted` where the password never expires."""
    found = await active_directory.account(tenant, user)
    active_directory.refuse_never_expiring(user, found)
    told = [f"{user.upn} has to change the password at the next logon to the domain."]
    if found.password_set == 0:
        told.append("That is so already: it was expired before, or never set by the user.")
    else:
        told.append(active_directory.OLD_DATE)
    return Form(
        title=f"Expire the password of {user.name}?",
        told=tuple(told),
        save="Expire",
        danger=True,
        facts={ACCOUNT: active_directory.as_fact(found)},
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One attribute."""
    return [active_directory.password_expired(user, active_directory.of_fact(form.facts[ACCOUNT]))]


ACTION = Action(
    id="expire-password",
    title="Expire password",
    about="Local and Hybrid accounts: the user has to change the password at the next logon.",
    ask=ask,
    plan=plan,
    fits=fits,
    local=True,
)
