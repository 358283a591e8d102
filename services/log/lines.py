"""Lines: a log record as one line of JSON, redacted while what it speaks of still lives."""

import logging
import os
import re
from datetime import UTC, datetime

import msgspec

from services.log.events import FACTS, NAME
from services.log.redaction import plain, redacted
from services.log.traces import kind, trace

LIBRARY = "library"
"""The event of what a library says in its own words."""

_WORDS = re.compile(r"[\w ,.:'-]*")


def line(record: logging.LogRecord) -> bytes:
    """The record as JSON with a line break: time, level, event, pid, then what the event has to tell."""
    said: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "level": record.levelname.lower(),
        "event": _event(record),
        "pid": os.getpid(),
    }
    for name, value in _facts(record).items():
        if value is not None and value != "":
            said.setdefault(name, value)
    return msgspec.json.encode(said) + b"\n"


def _event(record: logging.LogRecord) -> str:
    return str(record.msg) if record.name == NAME else LIBRARY


def _facts(record: logging.LogRecord) -> dict[str, object]:
    given = getattr(record, FACTS, None) if record.name == NAME else None
    if isinstance(given, dict):
        found = {name: plain(value) for name, value in given.items()}
    else:
        found = {"logger": record.name, "message": _message(record)}
    if record.exc_info and record.exc_info[1] is not None:
        found["trace"] = trace(record.exc_info[1])
    return found


def _message(record: logging.LogRecord) -> str:
    """What a library says, with values of plain types alone; with an exception, its first words."""
    if record.exc_info and record.exc_info[1] is not None:
        # asyncio puts what tasks and exceptions hold behind its words
        words = _WORDS.match(str(record.msg))
        return redacted(words[0].strip()) if words else ""
    args = record.args
    given = tuple(_told(one) for one in args) if isinstance(args, tuple) else args
    try:
        said = str(record.msg) % given if given else str(record.msg)
    except (TypeError, ValueError, KeyError):
        # a library's own mistake in its own message
        said = str(record.msg)
    return redacted(said)


def _told(value: object) -> object:
    """An argument of a library's message: a body, a request and whatever else may hold data is named by its type."""
    return kind(value) if isinstance(value, BaseException) else plain(value)
