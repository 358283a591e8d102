"""Recent: the last events by name, in memory, for the report of a crash; nothing in them names anybody."""

import logging
from collections import deque
from datetime import UTC, datetime

from services.log.events import FACTS, NAME

_HARMLESS = ("service", "method", "status", "attempt", "process", "step", "page", "error")
"""Facts that name no person and no object of a directory."""

_MOST = 50


class Recent(logging.Handler):
    """The newest events of this program, and the names of the libraries that warned."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=_MOST)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps when, how bad, what, and the harmless facts."""
        facts = getattr(record, FACTS, None)
        own = record.name == NAME and isinstance(facts, dict)
        told = [f"{name}={facts[name]}" for name in _HARMLESS if name in facts] if own and facts else []
        what = str(record.msg) if own else f"library {record.name}"
        when = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        self._lines.append(" ".join([when, record.levelname.lower(), what, *told]))

    def lines(self) -> list[str]:
        """The oldest first."""
        return list(self._lines)
