"""Recording: as long as it lasts, what is logged goes where the program wants it and never to the terminal."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.log.events import NAME


class Log:
    """A log on disk. `on_trouble` is called, from another thread, when it cannot be written (any more)."""

    def __init__(self) -> None:
        self.on_trouble: Callable[[str], None] = lambda _: None


@contextmanager
def recording(path: Path | None) -> Iterator[Log]:
    """Writes what is logged to the file, where one is named, until the end of the block. Raises `InvalidInput`."""
    log = Log()
    if path is None:
        yield log
        return
    from services.log.writing import writing

    ready, end = writing(path, lambda sentence: log.on_trouble(sentence))
    try:
        with listening(ready):
            yield log
    finally:
        end()


@contextmanager
def listening(handler: logging.Handler) -> Iterator[None]:
    """The handler hears this program, and libraries from WARNING on, until the end of the block.

    Where nobody listened the standard library would write over the screen.
    """
    root, own = logging.getLogger(), logging.getLogger(NAME)
    level, raising = own.level, logging.raiseExceptions
    handler.addFilter(_worth_it)
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    # a line that cannot be logged is no reason to write over the screen
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    try:
        yield
    finally:
        root.removeHandler(handler)
        own.setLevel(level)
        logging.raiseExceptions = raising
        # an outer block still listens where it was off before
        logging.captureWarnings(not raising)


def _worth_it(record: logging.LogRecord) -> bool:
    return record.name == NAME or record.levelno >= logging.WARNING
