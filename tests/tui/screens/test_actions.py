"""Actions of a record tab: keys that are dimmed with their reason where they do not fit, and the tab read anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.actions.registry import ACTIONS
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, page, press, program, running, screen_text, type_text, until
from tui.screens.dialogs.form import FormDialog
from tui.widgets.answer_lines import FlagLine
from tui.widgets.key_bar import Hint

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant for the tests of this file."""
    with running_sandbox() as found:
        yield found


async def test_keys_follow_the_row(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="calendar-permissions")) as pilot:

        def remove() -> Hint:
            return next(h for h in page(pilot).hints() if isinstance(h, Hint) and h.label == "Remove")

        assert remove() == Hint("Del", "Remove", True)
        assert ("Del  -", "Remove") in list(page(pilot).keys())
        await press(pilot, "end")
        assert not remove().enabled
        await press(pilot, "delete")
        assert "every calendar has this entry" in screen_text(pilot)
        assert not isinstance(pilot.app.screen, FormDialog)
        words = dict(page(pilot).keys())
        assert words["Del  -"] == "Remove (not now: every calendar has this entry: set it to None)"
        assert words["E"] == "Edit"


async def test_read_only_dims_and_refuses_all(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="mailbox-permissions", readonly=True)
    async with running(app) as pilot:
        shown = [
            h for h in page(pilot).hints() if isinstance(h, Hint) and h.label in ("Add", "Edit", "Remove")
        ]
        assert [h.enabled for h in shown] == [False] * 3
        for key in ("insert", "enter", "delete"):
            await press(pilot, key)
            assert "read-only" in screen_text(pilot)
            assert not isinstance(pilot.app.screen, FormDialog)


async def test_the_end_of_a_process_however_short_loads_the_tab_anew(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="mailbox-permissions")) as pilot:
        assert "Bo Whitfield" not in screen_text(pilot)
        await press(pilot, "plus")
        assert isinstance(pilot.app.screen, FormDialog)
        await type_text(pilot, "bo w")
        await press(pilot, "enter", "space", "f2")
        await until(pilot, lambda: "Bo Whitfield" in screen_text(pilot))
        assert not isinstance(pilot.app.screen, FormDialog)


async def test_every_action_is_under_f9_and_in_the_palette(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE), size=(120, 40)) as pilot:
        labels = [label.removeprefix("Action: ") for label, _ in page(pilot).commands()]
        await press(pilot, "f9")
        shown = screen_text(pilot)
        for action in ACTIONS:
            assert action.title in shown
            assert any(label.partition(" (")[0] == action.title for label in labels), action.id
        assert "Resend invitation (not now: only guests are invited)" in labels
        assert "Resend invitation  (only guests are invited)" in shown


async def test_what_the_form_cannot_be_made_from_is_said_on_the_page(tmp_path: Path) -> None:
    with running_sandbox() as alone:
        app = program(alone, tmp_path, user=ADELE, tab="mailbox-permissions")
        async with running(app) as pilot:
            assert app.session is not None
            await app.session.tenant.close()
            await press(pilot, "insert")
            assert "The session was closed" in screen_text(pilot)
            assert not isinstance(pilot.app.screen, FormDialog)


async def test_a_licence_without_a_seat_is_scheduled_to_be_requested(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        await press(pilot, "f9")
        await type_text(pilot, "schedule lic")
        await press(pilot, "enter")
        form = pilot.app.screen
        assert isinstance(form, FormDialog)
        assert "is requested from the marketplace then" in screen_text(pilot)
        wanted = form.query(FlagLine).last()
        while form.focused is not wanted:
            await press(pilot, "down")
        await press(pilot, "space")
        shown = screen_text(pilot)
        assert "Enterprise Mobility + Security E3 (on request)" in shown
        assert "1 operation as things are now" in shown
        assert "Request licence from the marketplace" in shown
        await press(pilot, "f2")
        assert "Scheduled. No worker is alive" in screen_text(pilot)
        session = page(pilot).session
        (waiting,) = await session.schedules.upcoming()
        assert (waiting.plan.about, waiting.plan.seats) == (
            "Enterprise Mobility + Security E3 (requested)",
            (),
        )
