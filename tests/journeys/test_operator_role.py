"""A Help desk at the terminal: what the role leaves out is listed with the reason, and nothing of it is staged."""

import sqlite3
from contextlib import closing
from pathlib import Path

from services.places import state_file
from services.sandbox.options import PORTAL_APP_ID
from tests.journeys.desk import ADELE, edit, go_to, operator
from tests.journeys.served import served

PROFILE = (f'portal_app_id = "{PORTAL_APP_ID}"', 'ask_reason = "Ticket number"')
MINE = "our portal role (Help desk) "


def test_a_help_desk_is_told_what_is_not_theirs(tmp_path: Path) -> None:
    flags = ("--users", "60", "--groups", "120", "--ephemeral", "--operator-role", "Help desk")
    with served(*flags) as tenant:
        start = ("--user", ADELE, "--tab", "licenses")
        with operator(tenant, tmp_path, *start, profile=PROFILE) as terminal:
            terminal.wait_for("Licenses ── ")
            terminal.wait_for("[x]")
            terminal.press("space")
            terminal.wait_for(f"Y{MINE}does not include chang")
            assert not terminal.shows("on this tab")
            terminal.press("t")
            terminal.type("directory")
            terminal.wait_for(f"Directory roles  (y{MINE}lacks it)")
            terminal.press("escape", "f9")
            terminal.wait_for("More actions")
            terminal.type("block")
            terminal.wait_for(
                lambda t: any("Block sign-in" in line and MINE[:16] in line for line in t.screen)
            )
            terminal.press("escape", "f2")
            terminal.wait_for("Nothing is staged")
            go_to(terminal, "Basics")
            edit(terminal, "Job title", "Archivist")
            status, body = tenant.ask("GET", f"/v1.0/users/{ADELE}?$select=jobTitle")
            assert (status, body["jobTitle"] != "Archivist") == (200, True)
            terminal.press("f2")
            terminal.wait_for("ready")
            terminal.press("enter")
            terminal.wait_for("Nothing is started without it")
            terminal.press("enter")
            terminal.press("escape")
            terminal.wait_for("Nothing was started.")
            terminal.press("enter")
            terminal.wait_for("Nothing is started without it")
            terminal.type("INC-4711")
            terminal.wait_for("It is stored with the process")
            terminal.press("enter")
            terminal.wait_for("succeeded: 1 done")
            assert tenant.ask("GET", f"/v1.0/users/{ADELE}?$select=jobTitle")[1]["jobTitle"] == "Archivist"
            terminal.press("f9")
            terminal.wait_for("More actions")
            terminal.type("revoke")
            terminal.press("enter")
            terminal.wait_for("What will be sent: 1 operation")
            terminal.press("f2")
            terminal.wait_for("INC-4711")
            terminal.press("enter")
            terminal.wait_for("Revoke cloud sessions · Adele Vance")
            terminal.press("shift+f6")
            terminal.wait_for("2, the newest first")
            terminal.press("enter")
            terminal.wait_for("INC-4711")
    with closing(sqlite3.connect(state_file(tmp_path / "state"))) as state:
        assert state.execute("SELECT reason FROM processes").fetchall() == [("INC-4711",)] * 2
