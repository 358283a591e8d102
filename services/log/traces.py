"""Traces: where an exception came from, without what it says and without what its functions were given."""

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

_DEEPEST = 20
"""Exceptions in one chain or group; what goes in circles ends there."""
_LAST_FRAMES = 60

_PLACES = sorted({str(Path(place).resolve()) for place in sys.path if place}, key=len, reverse=True)


def trace(error: BaseException) -> list[str]:
    """The lines of a traceback: files, lines, functions and types of exceptions; the oldest cause first.

    Messages, values and lines of source are left out, as they may name people, and so is where on this machine
    the program lies.
    """
    return list(_chain(error, _DEEPEST, set()))


def kind(error: BaseException) -> str:
    """The exception's type, as it is imported."""
    given = type(error)
    return (
        given.__qualname__ if given.__module__ == "builtins" else f"{given.__module__}.{given.__qualname__}"
    )


def _chain(error: BaseException, left: int, seen: set[int]) -> Iterator[str]:
    if left == 0 or id(error) in seen:
        yield "..."
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before, left - 1, seen)
        yield "caused:" if error.__cause__ else "while it was handled:"
    yield kind(error)
    for frame, line in list(traceback.walk_tb(error.__traceback__))[-_LAST_FRAMES:]:
        yield f"  {_short(frame.f_code.co_filename)}:{line} in {frame.f_code.co_qualname}"
    if isinstance(error, BaseExceptionGroup):
        for number, inner in enumerate(error.exceptions, 1):
            yield f"part {number} of {len(error.exceptions)}:"
            yield from (f"  {line}" for line in _chain(inner, left - 1, seen))


def _short(file: str) -> str:
    """The file below whatever it was imported from; a path may hold the name of who installed it."""
    if file.startswith("<"):
        return file
    path = str(Path(file).resolve())
    place = next((place for place in _PLACES if path.startswith(f"{place}/")), "")
    return path.removeprefix(f"{place}/") if place else Path(path).name
