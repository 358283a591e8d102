"""Personal information page: one user, everything about them on tabs, what is pending, what runs."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from services import people
from services.actions import photo
from services.actions.registry import ACTIONS, BY_ID
from services.errors import NotFound, NotPermitted, RollcallError
from services.scheduling import tags as scheduled_tags
from services.tabs.registry import TABS
from services.user import Tag, User
from state.errors import StateError
from state.schedule_values import Schedule
from tui.background import start
from tui.drawing import Drawing
from tui.screens.action_flow import begin, objection
from tui.screens.dialogs.more_actions import MoreActions
from tui.screens.tabs_page import TabsPage
from tui.widgets.key_bar import Hint
from tui.widgets.user_header import UserHeader, initials


class UserScreen(TabsPage):
    """The page of one user, opened by id or UPN."""

    TITLE = "Personal information"
    about = "Everything about one user. What you change is staged until you apply it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "act('reset-password')", "Reset password", id="page.reset-password"),
        Binding("f9", "more", "More", id="page.more"),
    ]

    def __init__(self, identifier: str, tab: str | None = None) -> None:
        super().__init__(TABS, tab)
        self._identifier = identifier
        self._scheduled: Sequence[Schedule] = ()

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
            start(self, "schedules", self._find_schedules)
            start(self, "photo", self._find_photo)

    def _reload(self) -> None:
        super()._reload()
        start(self, "photo", self._find_photo)

    async def _find_photo(self) -> None:
        """Initials stand there from the start, and stay where there is no photo, or none to be had."""
        drawing, user = self.desk.options.photo, self.user
        if drawing is not Drawing.INITIALS and user is not None:
            found = None if user.deleted or user.local else await photo.face(self.session.tenant, user)
            await self.query_one(UserHeader).show_photo(found.content if found else b"", drawing)

    @property
    def initials(self) -> str:
        """The user's."""
        return initials(self.user.name) if self.user else ""

    @property
    def marks(self) -> Sequence[Tag]:
        """What the user is, and what is scheduled for them."""
        return (*super().marks, *scheduled_tags(self._scheduled))

    async def _find_risk(self) -> None:
        """A directory without the premium service has no risk to show: the header then says nothing."""
        session = self.desk.session
        if session is None or self.user is None:
            return
        try:
            self.risk = await people.risk_of(session.tenant, self.user)
        except (NotPermitted, NotFound):
            self.risk = ""
        except RollcallError as error:
            self.say_error(error)
        self.show_header()

    def _show_processes(self, _: None) -> None:
        """Whatever moved in the state file may be a schedule of this user's, made or run by anybody."""
        super()._show_processes(None)
        if self.user is not None:
            start(self, "schedules", self._find_schedules)

    async def _find_schedules(self) -> None:
        session = self.desk.session
        if session is None or self.user is None:
            return
        try:
            found = await session.schedules.of_user(self.user.id)
        except StateError as error:
            self.say_error(error)
            return
        if found != self._scheduled:
            self._scheduled = found
            self.show_header()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The key of more actions stands behind those of the tabs."""
        found = list(super().hints())
        if ("F5", "Refresh") not in found:
            # something is being typed
            return found
        at = found.index(("F5", "Refresh"))
        found.insert(at, ("F9", "More"))
        may = self.user is not None and not self.reason("Reset password")
        found.insert(at + 2, Hint("r", "Reset password", may))
        return found

    def action_more(self) -> None:
        """Lists what can be done to the user besides the tabs."""
        if self.user is None:
            return

        def chosen(action: str | None) -> None:
            if action is not None:
                self.act(action)

        listed = [(action.id, action.title, action.about, self._why_not(action.id)) for action in ACTIONS]
        self.app.push_screen(MoreActions(f"More actions: {self.user.name}", listed), chosen)

    def action_act(self, action: str) -> None:
        """Begins an action that has a key of its own."""
        self.act(action)

    def reason(self, words: str) -> str:
        """Why an action of the tab, or one with a key on this page, cannot be done now."""
        action = next((each for each in ACTIONS if each.title == words), None)
        return self._why_not(action.id) if action else super().reason(words)

    def act(self, action: str) -> None:
        """Begins an action on the user; one that does not fit says why."""
        if self.user is not None:
            begin(self, BY_ID[action], self.user)

    def commands(self) -> Iterable[tuple[str, Callable[[], object]]]:
        """The actions for the palette, those that do not fit with their reason."""
        if self.user is None:
            return
        for action in ACTIONS:
            reason = self._why_not(action.id)
            label = f"{action.title} (not now: {reason})" if reason else action.title
            yield f"Action: {label}", partial(self.act, action.id)

    def _why_not(self, action: str) -> str:
        return objection(self.session, BY_ID[action], self.user, None) if self.user else ""
