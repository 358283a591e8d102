"""kill -9 at any moment loses no staged change and no started process."""

from pathlib import Path

from tests.journeys.desk import ADELE, direct_groups, free_groups, operator, switch_on_all, toggle
from tests.journeys.served import served

PAGE = ("--user", ADELE, "--tab", "security-groups")


def test_staged_changes_are_there_after_a_kill(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        names = free_groups(tenant, 2)
        with operator(tenant, tmp_path, *PAGE) as terminal:
            terminal.wait_for("member of ")
            toggle(terminal, names)
            terminal.kill()
        with operator(tenant, tmp_path, *PAGE) as terminal:
            terminal.wait_for("2 changes on this tab")
            terminal.press("m", "m")
            terminal.wait_for(
                lambda t: all(any(n in line and "✎" in line for line in t.screen) for n in names)
            )


def test_a_process_killed_in_the_middle_is_finished_after_a_restart(tmp_path: Path) -> None:
    flags = ("--users", "60", "--groups", "5000", "--ephemeral", "--latency-ms", "300")
    with served(*flags) as tenant:
        before = direct_groups(tenant)
        with operator(tenant, tmp_path, *PAGE) as terminal:
            terminal.wait_for("member of ")
            wanted = switch_on_all(terminal)
            terminal.press("f2")
            terminal.wait_for("ready")
            terminal.press("enter")
            terminal.wait_for(lambda t: len(direct_groups(tenant)) > len(before))
            terminal.kill()
        after_kill = direct_groups(tenant)
        assert len(after_kill) < len(before) + wanted
        with operator(tenant, tmp_path) as terminal:
            terminal.wait_for("succeeded", timeout=90)
            assert len(direct_groups(tenant)) == len(before) + wanted
