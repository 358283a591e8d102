"""The property form: keys in, messages out; what is staged is shown, not kept."""

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from services.errors import InvalidInput
from services.tabs.tab import FieldValue, Property
from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.widgets.field_list import FieldList
from tui.widgets.form_messages import (
    ChoiceWanted,
    CopyWanted,
    Edited,
    PersonWanted,
    UndoAllWanted,
    UndoWanted,
)
from tui.widgets.note_line import NoteLine
from tui.widgets.property_form import PropertyForm

pytestmark = pytest.mark.anyio


def phone(typed: str) -> str:
    """A check as the tabs have them."""
    if not typed.startswith("+"):
        raise InvalidInput("A phone number begins with + and the country code.")
    return typed.replace(" ", "")


PROPERTIES = (
    Property("title", "Job title", "Job"),
    Property("dept", "Department", "Job"),
    Property("manager", "Manager", "Job", "person"),
    Property("phone", "Mobile phone", "Contact", check=phone),
    Property("usage", "Usage location", "Location", "choice", (("DE", "Germany"), ("FR", "France"))),
    Property("enabled", "Sign-in allowed", "Account", "flag"),
    Property("id", "Object id", "Account", "fixed"),
)
LOCKED = "Synchronised from Active Directory: change it there."
VALUES = (
    FieldValue("title", "Retail Manager", "Retail Manager"),
    FieldValue("dept", "Retail", "Retail", LOCKED),
    FieldValue("manager", "7", "Miriam Graham"),
    FieldValue("phone", "+49301", "+49 30 1"),
    FieldValue("usage", "DE", "Germany"),
    FieldValue("enabled", True, "Yes"),
    FieldValue("id", "3f2a", "3f2a"),
)


def form_on_stage() -> tuple[PropertyForm, Stage]:
    """A form alone."""
    form = PropertyForm(PROPERTIES)
    return form, Stage(form)


def text_of(form: PropertyForm) -> str:
    """The list as drawn."""
    return "\n".join(line.rstrip() for line in lines_of(form.query_one(FieldList)))


def note_of(form: PropertyForm) -> str:
    """The note line as drawn."""
    return lines_of(form.query_one(NoteLine))[0].strip()


async def start(form: PropertyForm, pilot: Pilot[None]) -> None:
    """Values and focus."""
    form.set_values(VALUES)
    form.focus_form()
    await pilot.pause()


async def test_sections_titles_and_values() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        assert text_of(form).splitlines()[:4] == [
            " Job",
            " ▸   Job title        Retail Manager",
            "     Department       Retail  ⊘",
            "     Manager          Miriam Graham",
        ]

    await on_stage(app, act)


async def test_typing_a_value() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        await pilot.press("enter", "!", "enter")
        await pilot.pause()
        edited = app.of(Edited)
        assert [(m.field, m.value, m.shown) for m in edited] == [
            ("title", "Retail Manager!", "Retail Manager!")
        ]
        assert "Retail Manager!" not in text_of(form)
        form.set_staged({"title": ("Retail Manager!", "Retail Manager!")})
        await pilot.pause()
        assert " ▸ ✎ Job title        Retail Manager!" in text_of(form)
        assert note_of(form) == "Was: Retail Manager"

    await on_stage(app, act)


async def test_a_wrong_value_is_explained_and_refused() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        form.go_to("phone")
        await pilot.press("enter", "home", "delete", "enter")
        assert form.editing
        assert note_of(form) == "A phone number begins with + and the country code."
        assert not app.of(Edited)
        await pilot.press("+", "enter")
        assert [(m.value, m.shown) for m in app.of(Edited)] == [("+49301", "+49 30 1")]
        assert not form.editing

    await on_stage(app, act)


async def test_escape_leaves_it_as_it_was() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        await pilot.press("enter", "u", "n", "space", "escape")
        assert not form.editing
        assert not app.of(Edited)
        assert app.focused is form.query_one(FieldList)

    await on_stage(app, act)


async def test_a_locked_field_says_why() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        await pilot.press("j")
        await pilot.pause()
        assert note_of(form) == f"⊘ {LOCKED}"
        await pilot.press("enter", "space")
        assert not form.editing
        await pilot.press("end", "enter")
        assert not form.editing
        assert not app.of(Edited)

    await on_stage(app, act)


async def test_flags_choices_and_people() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        form.go_to("enabled")
        await pilot.press("space")
        form.go_to("usage")
        await pilot.press("enter")
        form.go_to("manager")
        await pilot.press("enter")
        await pilot.pause()
        assert [(m.field, m.value, m.shown) for m in app.of(Edited)] == [("enabled", False, "No")]
        assert [(m.property.id, m.current) for m in app.of(ChoiceWanted)] == [("usage", "DE")]
        assert [m.field for m in app.of(PersonWanted)] == ["manager"]

    await on_stage(app, act)


async def test_undo_copy_and_the_way_from_change_to_change() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        await pilot.press("u", "U")
        assert not app.of(UndoWanted)
        assert not app.of(UndoAllWanted)
        form.set_staged({"title": ("x", "x"), "usage": ("FR", "France")})
        await pilot.press("n")
        assert form.field is not None
        assert form.field.spec.id == "usage"
        await pilot.press("tilde")
        await pilot.pause()
        assert "Germany → France" in text_of(form)
        await pilot.press("N", "u", "U", "y", "Y")
        await pilot.pause()
        assert [m.field for m in app.of(UndoWanted)] == ["title"]
        assert len(app.of(UndoAllWanted)) == 1
        assert [m.text for m in app.of(CopyWanted)] == ["x", "Job title: x"]

    await on_stage(app, act)


async def test_refreshed_values_keep_cursor_and_typing() -> None:
    form, app = form_on_stage()

    async def act(pilot: Pilot[None]) -> None:
        await start(form, pilot)
        form.go_to("phone")
        await pilot.press("enter", "9")
        form.set_values(VALUES)
        await pilot.pause()
        assert form.field is not None
        assert form.field.spec.id == "phone"
        assert form.query_one(Input).value == "+49 30 19"

    await on_stage(app, act)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_values(text: str) -> None:
    properties = (Property("a", text, text), Property("b", text, text), Property("c", text, text))
    form = PropertyForm(properties)
    app = Stage(form)

    async def act(pilot: Pilot[None]) -> None:
        form.set_values(
            [FieldValue("a", text, text), FieldValue("b", text, text, text), FieldValue("c", text, text)]
        )
        form.set_staged({"c": (text, text)})
        form.focus_form()
        await pilot.press("tilde", "enter")
        await pilot.pause()
        assert_harmless(app)
        form.query_one(Input).post_message(Paste(text))
        await pilot.pause()
        assert_harmless(app)
        await pilot.press("escape", "down", "down", "down")
        await pilot.pause()
        assert_harmless(app)

    await on_stage(app, act, (60, 12))
