"""Page: what every full screen shares: the message bar, the process pane, the key bar and their keys."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from tui.screens.dialogs.copy_text import CopyText
from tui.screens.dialogs.details import Details
from tui.screens.dialogs.help import Help
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.message_bar import MessageBar
from tui.widgets.process_pane import ProcessPane

if TYPE_CHECKING:
    from services.session import Session
    from tui.app import RollcallApp
    from tui.staging import Staging

MARKS = (
    ("[x]  [ ]", "on, off"),
    ("[·]", "not known yet"),
    ("✎  *", "changed and not applied yet"),
    ("🔒  L", "cannot be changed here; Space says why"),
    ("•3", "three changes on that tab"),
)
"""What the marks mean, in both alphabets."""


class Page(Screen[None]):
    """A full screen. Its body is `compose_body`; what it says about itself are `hints` and `about`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help", id="page.help"),
        Binding("f6", "pane", "Processes", id="page.pane"),
        Binding("shift+f6,f18", "processes", "Process center", id="page.processes"),
        Binding("colon", "app.command_palette", "Commands", id="page.palette", key_display=":"),
    ]

    about = ""
    """One sentence for the help screen."""

    @property
    def rollcall(self) -> "RollcallApp":
        """The app, by its own type."""
        return cast("RollcallApp", self.app)

    @property
    def session(self) -> "Session":
        """The connected tenant. Raises `RuntimeError` before there is one: such a screen is not opened then."""
        if self.rollcall.session is None:
            raise RuntimeError("no tenant is connected")
        return self.rollcall.session

    @property
    def staging(self) -> "Staging":
        """What is pending in the connected tenant. Raises `RuntimeError` before there is one."""
        if self.rollcall.staging is None:
            raise RuntimeError("no tenant is connected")
        return self.rollcall.staging

    @property
    def messages(self) -> MessageBar:
        """The message bar."""
        return self.query_one(MessageBar)

    @property
    def pane(self) -> ProcessPane:
        """The process pane."""
        return self.query_one(ProcessPane)

    def compose_body(self) -> ComposeResult:
        """What stands above the message bar."""
        yield from ()

    def compose(self) -> ComposeResult:
        """Body, message bar, process pane, key bar."""
        yield from self.compose_body()
        yield MessageBar()
        yield ProcessPane()
        yield KeyBar()

    def on_mount(self) -> None:
        """Follows the journal and the focus."""
        self.rollcall.processes_changed.subscribe(self, self._show_processes)
        self.rollcall.failed.subscribe(self, self._show_failure)
        self.rollcall.noticed.subscribe(self, lambda sentence: self.say(sentence, "warning"))
        self._show_processes(None)
        self.call_after_refresh(self.show_hints)

    def _show_processes(self, _: None) -> None:
        notes: list[str] = []
        session = self.rollcall.session
        if session is not None:
            notes = list(session.waiting())
        self.pane.show(self.rollcall.processes, notes)

    def _show_failure(self, sentence: str) -> None:
        self.say(sentence, "error")

    def say(self, sentence: str, level: str = "note", request_id: str = "") -> None:
        """One sentence for the operator, in the message bar."""
        self.messages.say(sentence, level, request_id)

    def say_error(self, error: Exception) -> None:
        """The sentence of an error that carries one."""
        self.say(getattr(error, "sentence", str(error)), "error", str(getattr(error, "request_id", "") or ""))

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys for the bottom line, the most important first."""
        return ()

    def show_hints(self) -> None:
        """Shows the hints of what is in focus now."""
        self.query_one(KeyBar).show(self.hints())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Other focus, other keys."""
        self.show_hints()

    def keys(self) -> Iterable[tuple[str, str]]:
        """Every key that works here, with what it does, for the help screen."""
        seen: set[str] = set()
        for binding in self.active_bindings.values():
            words = binding.binding.description
            if words and binding.enabled and words not in seen:
                seen.add(words)
                yield self.app.get_key_display(binding.binding), words

    def tabs(self) -> Iterable[tuple[str, str]]:
        """The tabs of this screen with what each is for, for the help screen."""
        return ()

    def action_help(self) -> None:
        """Keys, marks and tabs of this screen."""
        if isinstance(self.focused, Input):
            return
        self.app.push_screen(Help(str(self.title or "Rollcall"), list(self.keys()), MARKS, list(self.tabs())))

    def action_pane(self) -> None:
        """Small, large, hidden, round again."""
        self.pane.action_next_mode()

    def action_processes(self) -> None:
        """Opens the list of processes."""
        from tui.screens.process_center import ProcessCenter

        if self.rollcall.session is not None and not isinstance(self, ProcessCenter):
            self.app.push_screen(ProcessCenter())

    def tab_targets(self) -> Iterable[tuple[str, str]]:
        """(id, title) of the tabs that `go_to` can open from here."""
        return ()

    def go_to(self, tab: str) -> None:
        """Opens a tab of this screen."""

    def copy(self, text: str) -> None:
        """Copies by OSC 52 and shows the text, as terminals give no answer."""
        if self.rollcall.session is not None:
            self.app.push_screen(CopyText(text, self.rollcall.session.state_dir))

    def show_saying(self) -> bool:
        """Opens the sentence of the message bar in full, with its request-id; False when there is none."""
        saying = self.messages.saying
        if saying is None:
            return False
        pairs = [("What happened", saying.sentence)]
        if saying.request_id:
            pairs.append(("request-id", saying.request_id))
        self.app.push_screen(Details("Message", pairs))
        return True

    @on(KeyBar.HintChosen)
    def _hint_chosen(self, event: KeyBar.HintChosen) -> None:
        for active in self.active_bindings.values():
            if active.binding.description == event.hint.label:
                self.run_worker(self.app.run_action(active.binding.action, active.node))
                return
