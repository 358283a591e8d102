"""Pictures of every screen and dialog, at the sizes and in the alphabets that the terminals out there have."""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from textual.pilot import Pilot

from services.errors import Unreachable
from services.places import state_file
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, press, program, screen_text, settled, type_text, until
from tui.app import RollcallApp
from tui.drawing import Drawing
from tui.widgets.text_box import TextBox

SMALL, LARGE = (80, 24), (120, 40)
SIZES = {"small": (SMALL, False), "large": (LARGE, False), "small-ascii": (SMALL, True)}
SIZES |= {"large-ascii": (LARGE, True)}
UNLICENSED = "leeg@contoso.example"

MFA = ("f9", "type:mfa", "enter")
"""Leads to the page of a user's sign-in methods."""

SCREENS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "users": ({}, ()),
    "users-found": ({}, ("/", "type:ad")),
    "basics": ({"user": ADELE}, ("down", "enter", "type: M.", "enter", "down")),
    "security-groups": (
        {"user": ADELE, "tab": "security-groups"},
        ("stage", "down", "stage", "slash", "type:a"),
    ),
    "microsoft-365-groups": ({"user": ADELE, "tab": "microsoft-365-groups"}, ("right",)),
    "distribution-groups": ({"user": ADELE, "tab": "distribution-groups"}, ()),
    "mail-security-groups": ({"user": ADELE, "tab": "mail-security-groups"}, ()),
    "extension-attributes": ({"user": ADELE, "tab": "extension-attributes"}, ()),
    "audit-logs": ({"user": ADELE, "tab": "audit-logs"}, ()),
    **{
        tab: ({"user": ADELE, "tab": tab}, ())
        for tab in (
            "mail",
            "mailbox-permissions",
            "mailbox-storage",
            "forwarding-and-replies",
            "calendar-permissions",
            "directory-roles",
            "shared-mailboxes",
            "equipment-mailboxes",
            "room-mailboxes",
            "application-groups",
            "azure-applications",
            "devices",
            "sign-ins",
            "onedrive",
            "risks",
            "licenses",
            "license-changes",
        )
    },
    "mailbox-page": (
        {"user": ADELE, "tab": "room-mailboxes"},
        ("enter", "down", "enter", "type: 2", "enter"),
    ),
    "booking-page": ({"user": ADELE, "tab": "room-mailboxes"}, ("enter", "]", "]", "down")),
    "service-plans": ({"user": ADELE, "tab": "licenses"}, (*("down",) * 5, "enter")),
    "device-page": ({"user": ADELE, "tab": "devices"}, ("enter",)),
    "sharepoint": ({"user": ADELE, "tab": "sharepoint"}, ("right", "right", "end")),
    "site-page": ({"user": ADELE, "tab": "sharepoint"}, ("/", "type:engin", "enter", "enter")),
    "mfa-phone": ({"user": ADELE}, MFA),
    "mfa-authenticators": ({"user": ADELE}, (*MFA, "]", "space", "down", "down", "space")),
    "mfa-review": ({"user": ADELE}, (*MFA, "]", "space", "down", "down", "space", "f2")),
    "several": ({}, (*("space",) * 3, "enter", "m", "down", "space", "down", "space", "space")),
    "review": ({"user": ADELE, "tab": "security-groups"}, ("stage", "down", "stage", "f2")),
    "not-opened": ({"user": "nobody@contoso.example"}, ()),
}

