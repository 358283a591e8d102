"""PageAction: something done to a user that takes more than a form: a page with tabs of its own."""

from collections.abc import Callable

import msgspec

from services.action import ONLY_ON_PREMISES, Fits, always
from services.clouds import lacks
from services.record import Record
from services.tabs.tab import Opening
from services.tenant import Tenant
from services.user import User


class PageAction(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed among a user's actions and opens a page; each change there goes its own tab's way.

    The page only shows, so that it opens also where nothing may be changed. One that does not fit is listed
    dimmed with its reason, like any action.
    """

    id: str
    title: str
    about: str
    opens: Callable[[User], Opening]
    fits: Fits = always

    def objection(self, tenant: Tenant, user: User, record: Record | None) -> str:
        """Why it is not for this user here; "" when it is. Its pages are of what the cloud holds."""
        if user.local:
            return ONLY_ON_PREMISES
        return lacks(tenant.profile.cloud, self.id) or self.fits(tenant, user, record)
