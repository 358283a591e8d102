"""Events: the one way for the program to say in its log what happened, by a name and with facts of plain types."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

NAME = "rollcall"
"""The logger of all that the program says itself."""

FACTS = "facts"
"""The attribute of a log record that holds an event's facts."""

_LOGGER = logging.getLogger(NAME)
_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))


def tell(event: str, /, *, level: int = logging.INFO, **facts: object) -> None:
    """Says that `event` happened; nothing but its name and a few numbers of it ever gets into a crash report.

    A fact is a number, a flag, a text or a `Secret`; what is of any other type is not written. What holds for
    the whole task (`about`) is added.
    """
    if _LOGGER.isEnabledFor(level):
        # made here: where in the source it was said is never told, and to find that out takes most of the time
        record = logging.LogRecord(NAME, level, "", 0, event, (), None)
        setattr(record, FACTS, {**_ABOUT.get(), **facts})
        _LOGGER.handle(record)


def mistaken(error: Exception) -> None:
    """Says that the program met a mistake of its own and works on; a crash report is written about it."""
    _LOGGER.error("mistake", exc_info=error, extra={FACTS: dict(_ABOUT.get())})


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """What these events are about, in this task and in those that it starts meanwhile."""
    token = _ABOUT.set({**_ABOUT.get(), **facts})
    try:
        yield
    finally:
        _ABOUT.reset(token)
