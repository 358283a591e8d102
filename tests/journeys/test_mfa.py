"""Sign-in methods by keys alone at 80x24: a number, an alternate without a primary, two devices at once."""

from pathlib import Path

from tests.journeys.desk import ADELE, apply, objects, operator, toggle
from tests.journeys.served import Served, served
from tests.journeys.terminal import Terminal

LEE = "leeg@contoso.example"
"""Somebody without any method at first."""


def numbers(tenant: Served, user: str) -> dict[str, str]:
    """Type to number, straight from the tenant."""
    found = objects(tenant, f"/v1.0/users/{user}/authentication/phoneMethods")
    return {each["phoneType"]: each["phoneNumber"] for each in found}


def devices(tenant: Served, user: str) -> set[str]:
    """Names of the devices, straight from the tenant."""
    found = objects(tenant, f"/v1.0/users/{user}/authentication/microsoftAuthenticatorMethods")
    return {each["displayName"] for each in found}


def open_methods(terminal: Terminal, name: str) -> None:
    """Goes by F9 to the page of the methods; returns when its first tab has loaded."""
    terminal.wait_for(lambda t: t.shows(name) and t.shows("Basics"))
    terminal.press("f9")
    terminal.wait_for("More actions")
    terminal.type("mfa")
    terminal.wait_for(lambda t: any("▸" in line and "Manage MFA methods" in line for line in t.screen))
    terminal.press("enter")
    terminal.wait_for("MFA methods")
    terminal.wait_for(
        lambda t: any(line.startswith("── Phone ──") and "loading" not in line for line in t.screen)
    )


def row(terminal: Terminal, kind: str, number: str) -> None:
    """Waits until the tab itself shows the number."""
    terminal.wait_for(lambda t: any(kind in line and number in line and "→" not in line for line in t.screen))


def test_numbers_are_added_changed_and_deleted(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        assert numbers(tenant, LEE) == {}
        with operator(tenant, tmp_path, "--user", LEE) as terminal:
            open_methods(terminal, "Lee Gu")
            terminal.wait_for("No number is registered for sign-in")
            terminal.press("insert")
            terminal.wait_for("Alternate mobile is not offered: it needs a primary mobile first")
            terminal.type("+49 15")
            terminal.wait_for("too short")
            terminal.press("f2")
            terminal.type("12 3456789")
            terminal.wait_for("+49 1512 3456789 (Germany) of Lee Gu")
            terminal.press("down", "enter")
            terminal.wait_for("Type to filter")
            assert not any(
                "▸ Alternate" in line or line.strip() == "Alternate mobile" for line in terminal.screen
            )
            terminal.press("escape")
            terminal.wait_until_gone("Type to filter")
            assert numbers(tenant, LEE) == {}
            terminal.press("f2")
            row(terminal, "Primary mobile", "+49 1512 3456789")
            assert numbers(tenant, LEE) == {"mobile": "+49 15123456789"}

            terminal.press("+")
            terminal.wait_for("Add phone authentication")
            assert not terminal.shows("is not offered")
            terminal.type("+44 7400 123456")
            terminal.wait_for("Add alternate mobile")
            terminal.press("f2")
            row(terminal, "Alternate mobile", "+44 7400 123456")

            terminal.press("home", "delete")
            terminal.wait_for("the alternate mobile needs it")
            terminal.press("home", "enter")
            terminal.wait_for("Change Primary mobile")
            terminal.press("ctrl+u")
            terminal.type("+49 1512 9999999")
            terminal.wait_for("What will be sent: 1 operation")
            terminal.press("f2")
            row(terminal, "Primary mobile", "+49 1512 9999999")
            assert numbers(tenant, LEE) == {
                "mobile": "+49 15129999999",
                "alternateMobile": "+44 7400123456",
            }

            terminal.press("end", "delete")
            terminal.wait_for("Delete alternate mobile?")
            terminal.press("right", "enter")
            terminal.wait_until_gone("Delete alternate mobile?")
            terminal.wait_until_gone("+44 7400 123456")
            assert set(numbers(tenant, LEE)) == {"mobile"}
            terminal.press("f10", "f10", "f10")
            assert terminal.wait_for_exit() == 0


def test_two_devices_are_staged_and_applied_as_one_process(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        before = devices(tenant, ADELE)
        gone = sorted(before)[:2]
        with operator(tenant, tmp_path, "--user", ADELE) as terminal:
            open_methods(terminal, "Adele Vance")
            terminal.press("]")
            terminal.wait_for("3 · registered 3")
            toggle(terminal, gone)
            terminal.wait_for("2 changes on this tab")
            assert sum("[ ] ✎" in line for line in terminal.screen) == 2
            assert devices(tenant, ADELE) == before
            apply(terminal, 2)
            terminal.wait_for("1 · registered 1")
            assert devices(tenant, ADELE) == before - set(gone)
            terminal.press("f10", "f10", "f10")
            assert terminal.wait_for_exit() == 0
