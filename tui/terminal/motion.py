"""Motion: the shortest text that takes the cursor from one place to another."""

from tui.terminal.abilities import Abilities

_STEPS = 3
"""As many backspaces or line feeds as could be shorter than the sequence for them."""


def motion(
    x: int | None, y: int | None, to_x: int, to_y: int, can: Abilities, *, line_feed: str, stay: str = ""
) -> str:
    """From a column and a row, None where they are not known, to others.

    `line_feed` takes the cursor to the begin of the next line. `stay` is what stands between the two in one line,
    if it may be written once more: to write it can be shorter than to skip it.
    """
    ways = [_place(to_x, to_y)]
    if y == to_y:
        ways.append(_across(x, to_x, can))
        if stay:
            ways.append(stay)
    elif y is not None:
        down = to_y - y
        if 0 < down <= _STEPS:
            ways.append(line_feed * down + _across(0, to_x, can))
        ways.append(_sequence(abs(down), "B" if down > 0 else "A") + _across(x, to_x, can))
        if can.line:
            ways.append(f"\x1b[{to_y + 1}d" + _across(x, to_x, can))
    return min(ways, key=lambda text: len(text.encode()))


def _place(x: int, y: int) -> str:
    if not x:
        return f"\x1b[{y + 1}H" if y else "\x1b[H"
    return f"\x1b[{y + 1};{x + 1}H" if y else f"\x1b[;{x + 1}H"


def _across(x: int | None, to_x: int, can: Abilities) -> str:
    if x == to_x:
        return ""
    if not to_x:
        return "\r"
    ways = ["\r" + _sequence(to_x, "C")]
    if can.column:
        ways.append(f"\x1b[{to_x + 1}G")
    if x is not None:
        ways.append(_sequence(abs(to_x - x), "C" if to_x > x else "D"))
        if 0 < x - to_x <= _STEPS:
            ways.append("\b" * (x - to_x))
    return min(ways, key=len)


def _sequence(count: int, end: str) -> str:
    return f"\x1b[{count}{end}" if count > 1 else f"\x1b[{end}" if count else ""
