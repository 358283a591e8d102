"""An export by keys alone at 80x24: what a filter shows goes to a file, which is found from the Process center."""

import csv
from pathlib import Path
from urllib.parse import quote

from tests.journeys.desk import ADELE, objects, operator
from tests.journeys.served import Served, served


def security_groups(tenant: Served, word: str) -> dict[str, str]:
    """Names of the security groups that hold the word, by id, straight from the tenant."""
    wanted = "$filter=" + quote("securityEnabled eq true and mailEnabled eq false")
    found = objects(tenant, f"/v1.0/groups?{wanted}&$select=id,displayName,description,mail&$top=999")
    texts = {str(g["id"]): f"{g['displayName']}\n{g['description']}\n{g['mail']}" for g in found}
    names = {str(g["id"]): str(g["displayName"]) for g in found}
    return {key: names[key] for key, text in texts.items() if word in text.casefold()}


def test_filtered_security_groups_go_to_a_file_that_the_process_center_opens(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        wanted = security_groups(tenant, "project")
        with operator(tenant, tmp_path, "--user", ADELE, "--tab", "security-groups") as terminal:
            terminal.wait_for("member of ")
            terminal.press("/")
            terminal.type("project")
            terminal.wait_for(f"{len(wanted)} shown")
            terminal.press("enter", "e")
            terminal.wait_for(f'(x) {len(wanted)} shown: filter "project"')
            terminal.press("down", "down", "down")
            terminal.wait_for("security-groups-20")
            terminal.press("ctrl+u")
            terminal.wait_until_gone("security-groups-20")
            terminal.type(str(tmp_path / "groups.csv"))
            terminal.wait_for("groups.csv")
            terminal.press("enter")
            terminal.wait_for("succeeded: 1 done")
            with (tmp_path / "groups.csv").open(encoding="utf-8-sig", newline="") as file:
                found = list(csv.reader(file))
            titles = next(n for n, record in enumerate(found) if record[:2] == ["Name", "Id"])
            assert {record[1]: record[0] for record in found[titles + 1 :]} == wanted
            terminal.press("shift+f6")
            terminal.wait_for("Process center")
            terminal.wait_for("Export Security groups")
            terminal.press("enter")
            terminal.wait_for(f"{len(wanted)} rows")
            terminal.press("o")
            # the pager has the terminal now
            terminal.wait_for("Member cannot be changed")
            terminal.press("q")
            terminal.wait_for("#1 Export Security groups")
            terminal.press("f10", "f10", "f10", "f10")
            assert terminal.wait_for_exit() == 0
