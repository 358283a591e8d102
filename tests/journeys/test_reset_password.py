"""A password is reset by keys alone at 80x24, and afterwards stands nowhere: on no screen, in no file."""

import base64
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.sandbox import passwords
from tests.journeys.desk import ADELE, objects, operator
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal
from tests.sandbox import listening

_COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)")


@contextmanager
def watched(folder: Path, *flags: str) -> Iterator[Served]:
    """The sandbox with its data, and all that it says while it serves, in this folder."""
    command = [sys.executable, "-m", "tui.cli", "sandbox", "--users", "60", "--groups", "120"]
    command += ["--data", str(folder / "tenant.db"), *flags]
    said = ["sh", "-c", 'exec "$@" 2>"$0"', str(folder / "sandbox.log"), *command]
    with listening(said, Served) as tenant:
        yield tenant


def password_on(terminal: Terminal) -> str:
    """What the form shows as the new password."""
    found = [match[1] for line in terminal.screen if (match := re.search(r"New password +(\S+)", line))]
    assert len(found) == 1, terminal.screen
    return found[0]


def copied(terminal: Terminal) -> list[str]:
    """Everything that was sent to the terminal's clipboard."""
    return [base64.b64decode(text).decode() for text in _COPIED.findall(bytes(terminal.output))]


def forms(text: str) -> list[bytes]:
    """The text as it might stand in a file or on the wire."""
    return [
        text.encode(),
        text.encode("utf-16-le"),
        base64.b64encode(text.encode()),
        text.encode().hex().encode(),
    ]


def nowhere(folder: Path, text: str, *more: str) -> None:
    """No file below the folder has it: state, profile, the tenant's data, what the sandbox said, and `more`."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    wanted = ("rollcall.db", "config.toml", "tenant.db", "sandbox.log", *more)
    assert all(any(path.match(name) for path in files) for name in wanted), files
    for path in files:
        content = path.read_bytes()
        assert not any(form in content for form in forms(text)), path


def opened(terminal: Terminal) -> str:
    """Opens the form; the password that it shows."""
    terminal.wait_for("Display name")
    terminal.press("r")
    terminal.wait_for("in fours, to read aloud")
    return password_on(terminal)


def test_a_generated_password_is_shown_once_copied_and_set(tmp_path: Path) -> None:
    with watched(tmp_path) as tenant:
        adele = str(tenant.ask("GET", f"/v1.0/users/{ADELE}")[1]["id"])
        with operator(tenant, tmp_path, "--user", ADELE, "--tab", "basics") as terminal:
            first = opened(terminal)
            terminal.press("f5")
            terminal.wait_for(lambda t: password_on(t) != first)
            text = password_on(terminal)
            terminal.press("y")
            terminal.wait_for("sent to the terminal's clipboard")
            assert copied(terminal) == [text]
            terminal.press("f4")
            terminal.wait_for("Update-MgUser")
            assert terminal.shows("***")
            terminal.press("escape")
            terminal.wait_until_gone("Update-MgUser")
            terminal.wait_for(lambda t: t.shows("New password") and t.shows("F2 Reset"))
            terminal.press("f2")
            terminal.wait_until_gone("New password")
            terminal.wait_for("1 done")
            closed = len(terminal.output)
            terminal.press("f6")
            terminal.wait_for("Ended: 1 done")
            terminal.press("f6", "shift+f6")
            terminal.wait_for("Process center")
            terminal.press("enter")
            terminal.wait_for("#1 Reset password")
            terminal.press("f10", "f10", "f10", "f10")
            assert terminal.wait_for_exit() == 0
            assert not any(form in terminal.output[closed:] for form in forms(text))
            assert not any(text in line for line in terminal.screen)
        assert passwords.matches(tmp_path / "tenant.db", adele, text)
        assert not passwords.matches(tmp_path / "tenant.db", adele, first)
    nowhere(tmp_path, text)
    nowhere(tmp_path, first)


def test_a_typed_password_is_checked_as_it_is_typed(tmp_path: Path) -> None:
    with watched(tmp_path) as tenant:
        adele = str(tenant.ask("GET", f"/v1.0/users/{ADELE}")[1]["id"])
        with operator(tenant, tmp_path, "--user", ADELE, "--tab", "basics") as terminal:
            opened(terminal)
            terminal.press("down", "space")
            terminal.wait_for("Custom password")
            terminal.wait_until_gone("New password")
            terminal.press("down")
            terminal.wait_for("▸ Custom password")
            terminal.type("adelev")
            terminal.wait_for("6 of at least 8 characters")
            terminal.wait_for('the user name "adelev" must')
            terminal.press("f2")
            terminal.wait_for("Custom password")
            terminal.press("ctrl+u")
            terminal.type("Blue-Harbour-27")
            terminal.wait_for("What will be sent: 1 operation")
            terminal.press("f2")
            terminal.wait_until_gone("Custom password")
            terminal.wait_for("1 done")
            terminal.press("f10", "f10")
            assert terminal.wait_for_exit() == 0
        assert passwords.matches(tmp_path / "tenant.db", adele, "Blue-Harbour-27")
    nowhere(tmp_path, "Blue-Harbour-27")


def test_neither_the_log_nor_a_crash_report_has_one(tmp_path: Path) -> None:
    page = ("--user", ADELE, "--tab", "basics", "--log", str(tmp_path / "wire.log"))
    program = ("-m", "tests.tui.defective", "form")
    with watched(tmp_path) as tenant, operator(tenant, tmp_path, *page, program=program) as terminal:
        sent = opened(terminal)
        terminal.press("f2")
        terminal.wait_until_gone("New password")
        terminal.wait_for("1 done")
        kept = opened(terminal)
        assert kept != sent
        # the form with the password in it is where the program breaks
        terminal.press("f4")
        assert terminal.wait_for_exit() == 1
        said = bytes(terminal.output).rpartition(b"\x1b[?1049l")[2]
    assert b"crash-" in said
    for text in (sent, kept):
        assert text.encode() not in said
        nowhere(tmp_path, text, "wire.log", "crash-*.txt")
    assert "passwordProfile" not in (tmp_path / "wire.log").read_text()
    assert "PATCH" in (tmp_path / "wire.log").read_text()


def test_a_write_back_that_a_kill_cut_off_is_unknown_and_never_sent_again(tmp_path: Path) -> None:
    with watched(tmp_path) as tenant:
        query = "/v1.0/users?$select=id,userPrincipalName,onPremisesSyncEnabled&$top=999"
        synced = next(user for user in objects(tenant, query) if user["onPremisesSyncEnabled"])
        start = ("--user", str(synced["userPrincipalName"]), "--tab", "basics")
        with operator(tenant, tmp_path, *start) as terminal:
            text = opened(terminal)
            assert terminal.shows("written back to Active Directory")
            terminal.press("f2")
            terminal.wait_for(lambda _: operations(tmp_path) == 1)
            terminal.kill()
        with operator(tenant, tmp_path) as terminal:
            terminal.wait_for("1 unknown", timeout=90)
        assert operations(tmp_path) == 1
    nowhere(tmp_path, text)


def operations(folder: Path) -> int:
    """How many write-backs the tenant was asked for."""
    with sqlite3.connect(f"file:{folder / 'tenant.db'}?mode=ro", uri=True) as db:
        found = db.execute("SELECT count(*) FROM documents WHERE collection = 'passwordOperations'")
        return int(found.fetchone()[0])
