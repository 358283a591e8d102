"""The characters that carry meaning in a table, once for Unicode terminals and once for ASCII ones."""

import msgspec


class Marks(msgspec.Struct, frozen=True):
    """One cell wide each, so that a mark never moves what stands beside it."""

    cursor: str
    marked: str
    changed: str
    locked: str
    on: str
    off: str
    unknown: str
    ellipsis: str
    broken: str
    """Stands for a character that must not reach the terminal."""
    rising: str
    falling: str


UNICODE = Marks(
    cursor="▸",
    marked="•",
    changed="✎",
    locked="⊘",
    on="x",
    off=" ",
    unknown="·",
    ellipsis="…",
    broken="\ufffd",
    rising="▴",
    falling="▾",
)
ASCII = Marks(
    cursor=">",
    marked="+",
    changed="*",
    locked="L",
    on="x",
    off=" ",
    unknown="?",
    ellipsis="~",
    broken="?",
    rising="^",
    falling="v",
)


def marks(ascii_only: bool) -> Marks:
    """The set for this terminal."""
    return ASCII if ascii_only else UNICODE
