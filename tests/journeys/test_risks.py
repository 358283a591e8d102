"""What is only read, by keys alone at 80x24: Risks with its bars, then every tab of records with a detail."""

from pathlib import Path

from tests.journeys.desk import ADELE, operator
from tests.journeys.served import served
from tests.journeys.terminal import Terminal

TENANT = ("--users", "60", "--groups", "120", "--ephemeral")
ALEX = "alexw@contoso.example"
FULL, EMPTY = "█", "░"


def go_to(terminal: Terminal, typed: str, shown: str) -> None:
    """Finds a tab by part of its name and waits until there are rows."""
    terminal.press("t")
    terminal.wait_for("Go to tab")
    terminal.type(typed)
    terminal.press("enter")
    terminal.wait_for(f"── {shown} ── ")
    terminal.wait_for(lambda t: any(line.startswith("▸") for line in t.screen))


def look_at(terminal: Terminal, *told: str) -> None:
    """Opens the row with the cursor, reads its window, and closes it."""
    terminal.press("enter")
    terminal.wait_for("Copy all")
    for text in told:
        terminal.wait_for(text)
    terminal.press("escape")
    terminal.wait_until_gone("Copy all")


def test_risks_are_seen_as_bars_and_findings_and_opened(tmp_path: Path) -> None:
    start = ("--user", ALEX, "--tab", "risks")
    with served(*TENANT) as tenant, operator(tenant, tmp_path, *start) as terminal:
        terminal.wait_for("Risk: medium")
        terminal.wait_for("actions in 7 days")
        for category in ("Network", "Configuration", "Endpoint security", "Identity access"):
            assert terminal.shows(category)
        assert terminal.shows(f"{FULL} risky {EMPTY} normal")
        assert sum(FULL in line for line in terminal.screen) > 4
        terminal.press("/")
        terminal.type("wrong passwords, then")
        terminal.wait_for(lambda t: any("6 wrong passwords" in line for line in t.screen))
        terminal.press("enter")
        look_at(terminal, "What was seen", "What to do", "failures-then-success", "failures = 5")


def test_each_tab_of_records_opens_a_detail(tmp_path: Path) -> None:
    start = ("--user", ADELE, "--tab", "onedrive")
    with served(*TENANT) as tenant, operator(tenant, tmp_path, *start) as terminal:
        terminal.wait_for(" of 1.0 TB")
        assert any(FULL in line and EMPTY in line for line in terminal.screen)
        look_at(terminal, "Address", "Last activity")
        go_to(terminal, "sign-ins", "Sign-ins")
        look_at(terminal, "Error code", "Device trust")
        terminal.press("f")
        terminal.wait_for("narrow the list")
        terminal.type("failed")
        terminal.press("enter")
        terminal.wait_for("failed only")
        terminal.wait_for(lambda t: t.shows("failed 5") and not t.shows(" signed in "))
        go_to(terminal, "audit", "Audit Logs")
        look_at(terminal, "Operation", "Reason")
        go_to(terminal, "license ch", "License changes")
        look_at(terminal, "By", "Correlation id")
        terminal.press("f10", "f10")
        assert terminal.wait_for_exit() == 0
