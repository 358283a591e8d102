"""PIM by keys alone at 80x24: a role is activated, used, over and activated again, and the process goes on."""

import re
from pathlib import Path

from tests.journeys.desk import ADELE, apply, direct_groups, free_groups, go_to, operator, toggle
from tests.journeys.served import served
from tests.journeys.terminal import Terminal


def activate(terminal: Terminal, role: str, why: str) -> None:
    """Activates a role from the palette; returns when the header counts how long it is active."""
    terminal.press(":")
    terminal.type("activate a role")
    terminal.wait_for("Activate a role")
    terminal.press("enter")
    terminal.wait_for("Ticket system")
    terminal.press("enter")
    terminal.wait_for("Type to filter")
    terminal.type(role)
    terminal.wait_for(lambda t: any("▸" in line and role in line for line in t.screen))
    terminal.press("enter")
    terminal.wait_until_gone("Type to filter")
    terminal.press("down", "down")
    terminal.type(why)
    terminal.wait_for(f"{role} for 1 hour")
    terminal.press("f2")
    terminal.wait_for("Groups Admin 1 h 00 min")


def test_a_process_outlives_the_end_of_a_role(tmp_path: Path) -> None:
    flags = ("--users", "60", "--groups", "120", "--ephemeral", "--eligible-only")
    with served(*flags) as tenant:
        first, second = (groups := free_groups(tenant, 4))[:2], groups[2:]
        with operator(tenant, tmp_path, "--user", ADELE) as terminal:
            terminal.wait_for(lambda t: t.shows("Adele Vance") and t.shows("Basics"))
            go_to(terminal, "Security groups")
            before = int(re.findall(r"member of ([0-9]+)", "\n".join(terminal.screen))[0])
            activate(terminal, "Groups Administrator", "INC 4711")
            toggle(terminal, first)
            apply(terminal, 2)
            assert set(first) <= direct_groups(tenant)

            assert tenant.ask("POST", "/control/roles/end")[0] == 204
            toggle(terminal, second)
            terminal.press("f2")
            terminal.wait_for(lambda t: t.shows("2 operations") and t.shows("ready"))
            terminal.press("enter")
            terminal.wait_for("Paused: Groups Administrator ended at")
            terminal.wait_until_gone("Groups Admin 1 h")
            assert not set(second) & direct_groups(tenant)

            activate(terminal, "Groups Administrator", "INC 4712")
            terminal.wait_for(f"member of {before + 4}")
            assert set(groups) <= direct_groups(tenant)
            terminal.press("f10", "f10")
            assert terminal.wait_for_exit() == 0
