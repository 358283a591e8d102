"""Resend invitation: the mail with which a guest accepts goes out once more; who accepted has to accept anew."""

from collections.abc import Sequence

from services import powershell
from services.action import Action, Answers, Form, Question
from services.actions import sign_in
from services.operation import HasValue, Json, Look, Operation, Repeat, Request, Service
from services.record import Record
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

REDIRECT = "https://myapps.microsoft.com"
"""Where the guest is taken after accepting (`api-map.md` §3.19)."""


RESET = "reset"
"""The question, and the fact where nothing else would be of use, whether the redemption is reset."""

ACCEPTED, _PENDING = "Accepted", "PendingAcceptance"
_STATE = "externalUserState"


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Guests who can be mailed."""
    if user.deleted:
        return sign_in.DELETED
    if not user.guest:
        return "only guests are invited"
    return "" if user.mail else "no mail address: set it on Basics"


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms, unless the directory does not say whether the guest has accepted."""
    if user.external_user_state == ACCEPTED:
        return Form(
            title=f"Make {user.name} accept again?",
            told=(
                "The guest has accepted already: a mail alone would change nothing, so the redemption is reset.",
                f"They cannot sign in any more until they accept the invitation that goes to {user.mail}, with"
                " whatever account they take then.",
                "Groups, roles, applications and licences stay. It cannot be undone.",
            ),
            save="Reset and send",
            danger=True,
            facts={RESET: True},
        )
    return Form(
        title=f"Resend the invitation to {user.name}?",
        questions=() if user.external_user_state else (_reset(),),
        told=(
            f"Microsoft mails the invitation to {user.mail} again.",
            "Earlier ones stay valid. A mail that is sent cannot be called back: it cannot be undone.",
        ),
        save="Send",
        danger=True,
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call that is never repeated: each sends a mail."""
    reset = bool(form.facts.get(RESET) or answers.get(RESET))
    # where the guest was known to have accepted, the directory shows what became of it
    told = reset and user.external_user_state == ACCEPTED
    body: dict[str, Json] = {
        "invitedUserEmailAddress": user.mail,
        "sendInvitationMessage": True,
        "inviteRedirectUrl": REDIRECT,
    }
    if reset:
        body |= {"invitedUser": {"id": user.id}, "resetRedemption": True}
    return [
        Operation(
            title="Reset redemption, send invitation" if reset else "Send invitation",
            target=user.mail or user.upn,
            request=Request(Service.GRAPH, "POST", "/invitations", body=body),
            serial=f"user:{user.id}",
            powershell=powershell.line(
                "New-MgInvitation", {name[0].upper() + name[1:]: body[name] for name in body}
            ),
            before={_STATE: ACCEPTED} if told else {},
            after={_STATE: _PENDING} if told else {},
            look=_state_of(user) if told else None,
            repeat=Repeat.ONCE,
            tells=("status",),
        )
    ]


def _state_of(user: User) -> Look:
    request = Request(Service.GRAPH, path=f"/users/{segment(user.id)}", query=(("$select", f"id,{_STATE}"),))
    return Look(request, (HasValue(_STATE, (_STATE,)),))


def _reset() -> Question:
    return Question(
        id=RESET,
        title="Reset the redemption",
        kind="flag",
        value=False,
        about="The directory does not say whether they accepted. Who did cannot sign in until they accept anew",
    )


ACTION = Action(
    id="resend-invitation",
    title="Resend invitation",
    about="Mails a guest the invitation again; who has accepted already has to accept anew.",
    ask=ask,
    plan=plan,
    fits=fits,
)
