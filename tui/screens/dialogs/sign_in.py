"""SignIn: where to sign in, with which code, until when; it asks first, and counts down."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from services.errors import RollcallError
from tui.background import start
from tui.plain import plain
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.key_bar import Hint, KeyBar

_LATER = ("page", "code", "left")
"""What there is to show once the sign-in service was asked."""

Shown = tuple[str, str, datetime]
"""The page to open, the code to enter there ("" for none), until when."""

_BEFORE = (
    "Nothing has been asked of the sign-in service yet. Enter asks for it; what you do then is shown here.\n"
    "Nothing staged or started is lost, whatever you choose."
)


class SignInDialog(Dialog[str]):
    """Dismisses with the name of who signed in. Esc stops waiting; what is staged or runs is untouched.

    `sign_in` returns that name, and raises `RollcallError`; meanwhile `show` is told what the person has to do.
    """

    DEFAULT_CSS = """
    SignInDialog #body Static { height: auto; margin: 0 1; }
    SignInDialog #body #page, SignInDialog #body #code, SignInDialog #body #left { margin: 1 1 0 1; }
    SignInDialog #page, SignInDialog #code { text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Sign in", id="sign-in.begin", show=False, priority=True),
        Binding("c", "copy_code", "Copy the code", id="sign-in.copy-code", show=False, priority=True),
        Binding("u", "copy_page", "Copy the page", id="sign-in.copy-page", show=False, priority=True),
    ]

    def __init__(
        self, tenant: str, sign_in: Callable[[], Awaitable[str]], now: Callable[[], datetime]
    ) -> None:
        super().__init__(f"Sign in to {tenant}")
        self._sign_in = sign_in
        self._now = now
        self._shown: Shown | None = None
        self._waiting = False
        self._ticking: Timer | None = None

    def content(self) -> ComposeResult:
        """What to do, the page, the code, the time that is left."""
        yield Static(plain(_BEFORE), id="told", markup=False)
        for part in _LATER:
            line = Static("", id=part, markup=False)
            line.display = False
            yield line

    def on_mount(self) -> None:
        """Counts down once there is something to count."""
        super().on_mount()
        self._ticking = self.set_interval(1, self._tick, pause=True)

    def hints(self) -> list[Hint | tuple[str, str]]:
        """What can be done now."""
        if not self._waiting:
            return [("Enter", "Sign in"), ("Esc", "Not now")]
        copies = [("c", "Copy the code")] if self._shown and self._shown[1] else []
        copies += [("u", "Copy the page")] if self._shown else []
        return [*copies, ("Esc", "Stop waiting")]

    def action_begin(self) -> None:
        """Asks for the sign-in, once at a time."""
        if not self._waiting:
            self._waiting = True
            self._tell("Asking the sign-in service...")
            self._show_keys()
            start(self, "sign in", self._wait)

    def show(self, page: str, code: str, until: datetime) -> None:
        """What the person has to do, where, until when."""
        if not self.is_attached:
            return
        self._shown = (page, code, until)
        there = "enter this code" if code else "sign in"
        self._tell(f"Open this page in a browser on any machine and {there}:")
        self._put("page", page)
        self._put("code", f"Code  {code}" if code else "")
        if self._ticking is not None:
            self._ticking.resume()
        self._tick()
        self._show_keys()

    def action_copy_code(self) -> None:
        """To the terminal's clipboard."""
        if self._shown and self._shown[1]:
            self.copy_text(self._shown[1], "The code")

    def action_copy_page(self) -> None:
        """To the terminal's clipboard."""
        if self._shown:
            self.copy_text(self._shown[0], "The page's address")

    def first_focus(self) -> Widget | None:
        """Nothing: every key is the dialog's own."""
        return None

    async def _wait(self) -> None:
        try:
            name = await self._sign_in()
        except RollcallError as error:
            self._failed(error.sentence)
        else:
            self.dismiss(name)

    def _failed(self, sentence: str) -> None:
        self._waiting, self._shown = False, None
        if self._ticking is not None:
            self._ticking.pause()
        for part in _LATER:
            self._put(part, "")
        self._tell(sentence)
        self._show_keys()

    def _tell(self, sentence: str) -> None:
        self._put("told", sentence)

    def _put(self, part: str, text: str) -> None:
        """A line of the box; one that says nothing takes no room."""
        line = self.query_one(f"#{part}", Static)
        line.update(plain(text))
        line.display = bool(text)

    def _show_keys(self) -> None:
        self.query_one(KeyBar).show(self.hints())

    def _tick(self) -> None:
        if self._shown is None:
            return
        left = max(0, int((self._shown[2] - self._now()).total_seconds()))
        words = f"{left // 60}:{left % 60:02} left" if left else "The code has expired."
        self._put("left", f"Waiting for you. {words}")
