"""Undo and retry by keys alone at 80x24: the tenant is as before, and a refused step is made good."""

from pathlib import Path

from tests.journeys.desk import ADELE, direct_groups, free_groups, objects, operator, toggle
from tests.journeys.served import Served, served


def group_id(tenant: Served, name: str) -> str:
    """The id of the group of this name, straight from the tenant."""
    return next(str(g["id"]) for g in objects(tenant, "/v1.0/groups?$top=999") if g["displayName"] == name)


def test_five_group_changes_are_undone_and_a_refused_one_is_retried(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        before = direct_groups(tenant)
        names = free_groups(tenant, 6)
        five, late = names[:5], names[5]
        with operator(tenant, tmp_path, "--user", ADELE, "--tab", "security-groups") as terminal:
            terminal.wait_for("member of ")
            toggle(terminal, five)
            terminal.press("f2")
            terminal.wait_for("5 operations · 5 changes")
            terminal.press("enter")
            terminal.wait_for("succeeded: 5 done")
            assert direct_groups(tenant) == before | set(five)

            terminal.press("shift+f6")
            terminal.wait_for("Process center")
            terminal.wait_for("Enter Steps")
            terminal.press("u")
            terminal.wait_for("5 operations to send")
            terminal.wait_for(lambda t: sum("[x]" in line and "ready" in line for line in t.screen) == 5)
            terminal.press("enter")
            terminal.wait_for(
                lambda t: any("Undo of #1" in line and "succeeded: 5 done" in line for line in t.screen)
            )
            assert direct_groups(tenant) == before
            terminal.press("escape")
            terminal.wait_for("member of ")

            toggle(terminal, [late])
            terminal.press("f2")
            terminal.wait_for("1 operation · 1 change")
            gone = group_id(tenant, late)
            assert tenant.ask("DELETE", f"/v1.0/groups/{gone}")[0] == 204
            terminal.press("enter")
            terminal.wait_for("1 refused")
            assert tenant.ask("POST", f"/v1.0/directory/deletedItems/{gone}/restore")[0] == 200
            terminal.press("shift+f6")
            terminal.wait_for("finished: 1 refused")
            terminal.wait_for("Enter Steps")
            terminal.press("enter")
            terminal.wait_for("#3 Apply changes")
            terminal.press("r")
            terminal.wait_for("1 operation to send")
            terminal.wait_for(lambda t: any("[x]" in line and "ready" in line for line in t.screen))
            terminal.press("enter")
            terminal.wait_for("succeeded: 1 done")
            assert direct_groups(tenant) == before | {late}
            terminal.press("f10", "f10", "f10", "f10")
            assert terminal.wait_for_exit() == 0
