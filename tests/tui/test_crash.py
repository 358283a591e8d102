"""A mistake of the program itself: reported without anybody's data, said on the terminal, and nothing is lost by it."""

import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.log.traces import trace
from tests.journeys.desk import ADELE, free_groups, toggle
from tests.journeys.served import Served, served
from tests.journeys.terminal import ROOT, Terminal
from tests.tui.defective import UNTOLD, broken
from tests.tui.test_worker import joins, process, start
from tui.cli import main

ALTERNATE_SCREEN_LEFT = b"\x1b[?1049l"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Served]:
    """A tenant that is only looked at, but for a process that does not come to its end."""
    with served("--users", "60", "--groups", "120", "--ephemeral") as found:
        yield found


def defective(tenant: Served, folder: Path, place: str, *arguments: str) -> list[str]:
    """The command of a program that breaks there, with its log."""
    config = tenant.configure(folder / "config.toml")
    places = ["--config", str(config), "--state", str(folder / "state")]
    return [sys.executable, "-m", "tests.tui.defective", place, *places, *arguments]


def report_of(folder: Path) -> str:
    """The one report there is."""
    (found,) = (folder / "state").glob("crash-*.txt")
    assert stat.S_IMODE(found.stat().st_mode) == 0o600
    return found.read_text()


def check(folder: Path, said: str, *more: str) -> str:
    """Nobody's data is in any file that was written, nor was it said; returns the report."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "config.toml"]
    token = next(iter(re.findall(r'token = "(.+)"', (folder / "config.toml").read_text())))
    for path in files:
        content = path.read_bytes()
        assert not [text for text in (*UNTOLD, token) if text.encode() in content], path
    report = report_of(folder)
    for text in (*UNTOLD, token, *more, ADELE, "Adele", str(ROOT), str(folder), "contoso"):
        assert text not in report
    for text in (*UNTOLD, token, "Traceback"):
        assert text not in said
    assert str(next((folder / "state").glob("crash-*.txt"))) in "".join(said.split("\r\n"))
    return report


def test_the_screen_is_restored_and_says_where_the_report_is(tenant: Served, tmp_path: Path) -> None:
    log = tmp_path / "wire.log"
    page = ("--user", ADELE, "--tab", "security-groups")
    with Terminal(defective(tenant, tmp_path, "key", "--log", str(log), *page)) as terminal:
        terminal.wait_for("member of ")
        toggle(terminal, free_groups(tenant, 1))
        terminal.press("f10")
        terminal.wait_for("Adele Vance")
        terminal.press("f1")
        assert terminal.wait_for_exit() == 1
        said = bytes(terminal.output).rpartition(ALTERNATE_SCREEN_LEFT)[2].decode()
    words = " ".join(said.split())
    assert "rollcall: ended by a mistake of its own (ExceptionGroup). Nothing is lost:" in words
    report = check(tmp_path, said, *page[1:2])
    for line in ("KeyError", "ExceptionGroup", "part 2 of 2:", "TypeError"):
        assert line in report
    assert "tests/tui/defective.py:" in report
    assert "in _inner" in report
    assert "command    screen, with config, log, state, tab, user" in report
    assert "page page=UserScreen" in report
    assert "TERM='xterm-256color'" in report
    with Terminal(defective(tenant, tmp_path, "doctor", *page)) as terminal:
        terminal.wait_for("1 change on this tab")


def test_a_tab_that_breaks_is_reported_and_the_screen_goes_on(tenant: Served, tmp_path: Path) -> None:
    with Terminal(defective(tenant, tmp_path, "tab", "--user", ADELE, "--tab", "basics")) as terminal:
        terminal.wait_for("stopped by a defect of Rollcall (ExceptionGroup)")
        terminal.press("f5", "]")
        terminal.wait_for("── Risks ──")
        terminal.press("f10")
        terminal.wait_for("Users")
        terminal.press("f10")
        assert terminal.wait_for_exit() == 0
        said = bytes(terminal.output).rpartition(ALTERNATE_SCREEN_LEFT)[2].decode()
    assert "rollcall: something went wrong meanwhile (ExceptionGroup). A report" in " ".join(said.split())
    assert "views/view.py" in check(tmp_path, said)


def test_a_worker_whose_runner_breaks_ends_and_the_process_goes_on(tenant: Served, tmp_path: Path) -> None:
    number = start(tenant, tmp_path, joins(tenant, 5))
    command = defective(tenant, tmp_path, "runner", "worker", "--log", str(tmp_path / "wire.log"))
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (ran.returncode, ran.stdout) == (1, "")
    report = check(tmp_path, ran.stderr)
    assert "services/jobs/runner.py" in report
    assert f"process-claimed process={number}" in report
    assert process(tenant, tmp_path, number).ended_at is None


def test_a_screen_whose_runner_breaks_does_not_go_on_as_if_it_ran(tenant: Served, tmp_path: Path) -> None:
    start(tenant, tmp_path, joins(tenant, 5))
    with Terminal(defective(tenant, tmp_path, "runner")) as terminal:
        assert terminal.wait_for_exit() == 1
        said = bytes(terminal.output).rpartition(ALTERNATE_SCREEN_LEFT)[2].decode()
    check(tmp_path, said)


def test_a_command_without_a_screen(tenant: Served, tmp_path: Path) -> None:
    command = defective(tenant, tmp_path, "doctor", "doctor", "--log", str(tmp_path / "wire.log"))
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 1
    assert "tui/doctor.py:" in check(tmp_path, ran.stderr + ran.stdout)


def test_what_goes_wrong_beside_the_work_is_reported_once_and_the_work_goes_on(
    tenant: Served, tmp_path: Path
) -> None:
    command = defective(tenant, tmp_path, "beside", "doctor", "--log", str(tmp_path / "wire.log"))
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert "accepted" in ran.stdout
    assert ran.stderr.count("rollcall: something went wrong meanwhile (ExceptionGroup). A report") == 2
    reports = sorted((tmp_path / "state").glob("crash-*.txt"))
    assert len(reports) == 2
    for path in (*reports, tmp_path / "wire.log"):
        assert not [text for text in UNTOLD if text in path.read_text()]
    assert not [text for text in UNTOLD if text in ran.stderr]


def test_where_no_file_can_be_written_the_report_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.sign_out.sign_out", broken)
    (tmp_path / "state").write_text("a file is in the way")
    assert main(["sign-out", "--state", str(tmp_path / "state")]) == 1
    said = capsys.readouterr().err
    assert "So the report stands here:" in said
    assert "in _inner" in said
    assert not [text for text in UNTOLD if text in said]


def test_the_newest_reports_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.sign_out.sign_out", broken)
    for number in range(30):
        (tmp_path / f"crash-20200101T0000{number:02}-1.txt").touch()
    assert main(["sign-out", "--state", str(tmp_path)]) == 1
    capsys.readouterr()
    found = sorted(path.name for path in tmp_path.iterdir())
    assert len(found) == 20
    assert found[0] == "crash-20200101T000011-1.txt"


def test_a_chain_that_goes_in_circles_ends() -> None:
    first, second = ValueError(UNTOLD[0]), TypeError(UNTOLD[1])
    first.__cause__, second.__cause__ = second, first
    assert trace(first) == ["...", "caused:", "TypeError", "caused:", "ValueError"]
