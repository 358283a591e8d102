"""A lost connection: the screen goes, what was started is finished, and another program watches it happen."""

from pathlib import Path

from tests.journeys.desk import ADELE, direct_groups, free_groups, operator, switch_on_all, toggle
from tests.journeys.served import served

PAGE = ("--user", ADELE, "--tab", "security-groups")


def test_a_lost_connection_in_the_middle_of_200_steps_loses_none(tmp_path: Path) -> None:
    flags = ("--users", "60", "--groups", "2500", "--ephemeral", "--latency-ms", "1500")
    with (
        served(*flags) as tenant,
        operator(tenant, tmp_path, *PAGE) as terminal,
        # it only reads: whatever it shows moving is moved by the other program
        operator(tenant, tmp_path, "--readonly") as other,
    ):
        before = direct_groups(tenant)
        terminal.wait_for("member of ")
        other.wait_for("Adele Vance")
        wanted = switch_on_all(terminal)
        assert wanted > 200
        terminal.press("f2")
        terminal.wait_for("ready")
        terminal.press("enter")
        terminal.wait_for(f"/{wanted} ")
        terminal.hang_up()
        assert len(direct_groups(tenant)) < len(before) + wanted
        other.wait_for(f"/{wanted} ")
        other.wait_for(f"{wanted:,} done", timeout=120)
        assert terminal.ended_within(60)
        assert len(direct_groups(tenant)) == len(before) + wanted


def test_without_anything_running_it_ends_at_once_and_keeps_what_is_staged(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        names = free_groups(tenant, 2)
        with operator(tenant, tmp_path, *PAGE) as terminal:
            terminal.wait_for("member of ")
            toggle(terminal, names)
            terminal.hang_up()
            assert terminal.ended_within(60)
        with operator(tenant, tmp_path, *PAGE) as terminal:
            terminal.wait_for("2 changes on this tab")