DIALOGS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "help": ({"user": ADELE, "tab": "security-groups"}, ("f1",)),
    "help-marks": ({"user": ADELE, "tab": "security-groups"}, ("f1", "end")),
    "palette": ({"user": ADELE, "tab": "security-groups"}, (":", "type:group")),
    "user-filter": ({}, ("f",)),
    "user-details": ({}, ("f3",)),
    "several-tabs": ({}, (*("space",) * 3, "enter", "t")),
    "several-row": ({}, (*("space",) * 3, "enter", "space", "f3")),
    "go-to-tab": ({"user": UNLICENSED}, ("t",)),
    "risk-details": ({"user": ADELE, "tab": "risks"}, ("down", "enter")),
    "narrow": ({"user": ADELE, "tab": "sign-ins"}, ("f",)),
    "row-details": ({"user": ADELE, "tab": "security-groups"}, ("f3",)),
    "choice": ({"user": ADELE}, ("pagedown", "pagedown", "up", "enter")),
    "discard": ({"user": ADELE, "tab": "security-groups"}, ("stage", "f8")),
    "toggle-all": ({"user": ADELE, "tab": "security-groups"}, ("a",)),
    "bring-in": ({"user": ADELE, "tab": "security-groups"}, ("i", "paste")),
    "compare": ({"user": ADELE, "tab": "security-groups"}, ("c", "type:alexw", "enter")),
    "export": (
        {"user": ADELE, "tab": "security-groups"},
        ("slash", "type:project", "enter", "e", *("down",) * 3, "ctrl+u", "type:/home/ann/groups.csv"),
    ),
    "copied": ({"user": ADELE, "tab": "security-groups"}, ("Y",)),
    "review-details": ({"user": ADELE, "tab": "security-groups"}, ("stage", "f2", "f3")),
    "action-form": (
        {"user": ADELE, "tab": "mailbox-permissions"},
        ("insert", "type:bo w", "enter", "space", "down", "space"),
    ),
    "action-form-empty": ({"user": ADELE, "tab": "calendar-permissions"}, ("insert",)),
    "recipient": ({"user": ADELE, "tab": "calendar-permissions"}, ("insert", "down", "type:d")),
    "action-confirmation": ({"user": ADELE, "tab": "mailbox-permissions"}, ("down", "down", "delete")),
    "row-that-is-locked": (
        {"user": ADELE, "tab": "calendar-permissions"},
        ("down", "down", "down", "down", "down", "enter"),
    ),
    "read-only": ({"user": ADELE, "tab": "security-groups", "readonly": True}, ("space",)),
}

APPLIED: dict[str, tuple[str, ...]] = {
    "pane": (),
    "pane-enlarged": ("f6",),
    "process-center": ("shift+f6",),
    "steps": ("shift+f6", "enter", "right"),
    "undo": ("shift+f6", "u", "space"),
}


async def act(pilot: Pilot[None], steps: tuple[str, ...]) -> None:
    """Plays a scene: keys, "type:TEXT", "paste", and "stage", which goes on to a free row and toggles it."""
    await settled(pilot)
    for step in steps:
        if step.startswith("type:"):
            await type_text(pilot, step[5:])
        elif step == "paste":
            pilot.app.screen.query_one(TextBox).text = "Project Alpha\nProject Beta\n"
        elif step == "stage":
            while "⊘" in (line := cursor_line(pilot)) or "] L" in line or "[x]" in line:
                await press(pilot, "down")
            await press(pilot, "space")
        else:
            await press(pilot, step)
    # switches that are looked up for the rows on show
    await until(pilot, lambda: "[·]" not in screen_text(pilot) and "[?]" not in screen_text(pilot))
    await settled(pilot)


def cursor_line(pilot: Pilot[None]) -> str:
    """The line of the table that the keys work on."""
    return next(line for line in screen_text(pilot).splitlines() if line.startswith(("▸ [", "> [")))


@pytest.fixture
def alone() -> Iterator[Endpoints]:
    """A tenant that only this test writes to."""
    with running_sandbox() as endpoints:
        yield endpoints


@pytest.mark.parametrize("variant", SIZES)
@pytest.mark.parametrize("scene", SCREENS)
def test_screens(snap_compare: Any, tenant: Endpoints, tmp_path: Path, scene: str, variant: str) -> None:
    size, ascii_only = SIZES[variant]
    start, steps = SCREENS[scene]
    app = program(tenant, tmp_path, ascii_only=ascii_only, **start)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: act(pilot, steps))


@pytest.mark.parametrize("variant", ["small", "small-ascii"])
@pytest.mark.parametrize("scene", DIALOGS)
def test_dialogs(snap_compare: Any, tenant: Endpoints, tmp_path: Path, scene: str, variant: str) -> None:
    size, ascii_only = SIZES[variant]
    start, steps = DIALOGS[scene]
    app = program(tenant, tmp_path, ascii_only=ascii_only, **start)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: act(pilot, steps))


