"""A small disk of its own, to be filled and emptied, and another program that locks a state file."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_HOLDER = """
import sqlite3, sys
print("ready", flush=True)
sys.stdin.readline()
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""


class SmallDisk:
    """A disk of a few megabytes; `folder` is where it is mounted."""

    def __init__(self, root: Path) -> None:
        self._ballast = root / "ballast"
        self.folder = root

    def fill(self) -> None:
        """Leaves not a byte."""
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while ballast.write(bytes(1 << 12)):
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        """Everything can be written again."""
        self._ballast.unlink()

    def set_writable(self, writable: bool) -> None:
        """Nothing on it may be open for writing when it becomes read-only."""
        subprocess.run(["mount", "-o", f"remount,{'rw' if writable else 'ro'}", self.folder], check=True)


@contextmanager
def small_disk(root: Path, megabytes: int = 8) -> Iterator[SmallDisk]:
    """A disk that is mounted at `root` for the block; the test is skipped where nobody may mount one."""
    root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "none", str(root)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk of its own can be mounted by root alone")
    try:
        yield SmallDisk(root)
    finally:
        # what is still open on it goes with the program that holds it
        subprocess.run(["umount", "--lazy", root], check=True)


class Rival:
    """Another program, which holds the file in the middle of a transaction of its own."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-c", _HOLDER, str(path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    async def hold(self) -> None:
        """Returns when it has the file to itself; this program's own transactions may have to end first."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("hold\n")
        assert await asyncio.to_thread(self._process.stdout.readline) == "held\n"

    def end(self) -> None:
        """It is gone, and its lock with it."""
        self._process.kill()
        self._process.communicate()
