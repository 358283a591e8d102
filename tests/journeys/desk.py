"""An operator at a terminal of 80x24, in front of a sandbox tenant that was started by itself."""

import re
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

PROGRAM = ("-m", "tui.cli")


@contextmanager
def operator(
    tenant: Served,
    folder: Path,
    *arguments: str,
    columns: int = 80,
    rows: int = 24,
    profile: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
) -> Iterator[Terminal]:
    """The program connected to this tenant, with its state in `folder`; `profile` is more of its profile."""
    command = command_of(tenant, folder, *arguments, profile=profile, program=program)
    with Terminal(command, columns=columns, rows=rows) as terminal:
        yield terminal


def command_of(
    tenant: Served,
    folder: Path,
    *arguments: str,
    profile: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
) -> list[str]:
    """The command that starts it."""
    config = tenant.configure(folder / "config.toml", *profile)
    places = ["--config", str(config), "--state", str(folder / "state")]
    return [sys.executable, *program, *places, *arguments]


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


def go_to(terminal: Terminal, title: str) -> None:
    """Goes to the tab by `t` and its title; returns when it has loaded."""
    terminal.press("t")
    terminal.wait_for("Go to tab")
    terminal.type(title)
    terminal.wait_for(lambda t: t.shows(title) and "Esc" in "".join(t.screen))
    terminal.press("enter")
    terminal.wait_for(lambda t: any(_loaded(line, title) for line in t.screen))


def _loaded(line: str, title: str) -> bool:
    return line.startswith(f"── {title} ── ") and "loading" not in line and "refreshing" not in line


def toggle(terminal: Terminal, names: Sequence[str], switch: int = 0) -> None:
    """Finds each row with the filter and presses Space on it; returns when all are stored and drawn."""
    for name in names:
        find(terminal, name)
        number = changes_here(terminal) + 1
        terminal.press(*["right"] * switch, "space")
        terminal.wait_for(_count_of(number))
        terminal.press(*["left"] * switch, "escape")
        terminal.wait_until_gone("filter:")


def find(terminal: Terminal, name: str) -> None:
    """Filters a table down to the row of this name, and waits until all of its switches are known."""
    terminal.press("/")
    terminal.type(name)
    terminal.wait_for(partial(_found_alone, name))
    terminal.press("enter")
    terminal.wait_for(lambda t: any(name in line and "[" in line and "[·]" not in line for line in t.screen))


def cursor_on(terminal: Terminal, name: str) -> None:
    """Finds a row with the filter."""
    terminal.press("/")
    terminal.type(name)
    terminal.wait_for(lambda t: any(line.startswith("▸") and name in line for line in t.screen))
    terminal.press("enter")


def pick(terminal: Terminal, typed: str, name: str) -> None:
    """Types into the question in focus, and chooses the one that is found."""
    terminal.type(typed)
    terminal.wait_for(lambda t: any("▸" in line and name in line and "@" in line for line in t.screen))
    terminal.press("enter")
    terminal.wait_for(lambda t: t.shows("Who") and not t.shows("Type to filter"))


def switch_on_all(terminal: Terminal) -> int:
    """Stages every membership there can be on a tab with one switch; how many changes that are."""
    terminal.press("a")
    terminal.wait_for("is switched on in ")
    count = terminal.number_after("is switched on in ")
    terminal.type(str(count))
    terminal.press("enter", "enter")
    terminal.wait_for(f"{count} changes on this tab")
    return count


def flip_all(terminal: Terminal, name: str, before: str, switches: int) -> None:
    """Finds a row whose switches all stand at `before` ("[x]") and flips each of them."""
    find(terminal, name)
    staged_before = changes_here(terminal)
    assert any(line.count(before) == switches and name in line for line in terminal.screen), terminal.screen
    for number in range(1, switches + 1):
        terminal.press("space")
        terminal.wait_for(_count_of(staged_before + number))
        terminal.press("right")
    terminal.press(*["left"] * switches, "escape")
    terminal.wait_until_gone("filter:")


def changes_here(terminal: Terminal) -> int:
    """How many changes the footer counts on this tab; on a tab just opened it may be the last one's for a moment."""
    found = re.search(r"([0-9,]+) changes? on this tab", "\n".join(terminal.screen))
    return int(found[1].replace(",", "")) if found else 0


def edit(terminal: Terminal, title: str, text: str) -> None:
    """Types the text over a field's value."""
    field(terminal, title)
    number = changes_here(terminal) + 1
    terminal.press("enter")
    terminal.wait_for("Esc leaves it as it was")
    terminal.press("ctrl+u")
    terminal.type(text)
    terminal.press("enter")
    terminal.wait_for(_count_of(number))


def write(terminal: Terminal, title: str, text: str) -> None:
    """Types a text of several lines into a field's text area."""
    field(terminal, title)
    number = changes_here(terminal) + 1
    terminal.press("enter")
    terminal.wait_for("F2 Keep")
    terminal.paste(text)
    terminal.wait_for(text.splitlines()[-1])
    terminal.press("f2")
    terminal.wait_for(_count_of(number))


def choose(terminal: Terminal, title: str, typed: str, label: str) -> None:
    """Opens a field's list of choices (or people), types part of one, and takes it."""
    field(terminal, title)
    number = changes_here(terminal) + 1
    terminal.press("enter")
    terminal.wait_for("Enter Choose")
    terminal.type(typed)
    terminal.wait_for(lambda t: any("▸" in line and label in line for line in t.screen))
    terminal.press("enter")
    terminal.wait_for(_count_of(number))


def flip(terminal: Terminal, title: str) -> None:
    """Flips a field that is yes or no."""
    field(terminal, title)
    number = changes_here(terminal) + 1
    terminal.press("space")
    terminal.wait_for(_count_of(number))


def field(terminal: Terminal, title: str) -> None:
    """Puts the cursor on a field of a form that stands below it, line by line."""
    while not _at(terminal, title):
        before = _cursor(terminal)
        terminal.press("down")
        terminal.wait_for(lambda t: _cursor(t) not in ("", before))  # noqa: B023 - asked within this turn


def _at(terminal: Terminal, title: str) -> bool:
    return f"{_cursor(terminal)}  ".lstrip(" ▸✎").startswith(f"{title}  ")


def _cursor(terminal: Terminal) -> str:
    return next((line for line in terminal.screen if line.startswith(" ▸")), "")


def apply(terminal: Terminal, operations: int) -> None:
    """Reviews and applies everything; returns when every operation was done."""
    terminal.press("f2")
    terminal.wait_for(f"{operations} operations")
    # a screen that is still being drawn shows neither
    terminal.wait_for(lambda t: t.shows("ready") and not t.shows("checking the tenant"))
    terminal.press("enter")
    terminal.wait_for(f"succeeded: {operations} done")


def _count_of(number: int) -> str:
    return f"{number} {'change' if number == 1 else 'changes'} on this tab"


def _found_alone(name: str, terminal: Terminal) -> bool:
    return terminal.shows("1 shown") and terminal.shows(f"/{name}")


def staged(terminal: Terminal) -> list[str]:
    """The lines with the value-changed mark."""
    return [line for line in terminal.screen if "] ✎" in line]
