"""Manage MFA methods: the page of a user's phone numbers and devices with Microsoft Authenticator."""

from services import people
from services.actions import sign_in
from services.actions.page import PageAction
from services.record import Record
from services.tabs import authenticators, phone_methods
from services.tabs.tab import Opening
from services.tenant import Tenant
from services.user import User


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Everybody who is there, synchronised or not (`api-map.md` §9)."""
    return sign_in.DELETED if user.deleted else ""


def opens(user: User) -> Opening:
    """The two tabs of the same user."""

    async def read(tenant: Tenant) -> User:
        return await people.find(tenant, user.id)

    return Opening(title="MFA methods", subject=user, tabs=(phone_methods.TAB, authenticators.TAB), read=read)


ACTION = PageAction(
    id="manage-mfa-methods",
    title="Manage MFA methods",
    about="Opens the user's phone numbers and Microsoft Authenticator devices.",
    opens=opens,
    fits=fits,
)
