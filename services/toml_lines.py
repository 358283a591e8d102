"""On which line of a TOML text a key stands, for sentences about it (tomllib keeps no positions)."""

import re
import tomllib
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[\[?(?P<key>[^\[\]]+)\]\]?\s*(#.*)?$")
_ASSIGNMENT = re.compile(
    r"""\s*(?P<key>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def line_of(text: str, path: Sequence[str]) -> int:
    """The line (from 1) of the key that `path` leads to, else of the first key in it, its table, or 1."""
    wanted = tuple(path)
    table: tuple[str, ...] = ()
    best, best_line = 0, 1
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = table = _keys(header["key"])
        elif assignment := _ASSIGNMENT.match(line):
            here = table + _keys(assignment["key"])
        else:
            continue
        shared = min(len(here), len(wanted))
        if shared > best and wanted[:shared] == here[:shared]:
            best, best_line = shared, number
    return best_line


def _keys(dotted: str) -> tuple[str, ...]:
    try:
        value: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    keys = []
    while isinstance(value, dict):
        key, value = next(iter(value.items()))
        keys.append(key)
    return tuple(keys)
