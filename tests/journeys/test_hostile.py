"""A hostile tenant at a real terminal: every tab and two exports, and not a byte of theirs is obeyed."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from services.sandbox.options import FUNCTIONAL_ROLES, PORTAL_APP_ID
from services.tabs.registry import TABS
from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served, served
from tests.journeys.terminal import Terminal

PROFILE = (
    f'portal_app_id = "{PORTAL_APP_ID}"',
    "[tenants.lab.functional_roles]",
    f'administrative_unit = "{FUNCTIONAL_ROLES}"',
)

EXPORTED = {"security-groups": "groups.csv", "shared-mailboxes": "mailboxes.xlsx"}

OURS = re.compile(
    r"\x1b\[[0-9;]*[mHJKABCDEFGXd]"  # colours, places, and clearing
    r"|\x1b\[\?[0-9;]+[hl]"  # modes
    r"|\x1b\[5n|\x1b\[\?[0-9;]*\$p|\x1b\[[<>=][0-9;]*[uc]|\x1b\[c|\x1b\[1[46]t"  # questions at the start
    r"|\x1b\]22;default\x07"  # the pointer's shape
    r"|[\x07\x08]"  # the bell, and a step to the left
)
"""Every sequence that the program itself writes; a text is printed between them."""

ATTACKS = (
    "\x1b]52;",
    "\x07clipboard",
    "\x1b[31mred",
    "\x1b]0;",
    "\x1b[6n",
    "\x9b",
    "\x90",
    "\x00",
    "\x08backspace",
    "\x7f",
    "\x85",
)
"""What of the tenant's names a terminal would obey; the program copies nothing on this journey."""


@pytest.fixture(scope="module")
def tenant() -> Iterator[Served]:
    """A tenant of hostile names."""
    with served("--users", "60", "--groups", "120", "--ephemeral", "--hostile") as found:
        yield found


def check(terminal: Terminal) -> None:
    """Of all that was written, nothing but the program's own sequences would be obeyed by any terminal."""
    text = OURS.sub("", terminal.output.decode())
    odd = {char for char in text if not char.isprintable() and char not in "\r\n\u200c\u200d"}
    assert not odd, [text[max(0, text.index(char) - 40) : text.index(char) + 40] for char in odd]
    assert not [attack for attack in ATTACKS if attack in terminal.output.decode()]
    assert not {char for char in text if unicodedata.bidirectional(char) in ("RLO", "LRO", "RLI", "FSI")}
    # eight marks on one letter are more than any script has
    assert not re.search(r"[\u0300-\u036f]{8}", text)


def loaded(terminal: Terminal, title: str) -> None:
    """Waits until the tab of this title is there and has come to its end."""
    terminal.wait_for(
        lambda shown: any(
            line.startswith(f"── {title} ── ") and not re.search("loading|refreshing|reading", line)
            for line in shown.screen
        )
    )


def test_every_tab_and_two_exports(tenant: Served, tmp_path: Path) -> None:
    with operator(tenant, tmp_path, "--user", ADELE, "--tab", "basics", profile=PROFILE) as terminal:
        for number, tab in enumerate(TABS):
            terminal.press(*["]"] * (number > 0))
            loaded(terminal, tab.title)
            terminal.press("G")
            if tab.id in ("security-groups", "devices", "sign-ins"):
                in_full(terminal)
            if tab.id in EXPORTED:
                export(terminal, tmp_path / EXPORTED[tab.id])
        terminal.press("f10")
        terminal.wait_for("F10 Quit")
        terminal.press("pagedown", ":")
        terminal.wait_for("Search for commands")
        terminal.type("'")
        terminal.press("escape")
        terminal.wait_until_gone("Search for commands")
        terminal.press("f10")
        assert terminal.wait_for_exit() == 0
        check(terminal)
    spreadsheets(tmp_path)


def in_full(terminal: Terminal) -> None:
    """Reads the last row of the tab in full, and closes that again."""
    terminal.press("f3")
    terminal.wait_for("Esc Close", 20)
    terminal.press("escape")
    terminal.wait_until_gone("Esc Close")


def export(terminal: Terminal, target: Path) -> None:
    """Exports the whole tab to this file, in the format that its name tells."""
    terminal.press("e")
    terminal.wait_for("Ctrl+U Clear", 20)
    terminal.press(*["right"] * (target.suffix == ".xlsx"))
    terminal.wait_for(f"(x) {target.suffix[1:].upper()}", 20)
    terminal.press("down", "down")
    # the end of the suggested name is shown where the cursor is
    terminal.wait_for(f"{target.suffix} ", 20)
    terminal.press("ctrl+u")
    terminal.wait_until_gone(f"{target.suffix} ", 20)
    terminal.type(str(target))
    terminal.wait_for(target.name, 20)
    terminal.press("enter")
    terminal.wait_for(lambda shown: target.exists(), 30)
    terminal.wait_until_gone("Ctrl+U Clear")


def spreadsheets(folder: Path) -> None:
    """No cell of theirs is a formula, in either kind of file."""
    (table,), (book,) = list(folder.glob("*.csv")), list(folder.glob("*.xlsx"))
    with table.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for record in csv.reader(file) for cell in record]
    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@")]
    found = openpyxl.load_workbook(book)
    for sheet in found:
        for line in sheet.iter_rows():
            assert {cell.data_type for cell in line} <= {"s", "n", "d", "b"}
            assert not [cell.hyperlink for cell in line if cell.hyperlink]
