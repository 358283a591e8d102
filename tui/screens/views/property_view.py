"""PropertyView: a tab of named values, edited in place and staged."""

from collections.abc import Sequence

import msgspec
from textual import on
from textual.app import ComposeResult

from services.errors import RollcallError
from services.people import find_people
from services.recent import told
from services.session import Session
from services.tabs.tab import FieldValue, Property, PropertyTab
from services.user import User
from state.values import Json
from tui.background import start_beside
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.text_edit import TextEdit
from tui.screens.dialogs.user_picker import UserPicker
from tui.screens.views.checked import CheckedView
from tui.staging import Staging, shown
from tui.widgets.form_messages import (
    ChoiceWanted,
    Edited,
    PersonWanted,
    TextWanted,
    UndoAllWanted,
    UndoWanted,
)
from tui.widgets.key_bar import Hint
from tui.widgets.property_form import PropertyForm
from tui.widgets.title_line import TitleLine

_NOBODY = "nobody"
"""The picker's answer for an empty field; no directory id looks like it."""


class PropertyView(CheckedView[PropertyTab]):
    """One properties tab of one user."""

    def compose(self) -> ComposeResult:
        """Title and form."""
        yield TitleLine()
        yield PropertyForm(self.tab.properties)

    def __init__(self, session: Session, staging: Staging, user: User, tab: PropertyTab) -> None:
        super().__init__(session, staging, user, tab)
        self._values: dict[str, FieldValue] = {}
        self._people: dict[str, str] = {}
        """Names of those who were found to choose from, by id."""

    @property
    def form(self) -> PropertyForm:
        """The form."""
        return self.query_one(PropertyForm)

    async def load(self) -> None:
        """All values, live. Raises `RollcallError`."""
        self.title.show(self.tab.title, "loading" if not self._values else "refreshing")
        values = await self.tab.load(self.session.tenant, self.user)
        self.awaited = await self.unseen()
        self._values = {value.id: self._locked(self._as_written(value)) for value in values}
        self.form.set_values(list(self._values.values()))
        self.show_staged()
        self.show_checked()
        self.journal_moved(None)

    def show_checked(self) -> None:
        """In the title."""
        self.title.show(self.tab.title, self._facts())

    def _as_written(self, value: FieldValue) -> FieldValue:
        key = "\x1f".join((self.user.id, self.tab.id, "", value.id))
        if key not in self.awaited:
            return value
        after = self.awaited[key]
        return msgspec.structs.replace(value, value=after, shown=self._shown(value.id, after))

    def _locked(self, value: FieldValue) -> FieldValue:
        """The value with the operator's own reason why it cannot be edited, where nothing else says so already."""
        reason = value.lock or self.session.objection(self.tab.id, value.id)
        return msgspec.structs.replace(value, lock=reason) if reason != value.lock else value

    def _facts(self) -> str:
        locked = sum(1 for value in self._values.values() if value.lock)
        facts = (f"{len(self._values)} fields", f"{locked} read-only" if locked else "", told(self.awaited))
        return " · ".join(filter(None, facts))

    def _shown(self, field: str, value: Json) -> str:
        wanted = next(p for p in self.tab.properties if p.id == field)
        if wanted.kind == "choice":
            return dict(wanted.choices).get(str(value), shown(value))
        if wanted.kind == "flag":
            return "" if value is None else "yes" if value else "no"
        if wanted.kind == "person" and value in self._people:
            return self._people[value]
        if wanted.kind == "date":
            return str(value)[:10] if value else ""
        return "" if value in (None, []) else shown(value)

    def show_staged(self) -> None:
        """Draws the staged values of this tab."""
        self.form.set_staged(
            {
                change.field: (
                    change.after,
                    change.facts.get("shown") or self._shown(change.field, change.after),
                )
                for change in self.staged
            }
        )

    def focus_body(self) -> None:
        """The form."""
        self.form.focus_form()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The form's keys."""
        if self.typing:
            return (("Enter", "Keep"), ("Esc", "Cancel"))
        return (Hint("Enter", "Edit", self._editable), ("u", "Undo field"), ("~", "Before/after"))

    @property
    def typing(self) -> bool:
        """While a field is edited."""
        return self.form.editing

    @property
    def _editable(self) -> bool:
        """Whether the operator may edit any field at all."""
        return any(not self.session.objection(self.tab.id, wanted.id) for wanted in self.tab.properties)

    @on(Edited)
    def _edited(self, event: Edited) -> None:
        event.stop()
        if reason := self.session.objection(self.tab.id, event.field):
            self.page.say(reason)
            return
        wanted = next(p for p in self.tab.properties if p.id == event.field)
        start_beside(self, "stage", self._take, wanted, event.value, event.shown)

    async def _take(self, wanted: Property, value: Json, shown: str) -> None:
        """Stages a value, with what the plan must know of it."""
        before = self._values[wanted.id]
        facts = {**before.facts, "shown": shown, "was": before.shown}
        if wanted.learn is not None:
            try:
                facts |= await wanted.learn(self.session.tenant, value)
            except RollcallError as error:
                self.page.say_error(error)
                return
        await self.store([self.change("", wanted.title, wanted.id, before.value, value, facts)])

    @on(UndoWanted)
    def _undo(self, event: UndoWanted) -> None:
        event.stop()
        self.unstage([change for change in self.staged if change.field == event.field])

    @on(UndoAllWanted)
    def _undo_all(self, event: UndoAllWanted) -> None:
        event.stop()
        self.unstage(self.staged)

    @on(ChoiceWanted)
    def _choice(self, event: ChoiceWanted) -> None:
        event.stop()
        labels = dict(event.property.choices)

        def chosen(value: str | None) -> None:
            if value is not None:
                check = event.property.check
                shown_as = labels.get(value, value) if value else ""
                self.form.enter(event.property.id, check(value) if check else value, shown_as)

        current = str(event.current or "")
        self.app.push_screen(Choice(event.property.title, event.property.choices, current), chosen)

    @on(PersonWanted)
    def _person(self, event: PersonWanted) -> None:
        event.stop()

        async def search(text: str) -> list[tuple[str, str, str]]:
            found = await find_people(self.session.tenant, text)
            self._people.update((user, name) for user, name, _ in found)
            return [*found, (_NOBODY, "Nobody", "empties the field")]

        def chosen(user: str | None) -> None:
            if user == _NOBODY:
                self.form.enter(event.field, None, "")
            elif user is not None:
                self.form.enter(event.field, user, self._shown(event.field, user))

        title = next(p.title for p in self.tab.properties if p.id == event.field)
        self.app.push_screen(UserPicker(title, search), chosen)

    @on(TextWanted)
    def _text(self, event: TextWanted) -> None:
        event.stop()
        wanted = event.property

        def kept(text: str | None) -> None:
            if text is not None and text != event.text:
                self.form.enter(wanted.id, wanted.check(text) if wanted.check else text, text)

        self.app.push_screen(TextEdit(wanted.title, event.text, wanted.check), kept)
