"""PageAction: something done to a user that takes more than a form: a page with tabs of its own."""

from collections.abc import Callable

import msgspec

from services.action import Fits, always
from services.tabs.tab import Opening
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
