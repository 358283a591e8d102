"""Licences by keys alone at 80x24: a usage location that is asked for, a service plan, a request to the marketplace."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served, ask, served
from tests.journeys.terminal import Terminal

JONI = "joniw@contoso.example"
FLOW = "f30db892-07e9-47e9-837c-80727f46fd3d"
E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"


def _held(tenant: Served, user: str) -> dict[str, Any]:
    """The user's usage location and licences, straight from the tenant."""
    path = f"/v1.0/users/{quote(user)}?$select=usageLocation,assignedLicenses"
    status, body = tenant.ask("GET", path)
    assert status == 200, body
    licences = {found["skuId"]: found["disabledPlans"] for found in body["assignedLicenses"]}
    return {"usageLocation": body["usageLocation"], "licences": licences}


def _find(terminal: Terminal, name: str) -> None:
    """Puts the cursor on the row of this name, with all rows shown again."""
    terminal.press("/")
    terminal.type(name)
    terminal.wait_for("1 shown")
    terminal.press("enter")


def _apply(terminal: Terminal, operations: str, end: str) -> None:
    terminal.press("f2")
    terminal.wait_for(operations)
    terminal.wait_for("ready")
    terminal.press("enter")
    terminal.wait_for(end)


def test_the_usage_location_is_asked_for_and_written_before_the_licence(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "40", "--ephemeral") as tenant:
        assert _held(tenant, JONI) == {"usageLocation": None, "licences": {}}
        with operator(tenant, tmp_path, "--user", JONI, "--tab", "licenses") as terminal:
            terminal.wait_for("on in 0")
            _find(terminal, "Automate")
            terminal.press("space")
            terminal.wait_for("no licence without one")
            terminal.press("escape")
            terminal.wait_for("Nothing was staged")
            terminal.press("space")
            terminal.wait_for("no licence without one")
            terminal.type("norway")
            terminal.press("enter")
            terminal.wait_for("Staged with it, and done before it: Usage location")
            _apply(terminal, "2 operations", "succeeded: 2 done")
            assert _held(tenant, JONI) == {"usageLocation": "NO", "licences": {FLOW: []}}
            terminal.wait_for("on in 1")


def test_a_service_plan_is_switched_off_on_the_licences_own_page(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "40", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE, "--tab", "licenses") as terminal,
    ):
        terminal.wait_for("on in 2")
        _find(terminal, "Office 365 E3")
        terminal.press("enter")
        terminal.wait_for("Exchange Online (Plan 2)")
        _find(terminal, "Teams")
        terminal.press("space")
        terminal.wait_for("1 change on this tab")
        terminal.press("f10")
        terminal.wait_for("1 changed behind rows")
        _apply(terminal, "1 operation ", "succeeded: 1 done")
        assert _held(tenant, ADELE)["licences"][E3] == [TEAMS]
        terminal.press("enter")
        terminal.wait_for(lambda t: any("[ ]" in line and "Microsoft Teams" in line for line in t.screen))


def test_without_a_seat_the_licence_is_requested_and_the_request_cancelled(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "40", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE, "--tab", "licenses") as terminal,
    ):
        terminal.wait_for("on in 2")
        _find(terminal, "Mobility")
        terminal.press("space")
        terminal.wait_for("1 change on this tab")
        terminal.press("f2")
        terminal.wait_for("Request licence")
        terminal.wait_for("ready")
        terminal.press("enter")
        terminal.wait_for("succeeded: 1 done")
        terminal.wait_for("requested: pend")
        (request,) = _requests(tenant)
        assert (request["status"], request["skuId"]) == ("pending", EMS)
        assert request["userPrincipalName"] == ADELE
        assert EMS not in _held(tenant, ADELE)["licences"]
        terminal.press("space")
        terminal.wait_for("No seat is free")
        terminal.press("x")
        terminal.wait_for("Take back the licence request")
        terminal.wait_for(str(request["id"]))
        terminal.press("tab", "enter")
        terminal.wait_for("requested: canc")
        assert [found["status"] for found in _requests(tenant)] == ["cancelled"]


def _requests(tenant: Served) -> list[dict[str, Any]]:
    """The requests of the marketplace, straight from it."""
    status, body = ask(tenant.marketplace_url, tenant.token, "GET", "/requests")
    assert status == 200, body
    found: list[dict[str, Any]] = body["value"]
    return found
