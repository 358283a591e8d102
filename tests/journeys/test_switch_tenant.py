"""Two tenants in one profile file: switching keeps what is staged and what runs of each, and mixes nothing."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from services.places import state_file
from tests.journeys.desk import ADELE, PROGRAM, direct_groups, free_groups, toggle
from tests.journeys.served import served
from tests.journeys.terminal import Terminal

SIZE = ("--users", "40", "--groups", "60", "--ephemeral")


def switch(terminal: Terminal, name: str) -> None:
    """Switches by the palette; returns when the other tenant's users are listed."""
    terminal.press("ctrl+p")
    terminal.wait_for("Search for commands")
    terminal.type("switch tenant")
    terminal.wait_for("Switch tenant...")
    terminal.press("enter")
    terminal.wait_for("Type any part of the name")
    terminal.type(name)
    terminal.press("enter")
    terminal.wait_for(lambda t: t.screen[0].rstrip().endswith(f" {name}") and t.shows(ADELE))


def test_what_is_staged_waits_for_its_own_tenant(tmp_path: Path) -> None:
    with served(*SIZE, "--seed", "1") as first, served(*SIZE, "--seed", "2") as second:
        assert first.tenant_id != second.tenant_id
        one = first.configure(tmp_path / "one.toml").read_text()
        two = second.configure(tmp_path / "two.toml").read_text()
        config = tmp_path / "config.toml"
        text = one.replace("[tenants.lab]", "[tenants.north]") + two.replace(
            "[tenants.lab]", "[tenants.south]"
        )
        config.write_text(f'tenant = "north"\n{text}')
        config.chmod(0o600)
        state = tmp_path / "state"
        command = [sys.executable, *PROGRAM, "--config", str(config), "--state", str(state)]
        (group,) = free_groups(first, 1)
        before = direct_groups(second)
        with Terminal([*command, "--user", ADELE, "--tab", "security-groups"]) as terminal:
            terminal.wait_for("Security groups ── ")
            toggle(terminal, [group])
            terminal.press("f10")
            switch(terminal, "south")
            terminal.press("f2")
            terminal.wait_for("Nothing is staged")
            switch(terminal, "north")
            terminal.wait_for("1 change not applied yet")
            terminal.press("f2")
            terminal.wait_for(group)
            terminal.press("enter")
            terminal.wait_for("succeeded: 1 done")
        assert group in direct_groups(first)
        assert direct_groups(second) == before
    with closing(sqlite3.connect(state_file(state))) as journal:
        assert journal.execute("SELECT DISTINCT tenant FROM processes").fetchall() == [(first.tenant_id,)]
        assert journal.execute("SELECT count(*) FROM pending").fetchone() == (0,)
