"""A Local user is found and dealt with by keys alone at 80x24, in a real Active Directory beside the tenant."""

import json
from pathlib import Path

from services.domain_controller import DomainController
from tests.domain_controller import Domain
from tests.journeys.desk import operator
from tests.journeys.served import served
from tests.journeys.test_actions import begun, opened
from tests.journeys.test_reset_password import forms

CHOSEN = "Green-Meadow-31"


def table(found: DomainController) -> list[str]:
    """What stands of it in a profile file."""
    fields = {
        "server": found.server,
        "base_dn": found.base_dn,
        "bind_user": found.bind_user,
        "bind_password": found.bind_password.reveal(),
        "ca_certs_file": found.ca_certs_file,
        "server_name": found.server_name,
    }
    return [
        "[tenants.lab.active_directory]",
        *(f"{key} = {json.dumps(value)}" for key, value in fields.items()),
    ]


def test_a_local_users_password_is_reset_expired_and_let_count_again(domain: Domain, tmp_path: Path) -> None:
    guid = domain.add("lou", displayName="Lou Local", title="Printer")
    with (
        served("--users", "60", "--groups", "120", "--ephemeral") as tenant,
        operator(tenant, tmp_path, profile=table(domain.profile())) as terminal,
    ):
        terminal.wait_for("Adele Vance")
        opened(terminal, "lou@", "Lou Local")
        terminal.wait_for("Local user")
        assert terminal.shows("Printer")

        begun(terminal, "reset", "in fours, to read aloud")
        terminal.press("down", "space")
        terminal.wait_until_gone("New password")
        terminal.press("down")
        terminal.wait_for("▸ Custom password")
        terminal.type(CHOSEN)
        terminal.wait_for("What will be sent: 1 operation")
        terminal.press("f4")
        terminal.wait_for("Set-ADAccountPassword")
        assert terminal.shows("***")
        terminal.press("escape")
        terminal.wait_until_gone("Set-ADAccountPassword")
        terminal.press("f2")
        terminal.wait_for("succeeded: 1 done")
        # it is the right one, and the next logon asks for another
        assert domain.value(guid, "pwdLastSet") == "0"
        domain.change(guid, "pwdLastSet", "-1")
        assert domain.lets_in("lou", CHOSEN)

        begun(terminal, "expire", "Expire the password of Lou Local?")
        terminal.wait_for("What will be sent: 1 operation")
        terminal.press("f2")
        terminal.wait_for(
            lambda t: any("Expire password" in line and "succeeded: 1 done" in line for line in t.screen)
        )
        assert not domain.lets_in("lou", CHOSEN)

        terminal.press("shift+f6")
        terminal.wait_for("Process center")
        terminal.wait_for("Enter Steps")
        terminal.press("u")
        terminal.wait_for("1 operation to send")
        terminal.wait_for(lambda t: any("[x]" in line and "ready" in line for line in t.screen))
        terminal.press("enter")
        terminal.wait_for(lambda t: any("Undo of #2" in line and "succeeded" in line for line in t.screen))
        assert domain.lets_in("lou", CHOSEN)
        terminal.press("f10", "f10", "f10", "f10")
        assert terminal.wait_for_exit() == 0
    state = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert state
    for content in (path.read_bytes() for path in state):
        assert not any(form in content for secret in (CHOSEN, domain.administrator) for form in forms(secret))
