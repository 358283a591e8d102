"""FormDialog: what is asked, what the answers come to, and that only what is on show is started."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Button

from services.action import Answers, Confirmation, Form, Question, RecipientKind
from services.errors import InvalidInput, NotFound, RollcallError
from services.found import Found, Recipient
from services.operation import Json, Operation, Request, Service
from state.errors import StateError
from tests.tui.stage import HOSTILE, Stage, assert_harmless, drawn, on_stage, open_dialog
from tui.screens.dialogs.form import FormDialog

pytestmark = pytest.mark.anyio

ALEX = Recipient("1", "Alex Wilber", "alexw@contoso.example", RecipientKind.USER)
KEYS = Recipient("2", "Vault Keys", "vault@contoso.example", RecipientKind.MAIL_SECURITY_GROUP)


def digits(typed: str) -> Json:
    """A check."""
    if not typed.isdigit():
        raise InvalidInput("Only digits, like 49.")
    return typed


WHO = Question(
    id="who",
    title="Who",
    kind="recipient",
    about="Type a name.",
    recipients=(RecipientKind.USER, RecipientKind.MAIL_SECURITY_GROUP),
)
RIGHTS = Question(
    id="rights",
    title="Permissions",
    kind="choices",
    choices=(("full", "Full access"), ("as", "Send as"), ("behalf", "Send on behalf")),
)
LEVEL = Question(id="level", title="Level", kind="choice", choices=(("r", "Read"), ("w", "Write")), value="r")
MAPPING = Question(id="mapping", title="Automapping", kind="flag", value=True)
NUMBER = Question(id="number", title="Number", check=digits)
FORM = Form(title="Add permissions", questions=(WHO, RIGHTS, LEVEL, MAPPING, NUMBER))


def operation(title: str, target: str, objection: str = "") -> Operation:
    """One line of a plan."""
    return Operation(title, target, Request(Service.GRAPH, path="/x"), target, "X", objection=objection)


def plan(answers: Answers) -> list[Operation]:
    """One operation for each right."""
    if answers["who"] is None:
        raise InvalidInput("Choose who gets the permissions.")
    suffix = f"{answers['level']} {answers['mapping']} {answers['number']} {answers['who'].get('more', '')}"
    return [operation(right, f"{answers['who']['name']} {suffix}".strip()) for right in answers["rights"]]


class Scene:
    """A dialog with what it was asked to find and to start."""

    def __init__(self, form: Form = FORM, planner: Callable[[Answers], Sequence[Operation]] = plan) -> None:
        self.started: list[Sequence[Operation]] = []
        self.asked: list[str] = []
        self.failure: RollcallError | StateError | None = None
        self.unfit: RollcallError | None = None
        self.complaint = ""
        self.dialog = FormDialog(form, planner, self.save, find=self.find, complete=self.complete)

    async def save(self, operations: Sequence[Operation]) -> int:
        """Starts, or fails once."""
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.started.append(operations)
        return 7

    async def find(self, question: Question, text: str) -> Found:
        """Two that match anything."""
        self.asked.append(text)
        return Found((ALEX, KEYS), self.complaint)

    async def complete(self, question: Question, answer: dict[str, Json]) -> dict[str, Json]:
        """Adds a fact."""
        if self.unfit is not None:
            raise self.unfit
        return {**answer, "more": "known"}


async def play(
    scene: Scene, act: Callable[[Pilot[None], Stage], Awaitable[None]], *, size: tuple[int, int] = (80, 24)
) -> None:
    """Opens the dialog and plays."""
    app = Stage()

    async def run(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, scene.dialog)
        await act(pilot, app)

    await on_stage(app, run, size)


def text(app: Stage) -> str:
    """What is on the screen."""
    return "\n".join(drawn(app))


def save_button(app: Stage) -> Button:
    """Save."""
    return app.screen.query_one("#save", Button)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Keys, each when the work of the last is done."""
    for key in keys:
        await pilot.press(key)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def test_the_operations_follow_the_answers_and_just_those_on_show_are_started() -> None:
    scene = Scene()

    async def act(pilot: Pilot[None], app: Stage) -> None:
        assert save_button(app).disabled
        assert "Only digits, like 49." in text(app)
        await press(pilot, "x", "down", "enter")
        assert scene.asked == ["x"]
        assert "Vault Keys  vault@contoso.example" in text(app)
        await press(pilot, "space", "down", "down", "space", "down", "right", "down", "space", "down")
        await press(pilot, "4", "x")
        assert "Number: Only digits, like 49." in text(app)
        assert save_button(app).disabled
        await press(pilot, "f2")
        assert not scene.started
        await press(pilot, "backspace")
        assert "2 operations" in text(app)
        assert "full  →  Vault Keys w False 4 known" in text(app)
        await press(pilot, "f2")
        assert [[o.title for o in each] for each in scene.started] == [["full", "behalf"]]
        assert app.results == [7]

    await play(scene, act)


