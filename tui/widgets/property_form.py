"""PropertyForm: a tab of named values, edited in place; what is staged is the screen's to keep."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Unpack

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from services.errors import InvalidInput
from services.operation import Json
from services.tabs.tab import FieldValue, Property
from tui.plain import printable
from tui.widgets.entry import Entry
from tui.widgets.field_list import Field, FieldList, Staged
from tui.widgets.form_messages import (
    ChoiceWanted,
    CopyWanted,
    Edited,
    FieldFocused,
    PersonWanted,
    TextWanted,
    UndoAllWanted,
    UndoWanted,
)
from tui.widgets.looks import Naming
from tui.widgets.note_line import NoteLine

_YES_NO = ((True, "Yes"), (False, "No"))


class PropertyForm(Vertical):
    """The fields of one properties tab.

    It holds no staged truth: an edit is posted as `Edited`; the screen stores it and calls `set_staged`.
    """

    DEFAULT_CSS = """
    PropertyForm { layers: base edit; height: 1fr; }
    PropertyForm Entry { layer: edit; display: none; height: 1; padding: 0; }
    PropertyForm.-editing Entry { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "flip", "Flip", id="form.flip"),
        Binding("u", "undo", "Undo field", id="form.undo"),
        Binding("U", "undo_all", "Undo all", id="form.undo-all", show=False),
        Binding("y", "copy", "Copy", id="form.copy", show=False),
        Binding("Y", "copy_line", "Copy with title", id="form.copy-line", show=False),
        Binding("tilde", "before", "Before/after", id="form.before", show=False),
        Binding("n", "changed(1)", "Next change", id="form.next-change", show=False),
        Binding("N", "changed(-1)", "Previous change", id="form.previous-change", show=False),
        Binding("escape", "cancel", "Cancel", id="form.cancel", show=False),
    ]

    def __init__(self, properties: Sequence[Property], **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._values: dict[str, FieldValue] = {}
        self._staged: dict[str, tuple[Json, str]] = {}
        self._editing: Field | None = None
        self._list = FieldList(properties)
        self._note = NoteLine()
        self._entry = Entry()

    def compose(self) -> ComposeResult:
        """The list, the note under it, and the input that lies over a line while it is edited."""
        yield self._list
        yield self._note
        yield self._entry

    def on_mount(self) -> None:
        """The form's focus is its list's."""
        self._show()

    def focus_form(self) -> None:
        """Put the focus where the keys work."""
        (self._entry if self._editing else self._list).focus()

    @property
    def editing(self) -> bool:
        """Is something being typed?"""
        return self._editing is not None

    @property
    def field(self) -> Field | None:
        """The field with the cursor."""
        return self._list.field

    @property
    def has_changes(self) -> bool:
        """Is anything staged for a field of this form?"""
        return any(field.staged is not None for field in self._list.fields)

    def set_values(self, values: Sequence[FieldValue]) -> None:
        """Show these values; the cursor, what is staged and what is being typed stay."""
        self._values = {value.id: value for value in values}
        self._show()

    def set_staged(self, staged: Staged) -> None:
        """Show these staged values instead of the loaded ones: field id to (value, shown)."""
        self._staged = dict(staged)
        self._show()

    def enter(self, field_id: str, value: Json, shown: str) -> None:
        """Take a value that a dialog brought, as if it had been typed."""
        self.post_message(Edited(field_id, value, shown))

    def go_to(self, field_id: str) -> None:
        """Put the cursor on a field; nothing happens when the form does not show it."""
        line = self._list.line_of(field_id)
        if line is not None:
            self._list.cursor = line

    def _show(self) -> None:
        if self.is_attached:
            self._list.show(self._values, self._staged)
            self._say_about_field()

    def _say_about_field(self) -> None:
        if self._editing is not None:
            return
        field = self._list.field
        if field is None:
            self._note.show("")
        elif field.lock:
            self._note.show(f"{self._list.glyphs.lock} {field.lock}", "warning")
        elif field.staged is not None:
            self._note.show(f"Was: {field.value.shown or '(empty)'}", "dim")
        else:
            self._note.show("")

    @on(FieldList.CursorMoved)
    def _cursor_moved(self, event: FieldList.CursorMoved) -> None:
        event.stop()
        self._say_about_field()
        field = self._list.field
        if field is not None:
            self.post_message(FieldFocused(field.spec.id, field.lock))

    @on(FieldList.LineChosen)
    def _line_chosen(self, event: FieldList.LineChosen) -> None:
        event.stop()
        field = self._list.field
        if field is None or self._refused(field):
            return
        if field.spec.kind == "person":
            self.post_message(PersonWanted(field.spec.id))
        elif field.spec.kind == "markup":
            self.post_message(TextWanted(field.spec, field.shown))
        elif field.spec.kind == "choice":
            self.post_message(ChoiceWanted(field.spec, field.now))
        elif field.spec.kind == "flag":
            self.action_flip()
        else:
            self._edit(field)

    def _refused(self, field: Field) -> bool:
        if field.lock:
            self.app.bell()
        return bool(field.lock)

    def _edit(self, field: Field) -> None:
        """Lay the input over the field's value."""
        self._editing = field
        self._entry.value = printable(field.shown)
        self._entry.cursor_position = len(self._entry.value)
        self.add_class("-editing")
        self._place_entry()
        self._entry.focus()
        self._check(self._entry.value)

    def _place_entry(self) -> None:
        column = self._list.value_column
        line = self._list.cursor - round(self._list.scroll_y)
        self._entry.styles.offset = (column, line)
        self._entry.styles.width = max(8, self._list.scrollable_content_region.width - column)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the input over its line."""
        if self._editing is not None:
            self.call_after_refresh(self._place_entry)

    def _check(self, typed: str) -> tuple[bool, Json]:
        """Whether the typed text will do, and the value it stands for; the note line says why not."""
        field = self._editing
        if field is None:
            return False, None
        try:
            check = field.value.check or field.spec.check
            value = check(typed.strip()) if check else typed.strip()
        except InvalidInput as error:
            self._note.show(error.sentence, "error")
            return False, None
        self._note.show("Enter takes it, Esc leaves it as it was.", "dim")
        return True, value

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._check(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        field = self._editing
        fine, value = self._check(event.value)
        if field is None or not fine:
            self.app.bell()
            return
        self._leave()
        self.post_message(Edited(field.spec.id, value, event.value.strip()))

    def _leave(self) -> None:
        self._editing = None
        self.remove_class("-editing")
        self._list.focus()
        self._say_about_field()

    def action_cancel(self) -> None:
        """Leave the input; what was typed is dropped."""
        if self._editing is not None:
            self._leave()

    def action_flip(self) -> None:
        """Flip a flag; a flag's `choices` may name its two states."""
        field = self._list.field
        if field is None or field.spec.kind != "flag" or self._refused(field):
            return
        value = not field.now
        named: Mapping[str, str] = {word.casefold(): label for word, label in field.spec.choices}
        shown = named.get(str(value).casefold(), dict(_YES_NO)[value])
        self.post_message(Edited(field.spec.id, value, shown))

    def action_undo(self) -> None:
        """Ask for the field's staged change to go."""
        field = self._list.field
        if field is not None and field.staged is not None:
            self.post_message(UndoWanted(field.spec.id))

    def action_undo_all(self) -> None:
        """Ask for all staged changes of the form to go."""
        if self.has_changes:
            self.post_message(UndoAllWanted())

    def action_copy(self) -> None:
        """Ask for the value to be copied."""
        if field := self._list.field:
            self.post_message(CopyWanted(field.shown))

    def action_copy_line(self) -> None:
        """Ask for title and value to be copied."""
        if field := self._list.field:
            self.post_message(CopyWanted(f"{field.spec.title}: {field.shown}"))

    def action_before(self) -> None:
        """Show or hide what changed fields held before."""
        self._list.before_shown = not self._list.before_shown
        for field in self._list.fields:
            line = self._list.line_of(field.spec.id)
            if field.staged is not None and line is not None:
                self._list.refresh_line(line)

    def action_changed(self, step: int) -> None:
        """Go to the next or previous changed field."""
        line = self._list.changed_line(step)
        if line is not None:
            self._list.cursor = line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, letters are text; Esc belongs to the form only then."""
        if action == "cancel":
            return self._editing is not None
        return self._editing is None
