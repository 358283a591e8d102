"""Crash: what an unexpected exception leaves behind: a report without personal data, and where it is."""

import argparse
import logging
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from services.errors import InvalidInput, RollcallError
from services.log.events import NAME, tell
from services.log.recent import Recent
from services.log.recording import listening
from services.log.traces import kind, trace
from services.places import default_state, private_dir
from state.errors import StateError

_SPEAKERS = ("asyncio", NAME)
"""Loggers that tell of exceptions that end nothing: asyncio's of those nobody waited for, and the program's own."""

_KEPT = 20
"""Reports that are kept; a worker that is started every minute must not fill the disk with them."""

_LIBRARIES = (
    "textual",
    "rich",
    "msgspec",
    "httpx",
    "msgraph-sdk",
    "azure-identity",
    "sqlalchemy",
    "aiosqlite",
)
_TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL", "LC_CTYPE")
_SET = ("NO_COLOR", "TMUX", "STY", "SSH_CONNECTION", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")


class Defect(Exception):
    """Something in the program itself is wrong, which is `__cause__`; `lost` changes were in memory alone then."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.lost = lost


class Reporter:
    """Writes the reports of one command, whose `arguments` tell where and what it was asked for."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._command: str = arguments.command or "screen"
        self._options = sorted(name for name, value in vars(arguments).items() if value and name != "command")
        self._state: Path | None = getattr(arguments, "state", None)
        self._recent = Recent()
        self._began = time.monotonic()
        self._strays: set[str] = set()
        self._said: list[str] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Sees to what no caller ever sees: exceptions of threads, of tasks nobody waits for, and in clean-ups."""
        threads, unraisable = threading.excepthook, sys.unraisablehook
        threading.excepthook = lambda died: self._stray(died.exc_value)
        sys.unraisablehook = lambda ignored: self._stray(ignored.exc_value)
        heard = _Heard(self._stray)
        for name in _SPEAKERS:
            logging.getLogger(name).addHandler(heard)
        try:
            with listening(self._recent):
                yield
        finally:
            for name in _SPEAKERS:
                logging.getLogger(name).removeHandler(heard)
            threading.excepthook, sys.unraisablehook = threads, unraisable
            for words in self._said:
                print(words, file=sys.stderr)

    def crashed(self, error: Exception) -> int:
        """Reports what ended the command, and says it on the terminal; the exit status."""
        lost = 0
        if isinstance(error, Defect) and isinstance(error.__cause__, Exception):
            lost, error = error.lost, error.__cause__
        print(
            f"rollcall: ended by a mistake of its own ({kind(error)}). {_kept(lost)} {self._report(error)}",
            file=sys.stderr,
        )
        return 1

    def _stray(self, error: BaseException | None) -> None:
        """Something went wrong beside the work, which goes on; each kind of it is reported once."""
        if error is None or isinstance(error, RollcallError | StateError) or not isinstance(error, Exception):
            return
        lines = trace(error)
        where = "\n".join(lines)
        if where not in self._strays:
            self._strays.add(where)
            tell("reported", level=logging.ERROR, error=kind(error))
            self._said.append(
                f"rollcall: something went wrong meanwhile ({kind(error)}). {self._report(error)}"
            )

    def _report(self, error: Exception) -> str:
        """Writes the report and says where it is; where no file can be written it is the answer itself."""
        text = "\n".join(self._lines(error)) + "\n"
        try:
            path = _written(private_dir(self._state or default_state()), text)
        except InvalidInput as refused:
            return f"{refused.sentence} So the report stands here:\n{text}"
        except OSError as refused:
            return f"No file could be written ({refused.strerror}). So the report stands here:\n{text}"
        return f"A report without names, values or passwords is in {path}: send it to who maintains Rollcall."

    def _lines(self, error: Exception) -> Iterator[str]:
        yield "Crash report of Rollcall. It holds places, types, times and versions; no names, values or messages."
        yield ""
        yield f"when       {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}, after {time.monotonic() - self._began:.0f} s"
        yield f"command    {self._command}, with {', '.join(self._options) or 'nothing'}"
        yield f"versions   rollcall {_version('rollcall')}, Python {platform.python_version()}"
        yield "libraries  " + ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
        yield f"platform   {platform.system()} {platform.release()} {platform.machine()}"
        yield f"terminal   {_terminal()}"
        yield ""
        yield "What happened"
        yield from (f"  {line}" for line in trace(error))
        yield ""
        yield "What came before"
        yield from (f"  {line}" for line in self._recent.lines())


class _Heard(logging.Handler):
    """Hears of exceptions that are told by the log alone."""

    def __init__(self, stray: Callable[[BaseException | None], None]) -> None:
        super().__init__(logging.ERROR)
        self._stray = stray

    def emit(self, record: logging.LogRecord) -> None:
        """Hands on the exception that the record is about."""
        found: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
        found = record.exc_info or (None, None, None)
        self._stray(found[1])


def _written(folder: Path, text: str) -> Path:
    """The file, readable by its owner alone. Raises `OSError`."""
    stem = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
    path = next(
        path
        for number in range(_KEPT)
        if not os.path.lexists(path := folder / (f"{stem}-{number}.txt" if number else f"{stem}.txt"))
    )
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    for old in sorted(folder.glob("crash-*.txt"))[:-_KEPT]:
        with suppress(FileNotFoundError):
            old.unlink()
    return path


def _kept(lost: int) -> str:
    goes_on = "what was started goes on with the next start or a worker."
    if not lost:
        return f"Nothing is lost: what was staged is kept, and {goes_on}"
    what = "1 change that the disk had not taken is lost" if lost == 1 else f"{lost} changes that the disk"
    what = what if lost == 1 else f"{what} had not taken are lost"
    return f"{what}; what was stored is kept, and {goes_on}"


def _terminal() -> str:
    found = [f"{name}={os.environ[name][:40]!r}" for name in _TERMINAL if os.environ.get(name)]
    found += [f"{name} is set" for name in _SET if os.environ.get(name)]
    try:
        columns, rows = os.get_terminal_size(sys.__stderr__.fileno() if sys.__stderr__ else 2)
        found.append(f"{columns}x{rows}")
    except (OSError, ValueError):
        found.append("none")
    return ", ".join(found)


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
