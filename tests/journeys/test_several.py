"""Several users at once, by keys alone at 80x24: found, marked, opened together, switched, killed, applied."""

from pathlib import Path

from tests.journeys.desk import ADELE, apply, direct_groups, find, free_groups, go_to, operator
from tests.journeys.served import served
from tests.journeys.terminal import Terminal

ALEX = "alexw@contoso.example"


def mark(terminal: Terminal, typed: str, name: str, marked: int) -> None:
    """Finds a user and marks them without leaving the search."""
    terminal.press("/")
    terminal.type(typed)
    terminal.wait_for(lambda t: any(line.startswith("▸") and name in line for line in t.screen))
    terminal.press("tab")
    terminal.wait_for(f"{marked} marked")
    terminal.press("escape")
    terminal.wait_until_gone("search:")


def test_two_users_are_put_into_a_group_together(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        both = set(free_groups(tenant, 10)) & set(free_groups(tenant, 10, ALEX))
        group = min(both, key=len)
        with operator(tenant, tmp_path) as terminal:
            terminal.wait_for("Adele Vance")
            mark(terminal, "adelev", "Adele Vance", 1)
            mark(terminal, "alexw", "Alex Wilber", 2)
            terminal.wait_for("Enter Open 2 together")
            terminal.press("enter")
            terminal.wait_for("2 users  Adele Vance, Alex Wilber")
            go_to(terminal, "Security groups")
            find(terminal, group)
            terminal.press("space")
            terminal.wait_for("2 changes on this tab")
            terminal.wait_for("[x] ✎")
            terminal.kill()
        with operator(tenant, tmp_path) as terminal:
            # what was staged for both is staged still
            terminal.wait_for("2 changes")
            apply(terminal, 2)
        assert group in direct_groups(tenant, ADELE)
        assert group in direct_groups(tenant, ALEX)
