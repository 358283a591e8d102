"""LogFile: the log on disk, readable by its owner alone, in pieces of bounded size, shared by copies of the program."""

import errno
import fcntl
import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

from services.errors import InvalidInput

LARGEST = 10 << 20
"""Bytes after which the file is put aside."""

KEPT = 5
"""Files that were put aside and are kept, `FILE.1` being the newest."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class LogFile(logging.Handler):
    """Appends lines that are ready: `record.msg` is bytes. Each is one write, so that copies do not mix theirs.

    `on_trouble` is called with a sentence when the file cannot be written, once until it can be again; what was
    to be written meanwhile is counted and told then. The standard library's handlers follow symlinks, leave
    the mode to the umask and lose lines when two programs put the file aside.

    Raises `InvalidInput` when the file cannot be opened as it must be.
    """

    def __init__(
        self,
        path: Path,
        *,
        largest: int = LARGEST,
        kept: int = KEPT,
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self.path = path.absolute()
        self.on_trouble = on_trouble
        self.dropped = 0
        """Lines that never came here since that was told last: more waited than may."""
        self._lost = 0
        self._largest = largest
        self._kept = kept
        self._torn = False
        try:
            self._file = self._opened()
        except OSError as error:
            raise InvalidInput(f"The log {self.path} cannot be written: {_why(error)}.") from None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line; a disk that does not take it is told, never raised."""
        line: object = record.msg
        try:
            if isinstance(line, bytes):
                self._write(line)
        except OSError as error:
            self._lost += 1
            if self._lost == 1:
                self.on_trouble(
                    f"The log {self.path} cannot be written: {_why(error)}. Rollcall works on without it, and "
                    "writes it again as soon as it can."
                )

    def close(self) -> None:
        """Closes the file."""
        super().close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, line: bytes) -> None:
        self._follow()
        if os.fstat(self._file).st_size + len(line) > self._largest:
            self._put_aside()
        lost = self._lost + self.dropped
        if lost:
            line = b'{"event":"log-lost","lines":%d,"pid":%d}\n' % (lost, os.getpid()) + line
        if self._torn:
            line = b"\n" + line
        written = os.write(self._file, line)
        if written < len(line):
            # the disk filled up within the line: the rest of it is lost, the next one begins anew
            self._torn = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._torn, self._lost, self.dropped = False, 0, 0

    def _follow(self) -> None:
        """Goes on in the file of this name, where another program put the one before aside or took it away."""
        if not self._is_ours():
            fresh = self._opened()
            os.close(self._file)
            self._file = fresh

    def _is_ours(self) -> bool:
        try:
            there = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._file))

    def _put_aside(self) -> None:
        """Renames the files; whoever does not get the lock leaves it to who has it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if self._is_ours():
            for number in range(self._kept - 1, 0, -1):
                if os.path.lexists(self._aside(number)):
                    os.replace(self._aside(number), self._aside(number + 1))
            os.replace(self.path, self._aside(1))
        fresh = self._opened()
        # closing lets go of the lock
        os.close(self._file)
        self._file = fresh

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _opened(self) -> int:
        """The file's descriptor; one that others could read is made private. Raises `OSError`."""
        file = os.open(self.path, _FLAGS, 0o600)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "it is no plain file")
            if found.st_uid != os.geteuid():
                raise OSError(errno.EPERM, "it belongs to somebody else")
            if stat.S_IMODE(found.st_mode) != 0o600:
                os.fchmod(file, 0o600)
        except OSError:
            os.close(file)
            raise
        return file


def _why(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link, and a log is never written through one"
    return error.strerror or type(error).__name__
