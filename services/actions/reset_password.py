"""Reset password: a generated or typed password, sent once and kept nowhere but in memory until it was sent."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import uuid4

from services import active_directory, password, powershell
from services.action import Action, Answers, Form, Question
from services.actions import sign_in
from services.active_directory import ACCOUNT, DOUBT, Account
from services.errors import InvalidInput, NotPermitted
from services.operation import Operation, Repeat, Request, Service
from services.record import Record
from services.secret import Secret
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from services.vault import MASK, named

PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"  # noqa: S105 - the same for every user of every tenant
"""Id of the one password method that every user has (`api-map.md` §3.19)."""

GENERATED, CUSTOM, TYPED, CHANGE = "generated", "custom", "typed", "change"
"""The questions."""

_NAME = "secret"
"""The fact with the name that the password has in what is journaled."""


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Who has a password that this sign-in may set."""
    if user.deleted:
        return sign_in.DELETED
    if user.local:
        return active_directory.unreachable(tenant)
    if user.guest and "#ext#" in user.upn.casefold():
        return "a guest signs in with the password of another organisation"
    if user.synced and tenant.profile.app_only and active_directory.unreachable(tenant):
        return (
            "the password is written back to Active Directory, which Graph does only for a person who signed in:"
            f' not with sign_in = "{tenant.profile.sign_in}", and the profile names no domain controller'
        )
    return ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """A password that was generated now, and what else there is to decide. Raises `RollcallError`."""
    found = await active_directory.account(tenant, user) if _directly(tenant, user) else None
    if found is None and user.synced:
        await _not_oneself(tenant, user)
    generate = partial(password.generated, tenant.profile.password, user.upn)
    rule = "8 to 256 characters, three of: lower case, upper case, digits, symbols"
    questions = (
        Question(
            id=GENERATED,
            title="New password",
            kind="password",
            value=generate(),
            generate=generate,
            unless=CUSTOM,
            about="Shown here and nowhere again: copy it or note it down first",
        ),
        Question(id=CUSTOM, title="Use custom password", kind="flag", value=False, about=rule),
        Question(
            id=TYPED,
            title="Custom password",
            check=partial(password.checked, user_name=user.upn),
            when=CUSTOM,
            about=rule,
        ),
        *_change(user, found),
    )
    return Form(
        title="Reset password",
        questions=questions,
        told=_told(user, found),
        save="Reset",
        facts={_NAME: uuid4().hex} | ({ACCOUNT: active_directory.as_fact(found)} if found else {}),
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call, which only names the password. Raises `InvalidInput` while there is none."""
    chosen(answers)
    name = str(form.facts[_NAME])
    if ACCOUNT in form.facts:
        found = active_directory.of_fact(form.facts[ACCOUNT])
        return [active_directory.password_reset(user, found, name, change=bool(answers.get(CHANGE)))]
    if user.synced:
        return [_write_back(user, name)]
    return [_set(user, name, change=bool(answers.get(CHANGE)))]


def secrets(form: Form, answers: Answers) -> Mapping[str, Secret]:
    """The password by its name. Raises `InvalidInput` while there is none."""
    return {str(form.facts[_NAME]): chosen(answers)}


def chosen(answers: Answers) -> Secret:
    """The password that is to be set. Raises `InvalidInput` while there is none."""
    found = answers.get(TYPED if answers.get(CUSTOM) else GENERATED)
    if not isinstance(found, Secret) or not found:
        raise InvalidInput("Type the custom password, or go back to the generated one.")
    return found


def _directly(tenant: Tenant, user: User) -> bool:
    """Whether it is set in Active Directory itself: a Local user's, or what no write-back would take there."""
    alone = user.synced and tenant.profile.app_only
    return user.local or (alone and not active_directory.unreachable(tenant))


def _change(user: User, found: Account | None) -> tuple[Question, ...]:
    """Whether the user chooses another: the write-back always asks for it, what never expires never does."""
    if found.never_expires if found is not None else user.synced:
        return ()
    asked = "Require user to change password at the first sign-in"
    return (Question(id=CHANGE, title="Change at first sign-in", kind="flag", value=True, about=asked),)


def _told(user: User, found: Account | None) -> tuple[str, ...]:
    told = f"{user.upn}: the old password ends. The new one is shown here and kept nowhere."
    if found is not None:
        # OldPasswordAllowedPeriod (learn.microsoft.com, "New setting modifies NTLM network authentication behavior")
        kept = "network logons by NTLM may take the old password for an hour"
        return (told, f"It is set in Active Directory, whose rules apply too; {kept}.")
    if not user.synced:
        return (told,)
    return (
        told,
        "It is written back to Active Directory, whose rules apply too; that can take a minute.",
        "The user has to change it at the next sign-in: the write-back always asks for it.",
    )


async def _not_oneself(tenant: Tenant, user: User) -> None:
    """The write-back is refused on one's own account; where nobody says who that is, the service decides."""
    (me,) = await tenant.ask([Request(Service.GRAPH, path="/me", query=(("$select", "id"),))])
    if me.ok and isinstance(me.body, dict) and str(me.body.get("id")).casefold() == user.id.casefold():
        raise NotPermitted(
            "This is your own account: its password cannot be reset here. Change it at your account's page, or"
            " ask another administrator."
        )


def _set(user: User, name: str, *, change: bool) -> Operation:
    profile = {"forceChangePasswordNextSignIn": change, "password": named(name)}
    path = f"/users/{segment(user.id)}"
    shown = {"UserId": user.id, "PasswordProfile": profile | {"password": MASK}}
    return Operation(
        title="Reset password",
        target=user.upn,
        request=Request(Service.GRAPH, "PATCH", path, body={"passwordProfile": profile}),
        serial=f"user:{user.id}",
        powershell=powershell.line("Update-MgUser", shown),
        after={"Password": MASK, "Change at first sign-in": change},
        repeat=Repeat.ONCE,
        doubt=DOUBT,
    )


def _write_back(user: User, name: str) -> Operation:
    path = f"/users/{segment(user.id)}/authentication/methods/{PASSWORD_METHOD}/resetPassword"
    shown = {"UserId": user.id, "AuthenticationMethodId": PASSWORD_METHOD, "NewPassword": MASK}
    return Operation(
        title="Reset password (write-back)",
        target=user.upn,
        request=Request(Service.GRAPH, "POST", path, body={"newPassword": named(name)}),
        serial=f"user:{user.id}",
        powershell=powershell.line("Reset-MgUserAuthenticationMethodPassword", shown),
        after={"Password": MASK},
        repeat=Repeat.ONCE,
        later=True,
        doubt=DOUBT,
    )


ACTION = Action(
    id="reset-password",
    title="Reset password",
    about="Sets a new password, generated or typed; it is shown once and kept nowhere.",
    ask=ask,
    plan=plan,
    fits=fits,
    secrets=secrets,
    local=True,
)
