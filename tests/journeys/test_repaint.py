"""What a key writes to the terminal: the cells that changed, not the screen, whatever lies beneath."""

from pathlib import Path

from tests.journeys.desk import ADELE, operator
from tests.journeys.served import served

SWITCH = 1_000
"""Bytes; the screen anew takes six times as many."""


def test_a_switch_repaints_what_changed_and_the_covered_page_knows_of_it(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "200", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE, "--tab", "security-groups") as terminal,
    ):
        terminal.wait_for("member of ")
        terminal.press("down", "space")
        terminal.wait_for("1 change")
        terminal.settle()
        before = len(terminal.output)
        terminal.press("down", "space")
        terminal.wait_for("2 changes")
        terminal.settle()
        assert len(terminal.output) - before < SWITCH
        terminal.press("f10")
        terminal.wait_for("Guest users")
        terminal.wait_for("2 changes")
