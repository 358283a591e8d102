"""Personal information page: one user, everything about them on tabs, what is pending, what runs."""

from services import people
from services.errors import NotFound, NotPermitted, RollcallError
from services.tabs.registry import TABS
from services.user import User
from tui.background import start
from tui.screens.tabs_page import TabsPage


class UserScreen(TabsPage):
    """The page of one user, opened by id or UPN."""

    TITLE = "Personal information"
    about = "Everything about one user. What you change is staged until you apply it."

    def __init__(self, identifier: str, tab: str | None = None) -> None:
        super().__init__(TABS, tab)
        self._identifier = identifier
        self._risk = ""

    @property
    def opening_title(self) -> str:
        """The id or UPN that was asked for."""
        return self._identifier

    async def find_subject(self) -> User:
        """The user, live, with what the header and the visibility of the tabs need."""
        return await self.session.find_user(self.user.id if self.user else self._identifier)

    async def _open(self) -> None:
        await super()._open()
        if self.user is not None:
            start(self, "risk", self._find_risk)

    @property
    def risk(self) -> str:
        """The risk level, once it was found."""
        return self._risk

    async def _find_risk(self) -> None:
        """A directory without the premium service has no risk to show: the header then says nothing."""
        session = self.desk.session
        if session is None or self.user is None:
            return
        try:
            self._risk = await people.risk_of(session.tenant, self.user)
        except (NotPermitted, NotFound):
            self._risk = ""
        except RollcallError as error:
            self.say_error(error)
        self.show_header()
