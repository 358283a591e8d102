"""SeveralScreen: the tabs of switches of several users at once, opened by their marks on the users page."""

import asyncio
from collections.abc import Sequence

from services.matching import natural
from services.tabs.registry import TABS
from services.tabs.standing import Barred, Listed, Standing
from services.tabs.tab import Tab, ToggleTab
from services.tenant import Tenant
from services.user import User
from tui.screens.tabs_page import TabsPage
from tui.screens.views.shapes import AnyView, view_of
from tui.screens.views.shared_view import SharedView
from tui.widgets.user_header import UserHeader

MOST = 100
"""Users that can be opened together: each of them is read from the tenant."""
_ALONE = "one user at a time: open the user alone"


class SeveralScreen(TabsPage):
    """What is switched here is staged for each of the users."""

    TITLE = "Several users"
    about = (
        "Several users together. [-] is on for some of them; Space sets a switch for all, and once more for none. "
        "F3 tells each of them. What you change is staged for each user until you apply it."
    )

    def __init__(self, identifiers: Sequence[str]) -> None:
        super().__init__(TABS)
        self._identifiers = identifiers
        self._found: Sequence[User] = ()

    @property
    def opening_title(self) -> str:
        """How many are being opened."""
        return f"{len(self._identifiers)} users"

    async def find_subject(self) -> User:
        """All of them, live; the first one stands for them. Raises `RollcallError`."""
        found = await asyncio.gather(*map(self.session.find_user, self._identifiers))
        self._found = sorted(found, key=lambda user: natural(user.name))
        return self._found[0]

    @property
    def subjects(self) -> Sequence[User]:
        """All of them."""
        return self._found

    def made(self, tab: Tab, user: User) -> AnyView:
        """A tab of switches for all of them."""
        if isinstance(tab, ToggleTab):
            return SharedView(self.session, self.staging, self._found, tab)
        return view_of(tab, self.session, self.staging, user)

    def listed(self, standing: Standing, tenant: Tenant, user: User) -> list[Listed]:
        """The tabs of switches that are for every one of them."""
        return [Listed(tab, self._barred(standing, tab, tenant)) for tab in self.page_tabs.values()]

    def _barred(self, standing: Standing, tab: Tab, tenant: Tenant) -> Barred | None:
        if not isinstance(tab, ToggleTab):
            return Barred(_ALONE)
        each = [(user, standing.barred(tab, tenant, user)) for user in self._found]
        hides = [(user, barred) for user, barred in each if barred is not None and barred.hides]
        if not hides:
            return next((barred for _, barred in each), None)
        user, barred = hides[0]
        others = f" and {len(hides) - 1} more" if len(hides) > 1 else ""
        whose = "" if len(hides) == len(each) else f"{user.name}{others}: "
        return Barred(f"{whose}{barred.reason}")

    def show_header(self) -> None:
        """How many, who, and in which tenant."""
        options = self.desk.options
        names = ", ".join(user.name for user in self._found)
        who = f"{self.opening_title}  {names}"
        self.query_one(UserHeader).show(None, who, (), "", options.tenant_label, options.sandbox)

    def action_export(self) -> None:
        """The file is of one user."""
        self.say("A tab is exported for one user at a time: open the user alone.")
