"""Sign-in by keys alone at 80x24: blocked with what goes besides, undone, blocked bare, enabled, sessions revoked."""

from pathlib import Path
from typing import Any

from tests.journeys.desk import ADELE, direct_groups, operator
from tests.journeys.served import Served, served
from tests.journeys.test_actions import begun


def adele(tenant: Served) -> dict[str, Any]:
    """What the tenant knows of her sign-in."""
    fields = "accountEnabled,employeeHireDate,assignedLicenses,signInSessionsValidFromDateTime"
    status, body = tenant.ask("GET", f"/v1.0/users/{ADELE}?$select={fields}")
    assert status == 200
    return dict(body)


def licences(tenant: Served) -> set[str]:
    """The ids of her licences."""
    return {str(each["skuId"]) for each in adele(tenant)["assignedLicenses"]}


def test_a_block_takes_things_along_and_is_undone(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "120", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE) as terminal,
    ):
        before, held, groups = adele(tenant), licences(tenant), direct_groups(tenant)
        assert before["employeeHireDate"]
        terminal.wait_for("Job title")
        begun(terminal, "block sign", "Block the sign-in of Adele Vance?")
        terminal.wait_for("by a group; goes with it")
        # from Cancel, which has the focus, upwards
        terminal.press("up", "space", "up", "up", "space")
        terminal.wait_for(lambda t: sum("[x]" in line for line in t.screen) == 2)
        terminal.press("f2")
        terminal.wait_for("With the sign-in the user loses ")
        number = terminal.number_after("Type ")
        assert terminal.number_after("the user loses ") < number
        terminal.press("enter")
        assert adele(tenant)["accountEnabled"]
        terminal.type(str(number))
        terminal.press("enter")
        terminal.wait_for("Sign-in blocked")
        terminal.wait_for("succeeded: ")
        after = adele(tenant)
        assert (after["accountEnabled"], after["employeeHireDate"]) == (False, None)
        assert after["signInSessionsValidFromDateTime"] != before["signInSessionsValidFromDateTime"]
        gone = groups - direct_groups(tenant)
        # Visio, which Project Alpha hands out, is not counted: it went with that group
        assert (len(gone) + len(held) - 1, licences(tenant)) == (number, set())

        terminal.press("shift+f6")
        terminal.wait_for("Process center")
        terminal.wait_for("Enter Steps")
        terminal.press("u")
        terminal.wait_for("1 cannot be undone")
        terminal.wait_for(lambda t: sum("[x]" in line and "ready" in line for line in t.screen) > len(gone))
        terminal.press("enter")
        terminal.wait_for(lambda t: any("Undo of #1" in line and "succeeded" in line for line in t.screen))
        back = adele(tenant)
        assert (back["accountEnabled"], back["employeeHireDate"]) == (True, before["employeeHireDate"])
        assert (direct_groups(tenant), licences(tenant)) == (groups, held)
        terminal.press("escape")
        terminal.wait_for("Job title")
        terminal.wait_until_gone("Sign-in blocked")


def test_a_bare_block_is_ended_and_sessions_are_revoked(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "120", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE) as terminal,
    ):
        groups = direct_groups(tenant)
        terminal.wait_for("Job title")
        begun(terminal, "block sign", "Block the sign-in of Adele Vance?")
        terminal.press("f2")
        terminal.wait_for("Groups, functional roles and licences stay.")
        terminal.press("right", "enter")
        terminal.wait_for("Sign-in blocked")
        assert adele(tenant)["accountEnabled"] is False
        assert direct_groups(tenant) == groups
        begun(terminal, "enable", "Enable the sign-in of Adele Vance?")
        terminal.press("enter")
        terminal.wait_until_gone("Sign-in blocked")
        terminal.wait_for("succeeded: 1 done  Enable sign-in")
        assert adele(tenant)["accountEnabled"] is True
        since = adele(tenant)["signInSessionsValidFromDateTime"]
        begun(terminal, "revoke", "Revoke the cloud sessions of Adele Vance?")
        terminal.press("f2")
        terminal.wait_for("succeeded: 1 done  Revoke cloud sessions")
        assert adele(tenant)["signInSessionsValidFromDateTime"] > since
