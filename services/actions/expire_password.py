"""Expire password: only for accounts of Active Directory, where a flag of the domain controller does it."""

from collections.abc import Sequence

from services.action import Action, Answers, Form
from services.actions import sign_in
from services.errors import NotPermitted
from services.operation import Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User

NOT_CONNECTED = (
    'Active Directory is not connected, and only there it can be done: tick "User must change password at next'
    ' logon" (pwdLastSet = 0) on a domain controller'
)
CLOUD = "only Local and Hybrid accounts: here Reset password can ask for a change at the first sign-in"


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Nobody yet: Graph has no call for it (`api-map.md` §3.19), and a cloud account is not offered it."""
    if user.deleted:
        return sign_in.DELETED
    return NOT_CONNECTED if user.synced else CLOUD


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Raises `NotPermitted` with the reason."""
    raise NotPermitted(f"The password was not expired: {fits(tenant, user, record)}.")


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """Nothing."""
    return []


ACTION = Action(
    id="expire-password",
    title="Expire password",
    about="Local and Hybrid accounts: the user has to change the password at the next logon.",
    ask=ask,
    plan=plan,
    fits=fits,
)
