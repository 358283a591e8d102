"""Schedules by keys alone at 80x24: made, seen on the user and in the list, changed, run, cancelled."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served, served
from tests.journeys.terminal import Terminal
from tests.tui.test_worker import schedule

JONI = "joniw@contoso.example"
"""Somebody without a licence and without a usage location."""

BACK, DOWN = "\x7f", "\x1b[B"


def enabled(tenant: Served, user: str = ADELE) -> bool:
    """Whether the user may sign in, straight from the tenant."""
    status, body = tenant.ask("GET", f"/v1.0/users/{quote(user)}?$select=accountEnabled")
    assert status == 200
    return bool(body["accountEnabled"])


def licences(tenant: Served) -> list[str]:
    """The ids of Joni's licences, straight from the tenant."""
    status, body = tenant.ask("GET", f"/v1.0/users/{JONI}?$select=assignedLicenses")
    assert status == 200
    return [str(each["skuId"]) for each in body["assignedLicenses"]]


def put(terminal: Terminal, field: str, length: int, text: str) -> None:
    """Empties the field of the form that has the cursor, and types the text: each when the screen is ready for it."""
    marked = re.compile(rf"▸ {field}  ")
    terminal.wait_for(lambda t: any(marked.search(line) for line in t.screen))
    terminal.press(*["backspace"] * length)
    emptied = re.compile(rf"▸ {field}\s+│")
    terminal.wait_for(lambda t: any(emptied.search(line) for line in t.screen))
    terminal.type(text)


def confirmed(terminal: Terminal) -> None:
    """Says yes to what is asked once more: nothing of the user's goes but the sign-in."""
    terminal.wait_for("Schedule a sign-in block for Adele Vance?")
    terminal.wait_for("Groups, functional roles and licences stay.")
    terminal.press("right", "enter")


def test_a_block_is_scheduled_seen_changed_and_run_at_once(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "200", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", ADELE) as terminal,
    ):
        terminal.wait_for("Job title")
        terminal.press("f9")
        terminal.wait_for("More actions: Adele Vance")
        terminal.wait_for("Enable sign-in  (the sign-in is not blocked)")
        terminal.type("schedule sign")
        terminal.press("enter")
        terminal.wait_for("Schedule a sign-in block")
        terminal.wait_for("No worker is alive")
        terminal.wait_for(lambda t: any("▸ Date  " in line for line in t.screen))
        # in one burst, as over a slow line: each letter goes to the line that the key before it led to
        terminal.type(f"{BACK * 10}2031-03-30{DOWN}{BACK * 5}02:30{DOWN}{BACK * 15}berlin")
        terminal.wait_for("There is no 02:30 on 2031-03-30 in Europe/Berlin")
        terminal.press("up")
        put(terminal, "Time", 5, "09:15")
        terminal.wait_for("2031-03-30 09:15 Europe/Berlin = 2031-03-30 07:15 UTC")
        terminal.press("f2")
        confirmed(terminal)
        terminal.wait_for("Scheduled. No worker is alive")
        terminal.wait_for("Sign-in block scheduled 2031-03-30")
        assert enabled(tenant)
        terminal.press("f7")
        terminal.wait_for("1 to come")
        terminal.wait_for("2031-03-30 07:15")
        terminal.press("d")
        terminal.wait_for("Sun 2031-03-30")
        terminal.press("d")
        terminal.wait_until_gone("Sun 2031-03-30")
        terminal.press("c")
        terminal.wait_for("Schedule a sign-in block")
        terminal.wait_for("2031-03-30")
        terminal.press("down")
        put(terminal, "Time", 5, "10:00")
        terminal.wait_for("2031-03-30 10:00 Europe/Berlin = 2031-03-30 08:00 UTC")
        terminal.press("f2")
        confirmed(terminal)
        # the form tells the same time
        terminal.wait_until_gone("Schedule a sign-in block")
        terminal.wait_for("2031-03-30 08:00")
        terminal.press("r")
        terminal.wait_for("Run now?")
        terminal.press("tab", "enter")
        terminal.wait_for("started: #1")
        terminal.wait_for("succeeded: 3 done")
        assert not enabled(tenant)
        terminal.press("escape")
        terminal.wait_for("Sign-in blocked")
        terminal.wait_until_gone("Sign-in block scheduled")


def schedule_licence(terminal: Terminal) -> None:
    """Schedules the first licence for Joni, whose usage location is asked for; returns when the header tells it."""
    terminal.wait_for("Job title")
    terminal.press("f9")
    terminal.wait_for("More actions")
    terminal.type("license")
    terminal.press("enter")
    terminal.wait_for("Schedule licences for Joni Wagner")
    terminal.press("f2")
    terminal.wait_for("at least one licence")
    terminal.press("enter")
    terminal.wait_for("Usage location")
    terminal.type("norway")
    terminal.press("enter")
    terminal.wait_for("Norway (NO)")
    terminal.press("down", "down", "down", "down", "space")
    terminal.wait_for("[x]")
    terminal.wait_for("2 operations as things are now")
    terminal.press("f2")
    terminal.wait_for("Licences scheduled")


def test_a_scheduled_licence_reserves_its_seat_and_comes(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "200", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", JONI) as terminal,
    ):
        assert licences(tenant) == []
        schedule_licence(terminal)
        with operator(tenant, tmp_path, "--user", ADELE, "--tab", "licenses", columns=120) as other:
            other.wait_for("Office 365 E3")
            (header,) = [line for line in other.screen if "Reserved" in line]
            (row,) = [line for line in other.screen if "Office 365 E3" in line]
            at = header.index("Reserved")
            assert row[at : at + len("Reserved")].split() == ["1"]
        terminal.press("f7")
        terminal.wait_for("1 to come")
        terminal.press("r")
        terminal.wait_for("Run now?")
        terminal.press("tab", "enter")
        terminal.wait_for("started: #1")
        terminal.wait_for("succeeded: 2 done")
        assert licences(tenant) == ["6fd2c87f-b296-42f0-b197-1e91e994b900"]
        terminal.press("escape")
        terminal.wait_for("Job title")
        terminal.wait_until_gone("Licences scheduled")


def test_a_schedule_is_cancelled_and_seen_by_another_program(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "200", "--ephemeral") as tenant,
        operator(tenant, tmp_path, "--user", JONI) as terminal,
    ):
        schedule_licence(terminal)
        with operator(tenant, tmp_path) as other:
            other.wait_for("Adele Vance")
            other.press("f7")
            other.wait_for("1 to come")
            other.press("x")
            other.wait_for("Cancel this schedule?")
            other.press("tab", "enter")
            other.wait_for("cancelled")
            other.wait_for("0 to come")
        terminal.wait_until_gone("Licences scheduled")


def test_one_that_was_missed_for_days_asks_and_a_late_one_starts_by_itself(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "200", "--ephemeral") as tenant:
        schedule(tenant, tmp_path, ADELE, timedelta(days=3))
        schedule(tenant, tmp_path, "alexw@contoso.example", timedelta(hours=3))
        with operator(tenant, tmp_path) as terminal:
            terminal.wait_for("1 schedule was missed while nothing ran")
            terminal.press("f7")
            terminal.wait_for("missed: run it?")
            terminal.wait_for("started, late: #1")
            assert enabled(tenant)
            terminal.press("home", "r")
            terminal.wait_for("Run now?")
            terminal.press("tab", "enter")
            terminal.wait_for("started, late: #2")
            terminal.wait_for(lambda _: not enabled(tenant))
            assert not enabled(tenant, "alexw@contoso.example")
