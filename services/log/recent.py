"""Recent: the last events by name, in memory, for the report of a crash; nothing in them names anybody."""

import logging
from collections import deque
from datetime import UTC, datetime

from services.log.events import FACTS, NAME

_HARMLESS = ("service", "method", "status", "attempt", "process", "step", "page", "error")
"""Facts that name no person and no object of a directory."""

_MOST = 50

_Kept = tuple[float, str, str, tuple[tuple[str, object], ...]]
"""When, how bad, what, and the harmless facts: of hundreds a second only the last are ever written out."""


class Recent(logging.Handler):
    """The newest events of this program, and the names of the libraries that warned."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: deque[_Kept] = deque(maxlen=_MOST)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps when, how bad, what, and the harmless facts."""
        facts = getattr(record, FACTS, None)
        own = record.name == NAME and isinstance(facts, dict)
        told = tuple((name, facts[name]) for name in _HARMLESS if name in facts) if own and facts else ()
        what = str(record.msg) if own else f"library {record.name}"
        self._kept.append((record.created, record.levelname.lower(), what, told))

    def lines(self) -> list[str]:
        """The oldest first."""
        return [_line(kept) for kept in self._kept]


def _line(kept: _Kept) -> str:
    created, level, what, told = kept
    when = datetime.fromtimestamp(created, UTC).strftime("%H:%M:%S.%f")[:-3]
    return " ".join([when, level, what, *(f"{name}={value}" for name, value in told)])