async def test_enter_goes_from_line_to_line_and_presses_save() -> None:
    scene = Scene()

    async def act(pilot: Pilot[None], app: Stage) -> None:
        await press(pilot, "enter", "a", "enter", "space", "enter", "enter", "enter")
        await press(pilot, "down", "enter", "1", "enter", "tab", "enter")
        assert [o.title for o in scene.started[0]] == ["full"]

    await play(scene, act)


async def test_six_questions_need_no_scrolling_at_80x24() -> None:
    more = Question(id="more", title="Reason", about="Why.")
    scene = Scene(Form(title="Long", told=("One line.",), questions=(*FORM.questions, more)))

    async def act(pilot: Pilot[None], app: Stage) -> None:
        body = app.screen.query_one("#body")
        assert body.max_scroll_y == 0
        for line in (*app.screen.query("AnswerLine, TextLine"), save_button(app)):
            assert app.screen.region.contains_region(line.region)
            assert line.region.height == 1

    await play(scene, act)


async def test_what_cannot_be_started_stays_open_with_the_reason_and_all_answers() -> None:
    scene = Scene()
    scene.failure = StateError("The disk is full.")

    async def act(pilot: Pilot[None], app: Stage) -> None:
        await press(pilot, "a", "enter", "space")
        await press(pilot, *["down"] * 5, "1", "f2")
        assert "The disk is full." in text(app)
        assert "Alex Wilber" in text(app)
        assert not app.results
        await press(pilot, "f2")
        assert app.results == [7]

    await play(scene, act)


async def test_who_will_not_do_is_not_taken() -> None:
    scene = Scene()
    scene.unfit = NotFound("Exchange does not know Alex Wilber.")

    async def act(pilot: Pilot[None], app: Stage) -> None:
        await press(pilot, "a", "enter")
        assert "Exchange does not know Alex Wilber." in text(app)
        assert "(type a name)" in text(app)

    await play(scene, act)


async def test_a_search_that_failed_in_part_says_so_and_offers_the_rest() -> None:
    scene = Scene()
    scene.complaint = "Graph refuses to list groups."

    async def act(pilot: Pilot[None], app: Stage) -> None:
        await press(pilot, "a")
        assert "Graph refuses to list groups." in text(app)
        await press(pilot, "enter")
        assert "Alex Wilber" in text(app)

    await play(scene, act)


@pytest.mark.parametrize(
    ("keys", "started"), [(("enter",), 0), (("escape",), 0), (("right", "enter"), 1), (("f2",), 1)]
)
async def test_a_dangerous_confirmation_has_its_focus_on_cancel(keys: tuple[str, ...], started: int) -> None:
    form = Form(title="Remove permissions", told=("Alex Wilber",), save="Remove", danger=True)
    scene = Scene(form, lambda _: [operation("Remove full access", "Alex Wilber")])

    async def act(pilot: Pilot[None], app: Stage) -> None:
        assert app.focused is app.screen.query_one("#cancel")
        assert "Remove full access  →  Alex Wilber" in text(app)
        await press(pilot, *keys)
        assert len(scene.started) == started
        assert len(app.results) == 1

    await play(scene, act)


