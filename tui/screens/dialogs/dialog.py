"""Dialog: the box that all dialogs share: a title, what it is about, and the keys that close it."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from tui.glyphs import ASCII_CLASS
from tui.plain import plain, printable_lines
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.note_line import NoteLine

Result = TypeVar("Result")

_AROUND_BODY = 6
"""Lines of the box that are not its body: the border, a title of two lines, the note, the keys."""


class Dialog(ModalScreen[Result | None], Generic[Result]):
    """A box over the page. Esc, F10 and Ctrl+X close it with None, which never does harm."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > #box {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; background: $surface; color: $foreground;
    }
    Dialog.-ascii > #box { border: ascii $primary; }
    Dialog.-tall > #box { height: 100%; }
    Dialog #title { height: auto; max-height: 2; padding: 0 1; text-style: bold; }
    Dialog #body { height: auto; overflow-y: auto; }
    Dialog.-tall #body { height: 1fr; }
    Dialog #buttons { height: 1; margin: 1 1 0 1; align-horizontal: right; }
    Dialog #buttons Button { margin: 0 0 0 2; min-width: 10; }
    Dialog #buttons Button:disabled { border: none !important; text-style: dim; }
    Dialog KeyBar { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f10,ctrl+x", "close", "Close", id="dialog.close", show=False),
        Binding("f1", "help", "Help", id="dialog.help", show=False),
    ]
    HINTS: ClassVar[Sequence[tuple[str, str]]] = (("Esc", "Close"),)
    TALL: ClassVar[bool] = False
    """As high as the terminal, instead of as high as what is in it."""

    class HelpWanted(Message):
        """The keys of this box are to be told."""

        def __init__(self, title: str, keys: Sequence[tuple[str, str]]) -> None:
            super().__init__()
            self.title = title
            self.keys = keys

    def __init__(self, title: str) -> None:
        super().__init__(classes="-tall" if self.TALL else None)
        self._heading = title

    def content(self) -> ComposeResult:
        """What stands between the title and the keys."""
        yield from ()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What the bottom line of the box says."""
        return self.HINTS

    def first_focus(self) -> Widget | None:
        """The harmless widget to focus."""
        return None

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield Static(plain(self._heading), id="title", markup=False)
            with Vertical(id="body"):
                yield from self.content()
            yield NoteLine()
            yield KeyBar()

    def on_mount(self) -> None:
        """Take the app's alphabet, say the keys, focus what is harmless."""
        self.set_class(self.app.has_class(ASCII_CLASS), ASCII_CLASS)
        self.query_one(KeyBar).show(self.hints())
        focus = self.first_focus()
        if focus is not None:
            focus.focus()

    def on_resize(self, event: events.Resize) -> None:
        """What is in the box scrolls before the keys below it are pushed out of sight."""
        self.query_one("#body").styles.max_height = max(3, event.size.height - _AROUND_BODY)

    def say(self, sentence: str, name: str = "") -> None:
        """Show a sentence above the keys, in a look."""
        self.query_one(NoteLine).show(sentence, name)

    def copy_text(self, text: str, what: str) -> None:
        """Send text to the terminal's clipboard (OSC 52), which gives no answer: say so."""
        self.app.copy_to_clipboard(printable_lines(text))
        self.say(f"{what} was sent to the terminal's clipboard; select it here if nothing arrives.", "dim")

    def action_help(self) -> None:
        """All keys of the box, also those that its bottom line has no room for."""
        hints = [hint if isinstance(hint, Hint) else Hint(*hint) for hint in self.hints()]
        keys = [(hint.key, hint.label if hint.enabled else f"{hint.label} (not now)") for hint in hints]
        self.post_message(self.HelpWanted(self._heading, [*keys, ("Tab", "Next field or button")]))

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)


def buttons(*made: Button) -> Horizontal:
    """A row of buttons, the harmless one first."""
    return Horizontal(*made, id="buttons")


def button(label: str, name: str, *, dangerous: bool = False, disabled: bool = False) -> Button:
    """A flat button whose label is never markup."""
    return Button(plain(label), "error" if dangerous else "default", id=name, disabled=disabled, compact=True)
