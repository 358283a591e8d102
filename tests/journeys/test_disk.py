"""A disk that is full, held by others, damaged or read-only: the screen says so, and no change is lost."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from services.places import state_file
from tests.faults.disks import Rival, small_disk
from tests.journeys.desk import ADELE, apply, direct_groups, find, free_groups, operator, toggle
from tests.journeys.served import served
from tests.journeys.terminal import Terminal

PAGE = ("--user", ADELE, "--tab", "security-groups")


def stored(path: Path) -> int:
    """How many changes are pending, by the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return int(file.execute("SELECT count(*) FROM pending").fetchone()[0])


def said(terminal: Terminal) -> str:
    """The message bar's sentence in full, by F3, in one line."""
    terminal.press("f3")
    # the last line of the window too: what comes before it may be a part of the frame
    terminal.wait_for(lambda t: t.shows("What happened") and t.shows("Esc Close"))
    words = " ".join(line.strip(" │┃▏▕|") for line in terminal.screen)
    terminal.press("escape")
    terminal.wait_until_gone("What happened")
    return " ".join(words.split())


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose name is short, so that a path in it stands on one line."""
    with TemporaryDirectory() as found:
        yield Path(found)


def test_what_the_disk_refuses_is_kept_and_said(place: Path) -> None:
    with (
        served("--users", "60", "--groups", "200", "--ephemeral") as tenant,
        small_disk(place / "state") as disk,
    ):
        names = free_groups(tenant, 4)
        path = state_file(disk.folder)
        with operator(tenant, place, *PAGE) as terminal:
            terminal.wait_for("member of ")
            toggle(terminal, names[:1])
            disk.fill()
            find(terminal, names[1])
            terminal.press("space")
            terminal.wait_for("Warning: The disk is full: ")
            full = said(terminal)
            assert f"{path} cannot be written" in full
            assert "is in memory alone, and is stored by itself afterwards: leave Rollcall open" in full
            terminal.press("escape")
            terminal.wait_until_gone("filter:")
            terminal.press("escape")
            terminal.wait_for("2 changes on this tab · 2 in all · 1 not stored")
            toggle(terminal, names[2:3])
            terminal.wait_for("3 in all · 2 not stored")
            assert stored(path) == 1
            before = direct_groups(tenant)
            terminal.press("f2")
            terminal.wait_for(lambda t: t.shows("ready") and not t.shows("checking the tenant"))
            terminal.press("enter")
            terminal.wait_for("Error: The disk is full: ")
            terminal.press("f10", "f10")
            # a warning about the disk may stand before the count: it is said again when storing fails again
            terminal.wait_for(lambda t: t.shows("not stored") or t.shows("Warning: The disk is full: "))
            if not terminal.shows("not stored"):
                terminal.press("escape")
            terminal.wait_for("not stored")
            terminal.press("f10")
            terminal.wait_for("2 changes are in memory alone")
            terminal.press("enter")
            terminal.wait_until_gone("in memory alone")
            assert direct_groups(tenant) == before
            disk.make_room()
            terminal.wait_for("everything that is staged is stored")
            assert stored(path) == 3
            terminal.kill()
        rival = Rival(path)
        with operator(tenant, place, *PAGE) as terminal:
            terminal.wait_for("3 changes on this tab")
            asyncio.run(rival.hold())
            find(terminal, names[3])
            terminal.press("space")
            terminal.wait_for("Still storing the last change")
            rival.end()
            terminal.wait_for("It is stored now")
            assert stored(path) == 4
            terminal.press("escape", "escape")
            terminal.wait_until_gone("filter:")
            apply(terminal, 4)
            assert direct_groups(tenant) == before | set(names)
            terminal.press("f10")
            terminal.wait_for("F10 Quit")
            terminal.press("f10")
            assert terminal.wait_for_exit() == 0
        disk.set_writable(False)
        with operator(tenant, place) as terminal:
            terminal.wait_for(
                lambda t: f"{path} cannot be read and written: make it yours" in "".join(t.screen)
            )
            assert terminal.wait_for_exit() == 2
        disk.set_writable(True)
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(b"\xa5" * 30_000)
        broken = path.read_bytes()
        with operator(tenant, place) as terminal:
            terminal.wait_for("not connected · F5 tries again")
            assert f"The state file {path} is damaged" in (full := said(terminal))
            assert "and start again; there is no backup beside it." in full
        assert path.read_bytes() == broken