async def test_what_is_saved_is_asked_once_more_and_of_several_things_the_number_is_typed() -> None:
    def more(answers: Answers) -> Confirmation:
        count = 12 if answers["mapping"] else 0
        return Confirmation("Really block?", (f"{count} groups go.",), count)

    form = Form(title="Block", questions=(MAPPING,), save="Block", confirm=more)
    scene = Scene(form, lambda _: [operation("Block", "Alex Wilber")])

    async def act(pilot: Pilot[None], app: Stage) -> None:
        await press(pilot, "f2")
        for shown in ("Really block?", "12 groups go.", "1 operation"):
            assert shown in text(app)
        assert app.screen.query_one("#confirm", Button).disabled
        await press(pilot, "enter", "2", "enter")
        assert not scene.started
        await press(pilot, "escape")
        assert app.screen is scene.dialog
        assert not app.results
        await press(pilot, "f2", "1", "2", "enter")
        assert len(scene.started) == 1
        assert app.results == [7]

    await play(scene, act)
    scene = Scene(form, lambda _: [operation("Block", "Alex Wilber")])

    async def act_alone(pilot: Pilot[None], app: Stage) -> None:
        await press(pilot, "space", "f2")
        assert "0 groups go." in text(app)
        assert not app.screen.query_one("#confirm", Button).disabled
        await press(pilot, "enter")
        assert not scene.started, "Cancel has the focus"
        await press(pilot, "f2", "right", "enter")
        assert len(scene.started) == 1

    await play(scene, act_alone)


async def test_an_objection_is_shown_and_stops_it() -> None:
    scene = Scene(Form(title="X"), lambda _: [operation("Set", "Alex", "The mailbox is synchronised.")])

    async def act(pilot: Pilot[None], app: Stage) -> None:
        assert "The mailbox is synchronised." in text(app)
        await press(pilot, "f2", "enter")
        assert not scene.started

    await play(scene, act)


async def test_a_long_plan_is_seen_to_its_end() -> None:
    made = [operation(f"Remove from group {n}", "Alex") for n in range(60)]
    scene = Scene(Form(title="Block sign-in"), lambda _: made)

    async def act(pilot: Pilot[None], app: Stage) -> None:
        assert "60 operations" in text(app)
        assert app.screen.region.contains_region(save_button(app).region)
        app.screen.query_one("PlanLines").focus()
        await press(pilot, "end")
        assert "Remove from group 59" in text(app)
        await press(pilot, "f4")
        await press(pilot, "end")
        assert "Remove from group 59 → Alex" in text(app)

    await play(scene, act)


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_texts_are_only_text(hostile: str) -> None:
    who = Question(id="who", title=hostile, kind="recipient", about=hostile)
    many = Question(id="many", title="Many", kind="choices", choices=((hostile, hostile),))
    free = Question(id="free", title=hostile, value=hostile)
    form = Form(title=hostile, told=(hostile,), questions=(who, many, free), save=hostile)
    scene = Scene(form, lambda answers: [operation(hostile, hostile, hostile)])

    async def act(pilot: Pilot[Any], app: Stage) -> None:
        assert_harmless(app)
        await press(pilot, "a", "enter", "space")
        assert_harmless(app)

    await play(scene, act)


async def test_letters_that_are_faster_than_the_search_line_all_reach_it() -> None:
    scene = Scene()

    async def act(pilot: Pilot[None], app: Stage) -> None:
        line = app.focused
        assert line is not None
        for key, letter in (("b", "b"), ("o", "o"), ("space", " "), ("w", "w")):
            line.post_message(events.Key(key, letter))
        await pilot.pause()
        await press(pilot, "h")
        assert scene.asked[-1] == "bo wh"
        assert len(app.screen_stack) == 3
        await press(pilot, "enter")
        assert "Alex Wilber" in text(app)
        assert app.focused is not line

    await play(scene, act)
