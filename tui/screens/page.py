"""Page: what every full screen shares: the message bar, the process pane, the key bar and their keys."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Input

from services.log.events import tell
from state.errors import StateError
from tui.background import start
from tui.glyphs import Glyphs, glyphs
from tui.hearing import Hearing
from tui.screens.absent import absent
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.message_bar import MessageBar
from tui.widgets.process_pane import MODES, ProcessPane
from tui.widgets.table_messages import FilterToggled
from tui.widgets.user_header import UserHeader

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

    from services.session import Session
    from tui.desk import Desk
    from tui.staging import Staging

SIDE_FROM = 120
"""From this many columns on, the enlarged process pane stands at the side."""

_LOG_LINES = 40

_SYNONYMS = ("f18",)
"""What some terminals send for keys that have another name on the keyboard."""


def marks(used: Glyphs) -> list[tuple[str, str]]:
    """What the marks of this alphabet mean."""
    return [
        ("[x]  [ ]", "on, off"),
        (f"[{used.some}]", "on for some of several users"),
        (f"[{used.unknown}]", "not known yet"),
        (used.changed, "changed and not applied yet"),
        (used.lock, "cannot be changed here; Space says why"),
        (f"{used.count}3", "three changes on that tab"),
        (used.cursor, "the row or field that the keys work on"),
        (used.marked, "marked, or in the range"),
    ]


class Page(Hearing, Screen[None]):
    """A full screen. Its body is `compose_body`; what it says about itself are `hints` and `about`."""

    DEFAULT_CSS = """
    Page #middle { height: 1fr; layout: vertical; }
    Page #body { height: 1fr; width: 1fr; }
    Page #body MessageBar { dock: bottom; }
    Page.-side #middle { layout: horizontal; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help", id="page.help"),
        Binding("f6", "pane", "Processes", id="page.pane"),
        Binding("shift+f6,f18", "app.processes", "Process center", id="page.processes"),
        Binding("f7", "app.schedules", "Schedules", id="page.schedules"),
        Binding("W", "app.writing_window", "Open or close writing", id="page.writing-window", show=False),
        Binding("colon", "app.command_palette", "Commands", id="page.palette", key_display=":"),
    ]

    VERTICAL_BREAKPOINTS = [(0, "-flat"), (24, "-low"), (30, "-tall")]  # noqa: RUF012 - as Textual declares it

    about = ""
    """One sentence for the help screen."""

    _log: Sequence[str] = ()
    _filter_hints: Sequence[tuple[str, str]] = ()
    """The keys of the line in which a filter is being typed."""

    @property
    def desk(self) -> "Desk":
        """What the app offers its screens."""
        return cast("Desk", self.app)

    @property
    def session(self) -> "Session":
        """The connected tenant. Raises `RuntimeError` before there is one: such a screen is not opened then."""
        if self.desk.session is None:
            raise RuntimeError("no tenant is connected")
        return self.desk.session

    @property
    def staging(self) -> "Staging":
        """What is pending in the connected tenant. Raises `RuntimeError` before there is one."""
        if self.desk.staging is None:
            raise RuntimeError("no tenant is connected")
        return self.desk.staging

    @property
    def messages(self) -> MessageBar:
        """The message bar."""
        return self.query_one(MessageBar)

    @property
    def pane(self) -> ProcessPane:
        """The process pane."""
        return self.query_one(ProcessPane)

    def compose_body(self) -> ComposeResult:
        """What stands between the header and the message bar."""
        yield from ()

    def compose(self) -> ComposeResult:
        """Header, body, message bar, process pane, key bar."""
        yield UserHeader(self.desk.options.tenant_look)
        with Container(id="middle"):
            with Vertical(id="body"):
                yield from self.compose_body()
                yield MessageBar()
            yield ProcessPane()
        yield KeyBar()

    def show_header(self) -> None:
        """Says which tenant this is, in the same place on every screen."""
        options = self.desk.options
        title = str(self.title or "Rollcall")
        self.query_one(UserHeader).show(None, title, (), "", options.tenant_label, options.sandbox)

    def on_screen_suspend(self) -> None:
        """Another screen covers this one."""
        from tui.widgets.line_table import LineTable

        for table in self.query(LineTable):
            table.rest()

    def on_screen_resume(self) -> None:
        """The page is on top."""
        tell("page", page=type(self).__name__)

    def on_mount(self) -> None:
        """Follows the journal and the focus."""
        self.show_header()
        self._show_windows(None)
        self.hear(self.desk.windows_changed, self._show_windows)
        self.hear(self.desk.processes_changed, self._show_processes)
        self.hear(self.desk.failed, self._show_failure)
        self.hear(self.desk.noticed, lambda sentence: self.say(sentence, "warning"))
        self.hear(self.desk.told, lambda sentence: self.say(sentence))
        self._show_processes(None)
        self.call_after_refresh(self.show_hints)

    def _show_windows(self, _: None) -> None:
        session = self.desk.session
        self.query_one(UserHeader).show_windows(session.windows.told() if session is not None else ())
        self.show_hints()

    def _show_processes(self, _: None) -> None:
        session, shown = self.desk.session, self.desk.processes
        self._show_pane()
        if session is not None and shown and self.pane.mode == "large":
            start(self, "log", self._read_log, shown[0].id)

    async def _read_log(self, process: int) -> None:
        """What the newest process has said so far, for the enlarged pane."""
        try:
            lines = await self.session.processes.log(process, _LOG_LINES)
        except StateError as error:
            self.say_error(error)
            return
        self._log = [f"{when.astimezone():%H:%M:%S} {text}" for when, text in lines]
        self._show_pane()

    def _show_pane(self) -> None:
        session, follower = self.desk.session, self.desk.follower
        finishes = follower.finishes if follower is not None else {}
        notes = session.waiting() if session is not None else ()
        self.pane.show(self.desk.processes, notes, self._log, finishes)

    def _show_failure(self, sentence: str) -> None:
        self.say(sentence, "error")

    def say(self, sentence: str, level: str = "note", request_id: str = "") -> None:
        """One sentence for the operator, in the message bar."""
        self.messages.say(sentence, level, request_id)
        self.show_hints()

    def say_error(self, error: Exception) -> None:
        """The sentence of an error that carries one."""
        self.say(getattr(error, "sentence", str(error)), "error", str(getattr(error, "request_id", "") or ""))

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys for the bottom line, the most important first."""
        return ()

    def show_hints(self) -> None:
        """Shows the hints of what is in focus now."""
        self.query_one(KeyBar).show(self._filter_hints or self.hints())

    @on(FilterToggled)
    def _filter_toggled(self, event: FilterToggled) -> None:
        self._filter_hints = event.hints
        self.show_hints()

    def on_resize(self) -> None:
        """The enlarged process pane stands at the side when there is room."""
        self._place_pane()

    def _place_pane(self) -> None:
        side = self.pane.mode == "large" and self.size.width >= SIDE_FROM
        self.set_class(side, "-side")
        self.pane.side = side

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Other focus, other keys."""
        self.show_hints()

    def actions(self) -> dict[str, list["ActiveBinding"]]:
        """Every key of ours that works here, by what it does: the page's keys first, then those of the focus."""
        found: dict[str, list[ActiveBinding]] = {}
        ours = [active for active in self.active_bindings.values() if active.binding.id and active.enabled]
        for active in sorted(ours, key=lambda active: active.node is not self):
            if active.binding.description:
                found.setdefault(active.binding.description, []).append(active)
        return found

    def keys(self) -> Iterable[tuple[str, str]]:
        """(keys, what they do) for the help screen."""
        for words, active in self.actions().items():
            shown = [each.binding for each in active if each.binding.key not in _SYNONYMS]
            names = dict.fromkeys(self.app.get_key_display(binding) for binding in shown)
            reason = self.reason(words)
            yield "  ".join(names), f"{words} (not now: {reason})" if reason else words

    def reason(self, words: str) -> str:
        """Why what the key of these words does cannot be done now; "" when it can."""
        return ""

    def tabs(self) -> Iterable[tuple[str, str]]:
        """The tabs of this screen with what each is for, for the help screen."""
        return ()

    def action_help(self) -> None:
        """Keys, marks and tabs of this screen."""
        if isinstance(self.focused, Input):
            return
        from tui.screens.dialogs.help import Help

        shown = marks(glyphs(self))
        self.app.push_screen(Help(str(self.title or "Rollcall"), list(self.keys()), shown, list(self.tabs())))

    def action_pane(self) -> None:
        """Small, large, hidden, round again."""
        self.pane.action_next_mode()
        self._place_pane()
        self._show_processes(None)
        if not self.desk.processes and not absent(self.desk):
            at = MODES.index(self.pane.mode)
            words = ("is shown", "is enlarged", "is hidden")[at]
            self.say(f"The process pane {words}; no process runs. Shift+F6 lists those that ran.")

    def signed_in(self, name: str) -> None:
        """Somebody has signed in: what could not be shown is asked for again, and what is staged stays."""
        refresh = getattr(self, "action_refresh", None)
        if refresh is not None:
            refresh()
        self.say(f"Signed in as {name}.")

    def commands(self) -> Iterable[tuple[str, Callable[[], object]]]:
        """(label, what it does) of what the palette offers besides keys, tabs and users."""
        return ()

    def tab_targets(self) -> Iterable[tuple[str, str]]:
        """(id, title) of the tabs that `go_to` can open from here."""
        return ()

    def go_to(self, tab: str) -> None:
        """Opens a tab of this screen."""

    def copy(self, text: str) -> None:
        """Copies by OSC 52 and shows the text, as terminals give no answer."""
        if self.desk.session is not None:
            from tui.screens.dialogs.copy_text import CopyText

            self.app.push_screen(CopyText(text, self.desk.session.state_dir))

    def show_saying(self) -> bool:
        """Opens the sentence of the message bar in full, with its request-id; False when it is there already."""
        saying = self.messages.saying
        if saying is None or not self.messages.has_more:
            return False
        from tui.screens.dialogs.details import Details

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
