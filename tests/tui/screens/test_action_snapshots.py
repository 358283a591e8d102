"""Pictures of More actions, of the form of each, and of what is scheduled, at the sizes that terminals have."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.places import state_file
from state.database import Database
from state.schedules import Schedules
from tests.domain_controller import Domain
from tests.sandbox import Endpoints
from tests.tui.screens.program import ADELE, NOW, program
from tests.tui.screens.test_process_list import block
from tests.tui.screens.test_snapshots import LARGE, MFA, SMALL, act

BLOCKED = "isaiahl@contoso.example"
MANAGER = "admin@contoso.example"
"""Who holds Intune."""
GUEST = "diegos_fabrikam.example#EXT#@contoso.example"

SIZES = {"small": (SMALL, False), "large": (LARGE, False), "small-ascii": (SMALL, True)}
IN_ASCII = ("more-actions", "password-form", "block-confirmation", "phone-form")
"""Those that have marks of their own are drawn in ASCII, too."""

FORMS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "phone-form": ({"user": ADELE}, (*MFA, "insert", "type:+44 7400 123456")),
    "phone-form-refused": ({"user": ADELE}, (*MFA, "insert", "type:+44 74")),
    "phone-confirmation": ({"user": ADELE}, (*MFA, "delete")),
    "password-form": ({"user": ADELE}, ("r",)),
    "password-form-typed": ({"user": ADELE}, ("r", "down", "space", "down", "type:adelev")),
    "more-actions": ({"user": ADELE}, ("f9",)),
    "block-form": ({"user": ADELE}, ("f9", "type:block sign", "enter", "up", "space")),
    "convert-form": ({"user": ADELE}, ("f9", "type:convert", "enter")),
    "photo-form": ({"user": ADELE}, ("f9", "type:change photo", "enter", "type:/home/ann/adele.jpg")),
    "schedules": ({"user": ADELE}, ("f7",)),
    "block-confirmation": (
        {"user": ADELE},
        ("f9", "type:block sign", "enter", "up", "space", "up", "up", "space", "f2"),
    ),
    "enable-form": ({"user": BLOCKED}, ("f9", "type:enable", "enter")),
    "schedule-block-form": (
        {"user": ADELE},
        ("f9", "type:schedule sign", "enter", "down", "down", "down", "space"),
    ),
    "schedule-licences-form": ({"user": ADELE}, ("f9", "type:license", "enter", *["down"] * 3, "space")),
    "revoke-form": ({"user": ADELE}, ("f9", "type:revoke", "enter")),
    "device-picker": ({"user": MANAGER}, ("f9", "type:assign", "enter", "enter")),
    "device-form": ({"user": MANAGER}, ("f9", "type:assign", "enter", "enter", "type:adele", "enter")),
    "invitation-form": ({"user": GUEST}, ("f9", "type:resend", "enter")),
}


@pytest.fixture(autouse=True)
def _the_same_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is generated is the same in each picture."""
    monkeypatch.setattr("secrets.choice", Random(1).choice)  # noqa: S311


@pytest.mark.parametrize(
    ("scene", "variant"),
    [(scene, variant) for scene in FORMS for variant in SIZES if "ascii" not in variant or scene in IN_ASCII],
)
def test_forms(snap_compare: Any, tenant: Endpoints, tmp_path: Path, scene: str, variant: str) -> None:
    size, ascii_only = SIZES[variant]
    start, steps = FORMS[scene]
    app = program(tenant, tmp_path, ascii_only=ascii_only, **start)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: act(pilot, steps))


@pytest.mark.parametrize("variant", SIZES)
@pytest.mark.parametrize("keys", [(), ("d", "down")], ids=["as-a-list", "day-by-day"])
def test_schedules(
    snap_compare: Any, tenant: Endpoints, tmp_path: Path, keys: tuple[str, ...], variant: str
) -> None:
    async def fill() -> None:
        db = await Database.open(state_file(tmp_path))
        for days, user in ((0, "adele"), (0, "bob"), (2, "cleo")):
            await Schedules(db, tenant.tenant_id).add(block(days, user), NOW)
        await db.close()

    asyncio.run(fill())
    size, ascii_only = SIZES[variant]
    app = program(tenant, tmp_path, ascii_only=ascii_only)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: act(pilot, ("f7", *keys)))


@pytest.mark.parametrize("variant", ["small", "large"])
def test_expire_password(
    snap_compare: Any, tenant: Endpoints, domain: Domain, tmp_path: Path, variant: str
) -> None:
    guid = domain.add(f"iris-{variant}", displayName="Iris Local", title="Printer")
    app = program(tenant, tmp_path, user=guid, active_directory=domain.profile())
    steps = ("f9", "type:expire", "enter")
    assert snap_compare(app, terminal_size=SIZES[variant][0], run_before=lambda pilot: act(pilot, steps))
