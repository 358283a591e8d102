"""Resend invitation: the mail with which a guest accepts goes out once more."""

from collections.abc import Sequence

from services import powershell
from services.action import Action, Answers, Form
from services.actions import sign_in
from services.operation import Operation, Repeat, Request, Service
from services.record import Record
from services.tenant import Tenant
from services.user import User

REDIRECT = "https://myapps.microsoft.com"
"""Where the guest is taken after accepting (`api-map.md` §3.19)."""


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Guests who have not accepted yet.

    Who has accepted is not invited again but made to redeem anew, which cuts the account off from what it
    signs in with now: that is another thing than a lost mail, and is not done under this name.
    """
    if user.deleted:
        return sign_in.DELETED
    if not user.guest:
        return "only guests are invited"
    if user.external_user_state == "Accepted":
        return "accepted already: nothing left to send"
    return "" if user.mail else "no mail address: set it on Basics"


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms."""
    doubt = "The directory does not say whether the guest has accepted already."
    return Form(
        title=f"Resend the invitation to {user.name}?",
        told=(
            f"Microsoft mails the invitation to {user.mail} again.",
            "Earlier ones stay valid. A mail that is sent cannot be called back: it cannot be undone.",
            *(() if user.external_user_state else (doubt,)),
        ),
        save="Send",
        danger=True,
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call that is never repeated: each sends a mail."""
    body = {
        "invitedUserEmailAddress": user.mail,
        "sendInvitationMessage": True,
        "inviteRedirectUrl": REDIRECT,
    }
    shell = {
        "InvitedUserEmailAddress": user.mail,
        "InviteRedirectUrl": REDIRECT,
        "SendInvitationMessage": True,
    }
    return [
        Operation(
            title="Send invitation",
            target=user.mail or user.upn,
            request=Request(Service.GRAPH, "POST", "/invitations", body=body),
            serial=f"user:{user.id}",
            powershell=powershell.line("New-MgInvitation", shell),
            repeat=Repeat.ONCE,
            tells=("status",),
        )
    ]


ACTION = Action(
    id="resend-invitation",
    title="Resend invitation",
    about="Mails a guest who has not accepted yet the invitation again.",
    ask=ask,
    plan=plan,
    fits=fits,
)
