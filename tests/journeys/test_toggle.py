"""The main job, by keys alone at 80x24: find a user, toggle five groups, apply, see them in the tenant."""

from pathlib import Path

from tests.journeys.desk import direct_groups, free_groups, operator, toggle
from tests.journeys.served import served


def test_an_operator_toggles_five_groups_and_finds_them_in_the_tenant(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        names = free_groups(tenant, 5)
        before = direct_groups(tenant)
        with operator(tenant, tmp_path) as terminal:
            terminal.wait_for("Adele Vance")
            terminal.press("/")
            terminal.type("adele")
            terminal.wait_for("1 shown")
            terminal.press("enter")
            terminal.wait_for("Job title")
            terminal.press("t")
            terminal.wait_for("Go to tab")
            terminal.type("secur")
            terminal.press("enter")
            terminal.wait_for("member of ")
            toggle(terminal, names)
            terminal.press("f2")
            terminal.wait_for("5 operations")
            terminal.wait_for("ready")
            terminal.press("enter")
            terminal.wait_for("succeeded: 5 done")
            assert direct_groups(tenant) == before | set(names)
            terminal.press("f5", "/")
            terminal.type(names[0])
            terminal.wait_for(lambda t: any("[x]" in line and names[0] in line for line in t.screen))
            terminal.press("escape", "f10", "f10")
            assert terminal.wait_for_exit() == 0


def test_what_was_toggled_back_is_not_sent(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        name = free_groups(tenant, 1)[0]
        with operator(
            tenant, tmp_path, "--user", "adelev@contoso.example", "--tab", "security-groups"
        ) as terminal:
            terminal.wait_for("member of ")
            toggle(terminal, [name])
            terminal.press("/")
            terminal.type(name)
            terminal.wait_for("1 shown")
            terminal.press("enter", "space")
            terminal.wait_until_gone("on this tab")
            terminal.press("f2")
            terminal.wait_for("Nothing is staged")


def test_read_only_refuses_to_stage(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        start = ("--readonly", "--user", "adelev@contoso.example", "--tab", "security-groups")
        with operator(tenant, tmp_path, *start) as terminal:
            terminal.wait_for("member of ")
            terminal.press("space")
            terminal.wait_for("read-only")
            terminal.press("f2")
            terminal.wait_for("Nothing is staged")


def test_enter_before_the_check_ended_applies_after_it_and_escape_takes_it_back(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral", "--latency-ms", "900") as tenant:
        before = direct_groups(tenant)
        name = free_groups(tenant, 1)[0]
        start = ("--user", "adelev@contoso.example", "--tab", "security-groups")
        with operator(tenant, tmp_path, *start) as terminal:
            terminal.wait_for("member of ")
            toggle(terminal, [name])
            terminal.press("f2")
            terminal.wait_for("checking the tenant")
            terminal.press("enter")
            terminal.wait_for("as soon as the tenant was checked")
            terminal.press("escape")
            terminal.wait_for("1 change on this tab")
            terminal.press("f2")
            terminal.wait_for("checking the tenant")
            assert direct_groups(tenant) == before
            terminal.wait_for("ready")
            terminal.press("f5")
            terminal.wait_for("checking the tenant")
            terminal.press("enter")
            terminal.wait_for("succeeded: 1 done")
            assert direct_groups(tenant) == before | {name}
