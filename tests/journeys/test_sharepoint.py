"""SharePoint by keys alone at 80x24: two sites, one of them a group's, and a subsite on the page of its site."""

from pathlib import Path
from typing import Any

import httpx

from tests.journeys.desk import ADELE, objects, operator
from tests.journeys.served import Served, served
from tests.journeys.terminal import Terminal


def inside(tenant: Served, web: str, role: str) -> set[str]:
    """Login names in one of a site's own groups, straight from the tenant."""
    headers = {"Authorization": f"Bearer {tenant.token}", "Accept": "application/json;odata=nometadata"}
    address = f"{tenant.sharepoint_url}{web}/_api/web/associated{role}group/users"
    answer = httpx.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return {str(one["LoginName"]).rpartition("|")[2] for one in found}


def on(terminal: Terminal, name: str) -> None:
    """Puts the cursor on the one row that the filter finds, when its switches are known."""
    terminal.press("/")
    terminal.type(name)
    terminal.wait_for(lambda t: t.shows("1 shown") and t.shows(f"/{name}"))
    terminal.press("enter")
    terminal.wait_for(
        lambda t: any(name in line and "▸ [" in line and "[·]" not in line for line in t.screen)
    )


def clear(terminal: Terminal) -> None:
    """Leaves the filter, once it is shown: what is pressed right behind Esc would be taken for one key with it."""
    terminal.wait_for("filter:")
    terminal.press("escape")
    terminal.wait_until_gone("filter:")


def flip(terminal: Terminal, column: int, count: int) -> None:
    """Switches the cursor's row in this column, and waits until it is stored and drawn."""
    terminal.press("home", *["right"] * column, "space")
    terminal.wait_for(f"· {count} in all")


def test_sites_and_a_subsite_are_changed_where_each_is_decided(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        group = next(
            g["id"]
            for g in objects(tenant, "/v1.0/groups?$top=999")
            if g["displayName"] == "Contoso Marketing"
        )
        before = inside(tenant, "/sites/archive-leeds", "visitor")
        with operator(tenant, tmp_path, "--user", ADELE, "--tab", "sharepoint") as terminal:
            terminal.wait_for("visitor known in")
            on(terminal, "Archive Leeds")
            flip(terminal, 0, 1)
            clear(terminal)
            on(terminal, "Contoso Marketing")
            flip(terminal, 2, 2)
            clear(terminal)
            on(terminal, "Engineering Portal")
            terminal.press("enter")
            terminal.wait_for("(this site)")
            on(terminal, "Vault")
            flip(terminal, 1, 3)
            terminal.press("f2")
            terminal.wait_for("3 operations")
            terminal.wait_for("ready")
            terminal.press("enter")
            terminal.wait_for("succeeded: 3 done")
            assert inside(tenant, "/sites/archive-leeds", "visitor") == before | {ADELE}
            owners = objects(tenant, f"/v1.0/groups/{group}/owners?$select=id,userPrincipalName")
            assert ADELE in {o["userPrincipalName"] for o in owners}
            assert inside(tenant, "/sites/engineering/vault", "member") == {ADELE}
            terminal.wait_for(lambda t: any("Vault" in line and "[x]" in line for line in t.screen))
            clear(terminal)
            terminal.press("f10")
            terminal.wait_for("‹SharePoint›")
            clear(terminal)
            on(terminal, "Archive Leeds")
            terminal.wait_for(lambda t: any("Archive Leeds" in line and "[x]" in line for line in t.screen))
            terminal.press("escape", "f10", "f10")
            assert terminal.wait_for_exit() == 0
