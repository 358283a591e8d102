"""An operator at a terminal of 80x24, in front of a sandbox tenant that was started by itself."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.journeys.served import Served
from tests.journeys.terminal import Terminal

ADELE = "adelev@contoso.example"
"""The sandbox's first user, licensed for Exchange."""


@contextmanager
def operator(
    tenant: Served, folder: Path, *arguments: str, columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """The program connected to this tenant, with its state in `folder`."""
    config = tenant.configure(folder / "config.toml")
    places = ["--config", str(config), "--state", str(folder / "state")]
    command = [sys.executable, "-m", "tui.cli", *places, *arguments]
    with Terminal(command, columns=columns, rows=rows) as terminal:
        yield terminal


def objects(tenant: Served, path: str) -> list[dict[str, Any]]:
    """All objects of a Graph list, straight from the tenant."""
    found: list[dict[str, Any]] = []
    while path:
        status, body = tenant.ask("GET", path)
        assert status == 200, body
        found += body["value"]
        path = body.get("@odata.nextLink", "").removeprefix(tenant.graph_url)
    return found


def direct_groups(tenant: Served, user: str = ADELE) -> set[str]:
    """Names of the groups the user is a direct member of, straight from the tenant."""
    return {str(o["displayName"]) for o in objects(tenant, f"/v1.0/users/{quote(user)}/memberOf?$top=999")}


def free_groups(tenant: Served, count: int, user: str = ADELE) -> list[str]:
    """Names of security groups that the user may be put into and is not in; each name occurs once."""
    wanted = "$filter=" + quote("securityEnabled eq true and mailEnabled eq false")
    select = "$select=id,displayName,groupTypes,onPremisesSyncEnabled"
    groups = objects(tenant, f"/v1.0/groups?{wanted}&{select}&$top=999")
    every = objects(tenant, f"/v1.0/users/{quote(user)}/transitiveMemberOf?$top=999")
    held = {str(o["id"]) for o in every}
    names = [str(g["displayName"]) for g in groups]
    free = [
        str(g["displayName"])
        for g in groups
        if g["id"] not in held
        and not g["groupTypes"]
        and not g["onPremisesSyncEnabled"]
        and str(g["displayName"]).isascii()
        and len(str(g["displayName"])) < 30
        and sum(str(g["displayName"]) in name for name in names) == 1
    ]
    assert len(free) >= count
    return free[:count]


def toggle(terminal: Terminal, names: Sequence[str]) -> None:
    """Finds each row with the filter and presses Space on it; returns when all are stored and drawn."""
    before = len(staged(terminal))
    for number, name in enumerate(names, before + 1):
        terminal.press("/")
        terminal.type(name)
        terminal.wait_for(partial(_found_alone, name))
        terminal.press("enter", "space")
        noun = "change" if number == 1 else "changes"
        terminal.wait_for(f"{number} {noun} on this tab")
        terminal.press("escape")
        terminal.wait_until_gone("filter:")


def _found_alone(name: str, terminal: Terminal) -> bool:
    return terminal.shows("1 shown") and terminal.shows(f"/{name}")


def staged(terminal: Terminal) -> list[str]:
    """The lines with the value-changed mark."""
    return [line for line in terminal.screen if "] ✎" in line]