@pytest.mark.parametrize("scene", ["users", "basics", "security-groups"])
def test_without_colour(
    snap_compare: Any, tenant: Endpoints, tmp_path: Path, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    start, steps = SCREENS[scene]
    app = program(tenant, tmp_path, **start)
    assert snap_compare(app, terminal_size=SMALL, run_before=lambda pilot: act(pilot, steps))


@pytest.mark.parametrize("variant", ["small", "large", "small-ascii"])
def test_not_connected(snap_compare: Any, tenant: Endpoints, tmp_path: Path, variant: str) -> None:
    def refused() -> None:
        raise Unreachable(
            "The tenant lab gave no answer within 10 s: check the network and the profile file."
        )

    size, ascii_only = SIZES[variant]
    app = program(tenant, tmp_path, ascii_only=ascii_only, connect=refused)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: act(pilot, ()))


@pytest.mark.parametrize("variant", ["small", "large"])
def test_with_a_photo(snap_compare: Any, alone: Endpoints, tmp_path: Path, variant: str) -> None:
    headers = {"Authorization": f"Bearer {alone.token}", "Content-Type": "image/png"}
    picture = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(picture, "PNG")
    path = f"{alone.graph_url}/v1.0/users/{ADELE}/photo/$value"
    assert httpx.put(path, content=picture.getvalue(), headers=headers).status_code == 200
    app = program(alone, tmp_path, user=ADELE, photo=Drawing.HALF_CELLS)
    assert snap_compare(app, terminal_size=SIZES[variant][0], run_before=lambda pilot: act(pilot, ()))


@pytest.mark.parametrize("variant", SIZES)
@pytest.mark.parametrize("scene", APPLIED)
def test_after_an_apply(
    snap_compare: Any, alone: Endpoints, tmp_path: Path, scene: str, variant: str
) -> None:
    size, ascii_only = SIZES[variant]
    app = program(alone, tmp_path, ascii_only=ascii_only, user=ADELE, tab="security-groups")

    async def scenario(pilot: Pilot[None]) -> None:
        await act(pilot, ("stage", "down", "stage", "f2", "enter"))
        await until(pilot, lambda: read_back(app))
        await until(pilot, lambda: "being checked" not in screen_text(pilot))
        # a service gives each request another id
        with closing(sqlite3.connect(state_file(tmp_path))) as file, file:
            file.execute("UPDATE steps SET request_id = 'f5bc01f2-791b-4ecb-ab6e-46c8ea92f1aa'")
        await act(pilot, APPLIED[scene])
        # the pane repaints twice a second at most
        await until(pilot, lambda: "succeeded: 2 done" in screen_text(pilot))
        if scene == "pane-enlarged":
            await until(pilot, lambda: "Ended: 2 done" in screen_text(pilot))
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=scenario)


@pytest.mark.parametrize("variant", ["small", "large"])
def test_a_role_to_activate(snap_compare: Any, tmp_path: Path, variant: str) -> None:
    async def scenario(pilot: Pilot[None]) -> None:
        await act(pilot, ("stage", "f2", "enter"))
        await until(pilot, lambda: "0/1  paused" in screen_text(pilot))
        await act(pilot, (":", "type:activate a role", "enter"))
        await until(pilot, lambda: "Ticket system" in screen_text(pilot))
        await act(pilot, ("enter", "type:groups", "enter", "down", "down", "type:INC 4711"))

    with running_sandbox(eligible_only=True) as walled:
        app = program(walled, tmp_path, user=ADELE, tab="security-groups")
        assert snap_compare(app, terminal_size=SIZES[variant][0], run_before=scenario)


def read_back(app: RollcallApp) -> bool:
    """Whether all that was applied is seen in the tenant and shown as such."""
    ended = bool(app.processes) and all(process.ended_at is not None for process in app.processes)
    return ended and not any(worker.group == "load" and worker.is_running for worker in app.workers)
