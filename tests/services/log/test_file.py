"""The log on disk: 0600, never through a symlink, of bounded size, shared by programs, and on a full disk said once."""

import json
import logging
import multiprocessing
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from services.errors import InvalidInput
from services.log.events import tell
from services.log.file import LogFile
from services.log.recording import recording
from tests.faults.disks import small_disk
from tests.services.log.reading import lines_of, logging_to


def append(file: LogFile, number: int, size: int = 100) -> None:
    """One line of about `size` bytes that bears a number."""
    line = json.dumps({"number": number, "fill": "x" * (size - 30)}).encode() + b"\n"
    file.handle(logging.makeLogRecord({"msg": line}))


def modes(folder: Path) -> dict[str, int]:
    """The files in a folder with their modes."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def numbers(folder: Path) -> list[int]:
    """The numbers of all lines in all of its files, the oldest file first."""
    found = sorted(folder.glob("log*"), key=lambda path: path.name, reverse=True)
    return [said["number"] for path in found for said in lines_of(path)]


def test_it_and_what_is_put_aside_are_the_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = LogFile(tmp_path / "log", largest=1000, kept=3)
        for number in range(100):
            append(file, number)
        file.close()
    finally:
        os.umask(before)
    assert modes(tmp_path) == dict.fromkeys(("log", "log.1", "log.2", "log.3"), 0o600)
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 1000
    assert numbers(tmp_path) == list(range(100 - len(numbers(tmp_path)), 100))


def test_what_was_there_goes_on_and_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"number":0}\n')
    path.chmod(0o644)
    file = LogFile(path)
    append(file, 1)
    file.close()
    assert modes(tmp_path) == {"log": 0o600}
    assert numbers(tmp_path) == [0, 1]


def test_it_is_never_written_through_a_symlink(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    link = tmp_path / "log"
    link.symlink_to(victim)
    with pytest.raises(InvalidInput) as refused:
        LogFile(link)
    assert refused.value.sentence == (
        f"The log {link} cannot be written: it is a symbolic link, and a log is never written through one."
    )
    link.unlink()
    said: list[str] = []
    file = LogFile(link, largest=300, on_trouble=said.append)
    append(file, 1)
    # somebody puts one in its place while it is written, and where it will be put aside
    link.rename(tmp_path / "gone")
    link.symlink_to(victim)
    append(file, 2)
    assert len(said) == 1
    link.unlink()
    (tmp_path / "log.1").symlink_to(victim)
    for number in range(3, 9):
        append(file, number)
    file.close()
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: os.mkfifo(path), "No such device or address"),
        (lambda path: path.symlink_to("/nowhere/at/all"), "symbolic link"),
    ],
)
def test_what_is_no_plain_file_is_one_sentence(tmp_path: Path, make: object, why: str) -> None:
    assert callable(make)
    make(tmp_path / "log")
    with pytest.raises(InvalidInput, match=why):
        LogFile(tmp_path / "log")


def test_a_folder_that_is_not_there_is_one_sentence_of_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui.cli", "worker", "--once", "--state", str(tmp_path / "state")]
    ran = subprocess.run([*command, "--log", str(tmp_path / "no" / "log")], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"rollcall: The log {tmp_path}/no/log cannot be written: No such file or directory.\n"
    )


def _write_many(path: Path, first: int) -> None:
    file = LogFile(path, largest=4000, kept=200)
    for number in range(first, first + 1000):
        append(file, number)
    file.close()


def test_two_programs_share_it_and_no_line_is_lost_or_torn(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_write_many, args=(tmp_path / "log", first)) for first in (0, 1000)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert sorted(numbers(tmp_path)) == list(range(2000))
    assert set(modes(tmp_path).values()) == {0o600}


def test_a_full_disk_is_said_once_and_the_log_goes_on_when_there_is_room() -> None:
    with TemporaryDirectory() as place, small_disk(Path(place) / "disk") as disk:
        said: list[str] = []
        file = LogFile(disk.folder / "log", on_trouble=said.append)
        append(file, 1)
        disk.fill()
        for number in range(2, 60):
            append(file, number, 4000)
        assert len(said) == 1
        assert "cannot be written: No space left on device. Rollcall works on without it" in said[0]
        disk.make_room()
        append(file, 100)
        append(file, 101)
        file.close()
        text = (disk.folder / "log").read_text().splitlines()
        whole = [json.loads(line) for line in text if line.endswith("}")]
    assert [said["number"] for said in whole if "number" in said][-2:] == [100, 101]
    lost = next(said["lines"] for said in whole if said.get("event") == "log-lost")
    assert lost + len([said for said in whole if "number" in said]) == 61


def test_a_disk_that_is_stuck_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.log.writing._LAST_WAIT", 0.05)
    monkeypatch.setattr("services.log.writing._MOST_WAITING", 50)
    stuck, free = multiprocessing.Event(), multiprocessing.Event()

    def hang(self: LogFile, line: bytes) -> None:
        stuck.set()
        free.wait(30)

    monkeypatch.setattr(LogFile, "_write", hang)
    began = time.monotonic()
    with recording(tmp_path / "log"):
        for number in range(500):
            tell("call", number=number)
        assert stuck.wait(30)
    assert time.monotonic() - began < 5
    free.set()


def test_lines_are_in_the_file_when_the_recording_ends(tmp_path: Path) -> None:
    with logging_to(tmp_path / "log"):
        for number in range(2000):
            tell("call", number=number)
    assert [said["number"] for said in lines_of(tmp_path / "log")] == list(range(2000))
