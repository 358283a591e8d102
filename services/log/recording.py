"""Recording: as long as it lasts all that is logged goes to the log's file and nowhere else, never to the terminal."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.log.events import NAME
from services.log.recent import Recent


class Log:
    """What is recorded. `on_trouble` is called, from another thread, when the file cannot be written (any more)."""

    def __init__(self) -> None:
        self.recent = Recent()
        self.on_trouble: Callable[[str], None] = lambda _: None


@contextmanager
def recording(path: Path | None) -> Iterator[Log]:
    """Records until the end of the block, to the file where one is named. Raises `InvalidInput`.

    Libraries are heard from WARNING on. Without a file what they say is kept by name alone: where nobody
    listened the standard library would write it over the screen.
    """
    log = Log()
    handlers: list[logging.Handler] = [log.recent]
    end: Callable[[], None] | None = None
    if path is not None:
        from services.log.writing import writing

        ready, end = writing(path, lambda sentence: log.on_trouble(sentence))
        handlers.append(ready)
    root, own = logging.getLogger(), logging.getLogger(NAME)
    before = (own.level, logging.raiseExceptions)
    for handler in handlers:
        handler.addFilter(_worth_it)
        root.addHandler(handler)
    own.setLevel(logging.INFO)
    # a line that cannot be logged is no reason to write over the screen
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    try:
        yield log
    finally:
        for handler in handlers:
            root.removeHandler(handler)
        logging.captureWarnings(False)
        own.setLevel(before[0])
        logging.raiseExceptions = before[1]
        if end is not None:
            end()


def _worth_it(record: logging.LogRecord) -> bool:
    return record.name == NAME or record.levelno >= logging.WARNING
