"""RollcallApp: screens, global keys and the connection to one tenant; no business rule."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.signal import Signal
from textual.worker import WorkerFailed

from tui.background import start, start_beside
from tui.collector import Collector
from tui.glyphs import ASCII_CLASS
from tui.hangup import Watch
from tui.key_names import key_name
from tui.key_order import KeyOrder
from tui.options import StartOptions
from tui.screens.users import UsersScreen
from tui.signing_in import SigningIn
from tui.terminal.driver import TerminalDriver
from tui.widgets.scroll_bar import PlainScrollBar

if TYPE_CHECKING:
    from textual.command import Provider

    from services.credentials import Prompt
    from services.first_look import FirstLook
    from services.session import Session
    from services.tabs.tab import Opening
    from state.values import Process
    from tui.following import Follower
    from tui.screens.dialogs.dialog import Dialog
    from tui.staging import Staging


def _commands() -> "type[Provider]":
    from tui.palette import RollcallCommands

    return RollcallCommands


_OF_THE_TENANT = ("f2", "f4", "f5", "f7", "f8", "f9", "f18", "shift+f6", "colon", "ctrl+p")
"""Keys that mean nothing without a tenant."""
_LEAVING = ("f10", "ctrl+x", "ctrl+c")

Look = Callable[[], "FirstLook | None"]

Connect = Callable[["Prompt"], Awaitable["Session"]]
"""Opens the session; raises errors that carry a `sentence`."""


class RollcallApp(App[None], inherit_bindings=False):
    """One operator, one tenant. The first frame is drawn before anything heavy is imported."""

    CSS_PATH = Path(__file__).with_name("theme.tcss")
    TITLE = "Rollcall"
    COMMANDS = {_commands}  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10,ctrl+x", "leave", "Back", id="app.back"),
        Binding("ctrl+p", "command_palette", "Commands", id="app.palette", show=False, priority=True),
        Binding("ctrl+c", "explain_quit", show=False, id="app.ctrl-c", priority=True),
    ]

    def __init__(self, connect: Connect, *, options: StartOptions, look: Look | None = None) -> None:
        """`look` gives some of the users that are kept, to be shown until the tenant is connected."""
        # told here and not by the theme: else NO_COLOR would turn the terminal's own colours into black on black
        super().__init__(driver_class=TerminalDriver, ansi_color=True)
        self._connect = connect
        self._look = look
        self.options = options
        self.session: Session | None = None
        self.staging: Staging | None = None
        self.follower: Follower | None = None
        self.processes: Sequence[Process] = ()
        self.connected: Signal[None] = Signal(self, "connected")
        self.processes_changed: Signal[None] = Signal(self, "processes changed")
        self.failed: Signal[str] = Signal(self, "connection failed")
        self.noticed: Signal[str] = Signal(self, "something to mind")
        self.told: Signal[str] = Signal(self, "something to know")
        self.windows_changed: Signal[None] = Signal(self, "windows changed")
        self.connecting = False
        """The tenant is on its way: keys that need it can wait."""
        self.next_tenant = ""
        """The name of the tenant to open in this one's place; "" to end the program."""
        self.lost = 0
        """How many changes the disk had not taken when the program ended."""
        self._announced: set[int] | None = None
        self._missed: set[int] = set()
        self.collector = Collector(self.call_after_refresh)
        self._watch: Watch | None = None
        self._hung_up = False
        self._signing_in = SigningIn(self)
        self._key_order = KeyOrder(self, super().on_event)

    async def on_event(self, event: events.Event) -> None:
        """Keys from the terminal go in order; all else as ever."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if isinstance(event, events.Key) and self.connecting and isinstance(self.screen, UsersScreen):
                self._meet(event)
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    def _meet(self, event: events.Key) -> None:
        """A key that needs the tenant waits for it, and so do those after it; leaving waits for nothing."""
        typed_into = self.focused
        if event.key in _LEAVING:
            self.release_keys(drop=True)
        elif typed_into is not None and typed_into.check_consume_key(event.key, event.character):
            return
        elif event.key in _OF_THE_TENANT:
            self.told.publish("That waits until the tenant is connected.")
            self.hold_keys()

    def hold_keys(self) -> None:
        """Keeps the keys that come for what opens as soon as the tenant is connected."""
        self._key_order.hold()

    def release_keys(self, *, drop: bool = False) -> None:
        """Delivers them, or drops them."""
        self._key_order.release(drop=drop)

    def on_mount(self) -> None:
        """Draws first, connects after."""
        self.theme = "ansi-dark"
        ScrollBar.renderer = PlainScrollBar
        self.set_class(self.options.ascii, ASCII_CLASS)
        if self.options.keys:
            self.set_keymap(self.options.keys)
        if not self.is_headless:
            self._watch = Watch(self._hang_up, self._end)
        self.push_screen(UsersScreen())
        self.call_after_refresh(self.connect)

    @work(exclusive=True, group="connect")
    async def connect(self) -> None:
        """Connects, or says on the screen why not; F5 tries again."""
        if self.session is not None:
            return
        self.connecting = True
        await self._look_first()
        rooms = await asyncio.to_thread(_import_rooms)
        self.collector.begin()
        try:
            session = await self._connect(self._signing_in.show)
            staging = rooms.Staging(self, session, self.noticed.publish, self.told.publish)
            await staging.load()
        except rooms.ERRORS as error:
            self.connecting = False
            self.release_keys(drop=True)
            self.failed.publish(error.sentence)
            return
        self.connecting = False
        self.collector.connected()
        self.session, self.staging = session, staging
        session.identity.on_ask = self._signing_in.asked
        session.on_defect = self._handle_exception
        self.follower = rooms.Follower(
            session, self._journal_moved, lambda error: self.failed.publish(error.sentence)
        )
        start_beside(self, "follow", self._follow)
        start_beside(self, "follow", session.windows.follow, self._windows_moved)
        self.connected.publish(None)
        if self.options.user:
            self.open_user(self.options.user, self.options.tab)

    async def _look_first(self) -> None:
        """Who is kept stands on the screen before what takes long to import is."""
        look, self._look = self._look, None
        users = self.screen
        if look is not None and isinstance(users, UsersScreen):
            found = await asyncio.to_thread(_looked, look)
            if found is not None:
                await users.look(found)

    @property
    def defect(self) -> BaseException | None:
        """The mistake of the program itself that ended it."""
        found = self._exception
        return found.error if isinstance(found, WorkerFailed) else found

    def _fatal_error(self) -> None:
        """Ends without a word: a traceback of Textual's shows what variables held, which may be anybody's data."""
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """The same for errors that would draw themselves."""
        self._close_messages_no_wait()

    def warn(self, sentence: str) -> None:
        """Says it on the page that is open; may be called from any thread, also when no screen is there."""
        self.call_later(self.noticed.publish, sentence)

    def commands(self) -> Iterable[tuple[str, Callable[[], object]]]:
        """What the palette offers on every page."""
        if self.session is not None and self.session.identity.person:
            yield "Sign in", self._signing_in.open
        if self.session is not None and not self.session.profile.app_only:
            yield "Activate a role", self._activate

        if len(self.options.tenants) > 1:
            yield "Switch tenant...", self._switch

    def _switch(self) -> None:
        from tui.switching import begin

        begin(self, self._switch_to)

    def _switch_to(self, name: str) -> None:
        self.next_tenant = name
        self.exit()

    def _activate(self) -> None:
        from tui.activating import activate

        activate(self)

    def _windows_moved(self) -> None:
        """A window opened or closed, or another minute of it is over."""
        self.windows_changed.publish(None)
        for sentence in self.session.role_windows.news() if self.session is not None else ():
            self.noticed.publish(sentence)

    async def _follow(self) -> None:
        if self.follower is not None:
            await self.follower.run()

    def _journal_moved(self, processes: "Sequence[Process]") -> None:
        self.processes = processes
        ended = {process.id for process in processes if process.ended_at is not None}
        if self._announced is not None and ended - self._announced and self.options.bell:
            self.bell()
        self._announced = ended
        self.processes_changed.publish(None)
        start(self, "missed", self._tell_missed)

    async def _tell_missed(self) -> None:
        """Schedules that are too late to start by themselves ask, once each."""
        rooms = await asyncio.to_thread(_import_rooms)
        if self.session is None:
            return
        try:
            missed = {each.id for each in await self.session.scheduling.missed()}
        except rooms.ERRORS as error:
            self.failed.publish(error.sentence)
            return
        if missed - self._missed:
            noun = "schedule was" if len(missed) == 1 else "schedules were"
            self.noticed.publish(
                f"{len(missed)} {noun} missed while nothing ran: F7 lists what to run or cancel."
            )
        self._missed = missed

    def on_dialog_help_wanted(self, event: "Dialog.HelpWanted") -> None:
        """The keys of the dialog on top."""
        from tui.screens.dialogs.help import Help

        self.push_screen(Help(event.title, event.keys, ()))

    def open_user(self, identifier: str, tab: str | None = None) -> None:
        """Opens the personal information page of one user, by id or UPN."""
        from tui.screens.user import UserScreen

        self.push_screen(UserScreen(identifier, tab))

    def open_users(self, identifiers: Sequence[str]) -> None:
        """Opens several users together, by id or UPN."""
        from tui.screens.several import SeveralScreen

        self.push_screen(SeveralScreen(identifiers))

    def open_page(self, opening: "Opening") -> None:
        """Opens the page that a row's name leads to."""
        from tui.screens.opened import OpenedScreen

        self.push_screen(OpenedScreen(opening))

    def action_processes(self) -> None:
        """Opens the Process center, unless it is open or nothing is connected."""
        from tui.screens.absent import absent
        from tui.screens.process_center import ProcessCenter

        if not absent(self) and not any(isinstance(s, ProcessCenter) for s in self.screen_stack):
            self.push_screen(ProcessCenter())

    def action_schedules(self) -> None:
        """Opens the list of schedules, unless it is open or nothing is connected."""
        from tui.screens.absent import absent
        from tui.screens.schedules import SchedulesScreen

        if not absent(self) and not any(isinstance(s, SchedulesScreen) for s in self.screen_stack):
            self.push_screen(SchedulesScreen())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether the action is there at all: only some profiles close writing."""
        if action == "writing_window":
            return self.session is not None and self.session.writing.length is not None
        return super().check_action(action, parameters)

    def action_writing_window(self) -> None:
        """Opens the writing window, or closes it before its time; over a dialog there is none."""
        from tui.screens.page import Page
        from tui.screens.writing_flow import begin

        if isinstance(self.screen, Page):
            begin(self.screen)

    def get_key_display(self, binding: Binding) -> str:
        """Keys as they are printed on keyboards."""
        return binding.key_display or key_name(binding.key)

    def action_command_palette(self) -> None:
        """Everything that can be done on this page; over a dialog there is none."""
        from tui.palette import Palette
        from tui.screens.page import Page

        if isinstance(self.screen, Page):
            self.push_screen(Palette())

    def action_explain_quit(self) -> None:
        """Ctrl+C ends nothing here: it says what does."""
        page = self.screen
        say = getattr(page, "say", None)
        if say is not None:
            say("F10 or Ctrl+X goes back, and leaves Rollcall from the first page. Nothing is lost.")

    @property
    def _background_screens(self) -> list[Screen[object]]:
        """The screens that show through: those under a dialog, never those under a page, which covers them.

        Textual takes the screen beneath for visible in any case, and paints the whole terminal anew whenever
        something on it changes: at every switch, and twice a second while a process runs.
        """
        return super()._background_screens if self.screen.is_modal else []

    async def action_leave(self) -> None:
        """Back one page; from the first one, out."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            await self.action_quit()

    async def action_quit(self) -> None:
        """Ends the program: what is in flight finishes, the rest waits in the journal."""
        if self.staging is None:
            self.exit()
            return
        from tui.leaving import leave

        await leave(self, self.staging, self.exit)

    def _hang_up(self) -> None:
        """The terminal is gone: drops the screen; what is run here is run to its end."""
        self._hung_up = True
        self.next_tenant = ""
        self.exit()

    def _end(self) -> None:
        """Told to end: what is in flight finishes, also of what a hang-up lets run to its end."""
        self.next_tenant = ""
        self.exit()
        if self.session is not None and self._hung_up:
            self._stopping = asyncio.create_task(self.session.engine.stop())

    async def on_unmount(self) -> None:
        """However the program ends, the session is closed; by now no screen works with it any more."""
        if self.session is not None:
            if self._hung_up:
                await self.session.engine.finish()
            if self.staging is not None:
                from tui.leaving import kept

                if not await kept(self.staging):
                    self.lost = self.staging.unstored
            session, self.session = self.session, None
            try:
                await session.close()
            finally:
                if self._watch is not None:
                    self._watch.stop()


class _Rooms:
    """What is imported after the first frame."""

    def __init__(self) -> None:
        from services.errors import RollcallError
        from state.errors import StateError
        from tui.following import Follower
        from tui.staging import Staging

        self.Staging = Staging
        self.Follower = Follower
        self.ERRORS = (RollcallError, StateError)


def _looked(look: Look) -> "FirstLook | None":
    importlib.import_module("tui.screens.views.people_view")
    return look()


def _import_rooms() -> _Rooms:
    return _Rooms()
