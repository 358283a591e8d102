"""Writing: lines are made where something happens, and written by a thread of its own, so that no task waits for it."""

import logging
import logging.handlers
import queue
from collections.abc import Callable
from pathlib import Path

from services.log.file import LogFile
from services.log.lines import line

_MOST_WAITING = 10_000
"""Lines that wait for a disk that is stuck; more are dropped and counted."""

_LAST_WAIT = 2.0
"""Seconds that the end of the program waits for the last lines to be written."""


def writing(path: Path, on_trouble: Callable[[str], None]) -> tuple[logging.Handler, Callable[[], None]]:
    """The handler that takes records for this file, and what ends the writing. Raises `InvalidInput`."""
    file = LogFile(path, on_trouble=on_trouble)
    waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(_MOST_WAITING)
    writer = _Writer(waiting, file)
    writer.start()
    return _Ready(waiting, file), writer.stop


class _Ready(logging.handlers.QueueHandler):
    """Makes the line at once, in the task that speaks, and leaves the writing to another thread."""

    def __init__(self, waiting: "queue.Queue[logging.LogRecord | None]", file: LogFile) -> None:
        super().__init__(waiting)
        self._to = file

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """The record with nothing left in it but its line."""
        return logging.makeLogRecord({"name": record.name, "levelno": record.levelno, "msg": line(record)})

    def enqueue(self, record: logging.LogRecord) -> None:
        """Never waits: what a stuck disk leaves no room for is counted."""
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self._to.dropped += 1


class _Writer(logging.handlers.QueueListener):
    """The thread that writes; a disk that is stuck does not hold up the end of the program."""

    def __init__(self, waiting: "queue.Queue[logging.LogRecord | None]", file: LogFile) -> None:
        super().__init__(waiting, file)
        self._waiting = waiting
        self._to = file

    def stop(self) -> None:
        """Writes what waits, within bounds."""
        thread = self._thread
        try:
            self._waiting.put(None, timeout=_LAST_WAIT)
        except queue.Full:
            return
        if thread is not None:
            thread.join(_LAST_WAIT)
            if thread.is_alive():
                return
        self._to.close()
