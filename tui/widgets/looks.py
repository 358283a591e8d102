"""Looks: the few named styles that all one-line widgets share, and lines made of pieces in these looks."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypedDict

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.plain import cut, printable

Piece: TypeAlias = tuple[str, str]
"""Text and the name of its look ("" is the widget's own style)."""


class Naming(TypedDict, total=False):
    """How a widget is found in the page."""

    id: str
    classes: str


_COLOURS = ("blue", "green", "magenta", "cyan", "yellow", "red")
"""Those that a tenant's name can have."""

LOOKS = frozenset(
    f"look--{name}"
    for name in (
        *("strong", "dim", "changed", "info", "warning", "error", "ok", "key"),
        *("tenant", "sandbox", "window", "section", "initials", "cursor", "cursor-away"),
    )
) | {f"look--tenant-{colour}" for colour in _COLOURS}

_CSS = """
NAME > .look--strong { text-style: bold; }
NAME > .look--dim { text-style: dim; }
NAME > .look--changed { color: $text-warning; text-style: bold; }
NAME > .look--info { color: $text-accent; }
NAME > .look--warning { color: $text-warning; }
NAME > .look--error { color: $text-error; text-style: bold; }
NAME > .look--ok { color: $text-success; }
NAME > .look--key { color: $text-accent; text-style: bold; }
NAME > .look--tenant { color: $text-primary; text-style: bold; }
NAME > .look--sandbox { color: $text-warning; text-style: bold reverse; }
NAME > .look--window { color: $text-success; text-style: bold reverse; }
NAME > .look--section { color: $text-primary; text-style: bold; }
NAME > .look--initials { text-style: reverse; }
NAME > .look--cursor { text-style: reverse; }
NAME > .look--cursor-away { text-style: underline; }
""" + "".join(
    f"NAME > .look--tenant-{colour} {{ color: ansi_bright_{colour}; text-style: bold; }}\n"
    for colour in _COLOURS
)


def looks_css(name: str) -> str:
    """The looks as default styles of the widget class `name` and its heirs."""
    return _CSS.replace("NAME", name)


def look(widget: Widget, name: str) -> Style:
    """The style that a look has in this widget now."""
    return widget.get_component_rich_style(f"look--{name}") if name else widget.rich_style


def width_of(pieces: Iterable[Piece]) -> int:
    """Cells that the pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


def fit(pieces: Iterable[Piece], width: int, ellipsis: str = "…") -> list[Piece]:
    """The pieces in exactly `width` cells: printable, cut or padded, neighbours of one look joined."""
    found: list[Piece] = []
    room = width
    for raw, name in pieces:
        if room <= 0:
            break
        text = printable(raw)
        size = cell_len(text)
        if size > room:
            text = cut(text, room, ellipsis)
            size = cell_len(text)
            _join(found, text, name)
            room -= size
            break
        _join(found, text, name)
        room -= size
    if room > 0:
        _join(found, " " * room, "")
    return found


def _join(found: list[Piece], text: str, name: str) -> None:
    if not text:
        return
    if found and found[-1][1] == name:
        found[-1] = (found[-1][0] + text, name)
    else:
        found.append((text, name))


def strip(widget: Widget, pieces: Sequence[Piece], width: int) -> Strip:
    """Fitted pieces as a strip for the line API."""
    return Strip([Segment(text, look(widget, name)) for text, name in pieces], width)


def changed_span(old: Sequence[Piece], new: Sequence[Piece]) -> tuple[int, int] | None:
    """Where two fitted lines of one width differ, as (first cell, cells); None where they do not.

    One span is enough: the compositor sends a widget's line from its left edge to the end of the span.
    """
    if old == new:
        return None
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        return 0, max(len(before), len(after))
    differing = [x for x, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    return (differing[0], differing[-1] + 1 - differing[0]) if differing else None


def _cells(pieces: Sequence[Piece]) -> list[tuple[str, str, int]]:
    """One entry a cell: (grapheme, look, nth cell of it); a span never starts inside a wide character,
    as both of its cells differ when one does."""
    found: list[tuple[str, str, int]] = []
    for text, name in pieces:
        for start, end, size in split_graphemes(text)[0]:
            found.extend((text[start:end], name, nth) for nth in range(size))
    return found
