"""View: one tab of one user on the screen; it loads, shows, stages, and keeps its errors to itself."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.message import Message

from services.errors import NotPermitted, RollcallError
from services.log.events import mistaken
from services.session import Session
from services.tabs.tab import Opening, PropertyTab, RecordTab, Tab, ToggleTab
from services.user import User
from state.errors import StateError
from state.values import Change, Json
from tui.background import is_open, start, start_beside
from tui.hearing import Hearing
from tui.screens.views.said import NOT_LOADED
from tui.staging import Staging
from tui.widgets.key_bar import Hint
from tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui.screens.page import Page

T = TypeVar("T", ToggleTab, PropertyTab, RecordTab)


class View(Hearing, Vertical, Generic[T]):
    """A tab's body. `reload` may be called at any time; a newer load supersedes the one under way."""

    DEFAULT_CSS = "View { height: 1fr; }"

    class HiddenChanged(Message):
        """The filter hides this many staged changes of this tab now."""

        def __init__(self, hidden: int) -> None:
            super().__init__()
            self.hidden = hidden

    class Loaded(Message):
        """A step of loading ended; `error` None where it was well."""

        def __init__(self, tab: Tab, error: RollcallError | StateError | None) -> None:
            super().__init__()
            self.tab = tab
            self.error = error

    class OpeningWanted(Message):
        """A row's name leads to this page, and the operator wants to see it."""

        def __init__(self, opening: Opening) -> None:
            super().__init__()
            self.opening = opening

    def __init__(self, session: Session, staging: Staging, user: User, tab: T) -> None:
        super().__init__(id=f"view-{tab.id}")
        self.session = session
        self.staging = staging
        self.user = user
        self.tab: T = tab
        self.error: RollcallError | StateError | None = None
        """What the last load ended with."""

    @property
    def page(self) -> "Page":
        """The screen this view is on."""
        return cast("Page", self.screen)

    @property
    def title(self) -> TitleLine:
        """The rule above the body."""
        return self.query_one(TitleLine)

    def on_mount(self) -> None:
        """Follows what is staged, and loads."""
        self.hear(self.staging.changed, lambda _: self.show_staged())
        self.reload()

    def reload(self, *, fresh: bool = False) -> None:
        """Loads again; `fresh` asks the tenant even when the cache is young."""
        if fresh:
            self.session.expire()
        start(self, "load", self.guarded, self.load)

    async def guarded(self, step: Callable[[], Awaitable[object]]) -> None:
        """Runs one step of loading; what goes wrong stays in the tab, with what to do."""
        self.error = None
        try:
            if reason := (await self.session.known()).hides(self.tab.id):
                raise NotPermitted(f"{self.tab.title} is hidden: {reason}.")
            await step()
            self.post_message(self.Loaded(self.tab, None))
        except (RollcallError, StateError) as raised:
            error = await self._advised(raised)
            self.error = error
            self.post_message(self.Loaded(self.tab, error))
            self.title.show(self.tab.title, NOT_LOADED, "error")
            self.show_failed()
            if self.display:
                self.page.say_error(error)
        except Exception as error:
            if isinstance(error, NoMatches) and not is_open(self):
                # the page is being left, and its widgets go before its work ends
                return
            # one tab's defect must not take the page with it, and must not go unsaid either
            mistaken(error)
            told = f"stopped by a defect of Rollcall ({type(error).__name__}) · F5 tries again"
            self.title.show(self.tab.title, told, "error")
            self.show_failed()

    async def _advised(self, error: RollcallError | StateError) -> RollcallError | StateError:
        """The same; where a service let nobody look, it says first which role would."""
        if not isinstance(error, NotPermitted) or error.status != 403:
            return error
        advice = await self.session.role_windows.advice(self.tab.id)
        if not advice:
            return error
        sentence = f"{advice} {error.sentence}"
        return NotPermitted(sentence, request_id=error.request_id, status=error.status, code=error.code)

    async def load(self) -> None:
        """Fills the body. Raises `RollcallError`, `StateError`."""

    def show_failed(self) -> None:
        """Draws that the last load failed; what was there before stays."""

    def show_staged(self) -> None:
        """Draws what is staged now."""

    def left(self) -> None:
        """The operator went to another tab."""

    def shown(self) -> None:
        """The operator came (back) to this tab."""

    def focus_body(self) -> None:
        """Puts the focus where the keys work."""

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys of this body for the bottom line."""
        return ()

    @property
    def typing(self) -> bool:
        """Is something being typed, so that letters are no keys?"""
        return False

    @property
    def leading_hints(self) -> int:
        """How many of the hints stand before those of the page."""
        return 2

    def reason(self, words: str) -> str:
        """Why what the key of these words does cannot be done now; "" when it can, or is not this body's."""
        return ""

    @property
    def hidden_changes(self) -> int:
        """How many staged changes the filter hides."""
        return 0

    def compare(self) -> None:
        """Holds the tab against the same tab of another user."""
        self.page.say("Users are compared on a tab of switches, such as groups.")

    def bring_in(self) -> None:
        """Brings a pasted list of names or ids into the tab."""
        self.page.say("A list can be brought into a tab of switches, such as groups.")

    def stage(self, changes: Sequence[Change]) -> None:
        """Stores changes; they are drawn when they are on the disk."""
        start_beside(self, "stage", self.store, changes)

    async def store(self, changes: Sequence[Change]) -> None:
        """Stores changes; what goes wrong is said on the page."""
        try:
            await self.staging.stage(changes)
        except RollcallError as error:
            self.page.say_error(error)

    def unstage(self, changes: Sequence[Change]) -> None:
        """Takes staged changes back."""
        start_beside(self, "stage", self._remove, changes)

    async def _remove(self, changes: Sequence[Change]) -> None:
        await self.staging.discard(changes)

    def change(
        self,
        row: str,
        row_name: str,
        field: str,
        before: Json,
        after: Json,
        facts: dict[str, str],
        *,
        user: User | None = None,
    ) -> Change:
        """One staged edit on this view's tab, of its user or of the one given."""
        user = user or self.user
        return Change(
            user=user.id,
            user_name=user.upn,
            tab=self.tab.id,
            row=row,
            row_name=row_name,
            field=field,
            before=before,
            after=after,
            facts={"name": user.name, **facts},
        )

    @property
    def staged(self) -> list[Change]:
        """What is staged on this tab for this user."""
        return self.staging.of(self.user.id, self.tab.id)
