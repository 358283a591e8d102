"""What a key writes to the terminal: the cells that changed, not the screen, whatever lies beneath."""

from pathlib import Path

from tests.journeys.desk import ADELE, operator
from tests.journeys.served import served
from tests.journeys.terminal import Terminal

SWITCH = 1_000
"""Bytes; the screen anew takes six times as many."""


def test_a_switch_repaints_what_changed_and_the_covered_page_knows_of_it(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "200", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE, "--tab", "security-groups") as terminal,
    ):
        terminal.wait_for("member of ")
        terminal.press("down", "space")
        terminal.wait_for("1 change")
        terminal.settle()
        before = len(terminal.output)
        terminal.press("down", "space")
        terminal.wait_for("2 changes")
        terminal.settle()
        assert len(terminal.output) - before < SWITCH
        terminal.press("f10")
        terminal.wait_for("Guest users")
        terminal.wait_for("2 changes")


STOCK = """
import sys
import tui.app
from textual.drivers.linux_driver import LinuxDriver
tui.app.TerminalDriver = LinuxDriver
from tui.cli import main
sys.exit(main())
"""


def test_the_screen_is_the_one_that_the_stock_driver_leaves(tmp_path: Path) -> None:
    page = ("--readonly", "--user", ADELE, "--tab", "security-groups")
    folders = [tmp_path / name for name in ("ours", "stock")]
    for folder in folders:
        folder.mkdir()
    with (
        served("--users", "60", "--groups", "900", "--ephemeral") as tenant,
        operator(tenant, folders[0], *page) as ours,
        operator(tenant, folders[1], *page, program=("-c", STOCK)) as stock,
    ):
        for terminal in (ours, stock):
            terminal.wait_for("member of ")
        for keys in (
            ("down", "down", "pagedown", "space"),
            ("f3",),
            ("escape", "/", *"fr", "backspace"),
            ("escape", "]", "[", "f1"),
            ("escape", "f10"),
        ):
            for terminal in (ours, stock):
                terminal.press(*keys)
            both_show_the_same(ours, stock)
        for terminal in (ours, stock):
            terminal.resize(100, 20)
        both_show_the_same(ours, stock)
        assert len(ours.output) < len(stock.output) / 2


def both_show_the_same(ours: Terminal, stock: Terminal) -> None:
    """Waits until both are through with their keys, and does not come back unless their cells are the same."""

    def same(terminal: Terminal) -> bool:
        stock.settle(0.05)
        return (terminal.cells, terminal.cursor) == (stock.cells, stock.cursor)

    while not (quiet(stock) and quiet(ours)):
        pass
    ours.wait_for(same, timeout=30)


def quiet(terminal: Terminal) -> bool:
    """Whether nothing comes any more."""
    return not terminal.settle(0.2)
