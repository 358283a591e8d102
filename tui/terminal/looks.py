"""Looks: the attributes and colours of a cell, what an SGR sequence makes of them, and the shortest way between two."""

from collections.abc import Iterator
from typing import Final

_OFF: Final = {1: 22, 2: 22, 3: 23, 4: 24, 7: 27, 9: 29}
"""What every terminal with colours takes an attribute back by; for the others all is set anew."""
_ATTRIBUTES: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 21, 51, 52, 53})
_TAKEN_BACK: Final = {
    22: {1, 2},
    23: {3},
    24: {4, 21},
    25: {5, 6},
    27: {7},
    28: {8},
    29: {9},
    54: {51, 52},
    55: {53},
}
_INKS: Final = frozenset({*range(30, 40), *range(90, 98)})
_OF_256: Final = 5
_MANY: Final = 4_096
"""Looks that are remembered; a theme has some dozens."""

RESET: Final = "\x1b[m"


class Look:
    """Attributes as SGR codes, colours as SGR parameters ("" is the terminal's own), a link as OSC 8 tells it.

    There is one object for each look, so that they are compared by identity.
    """

    __slots__ = ("attributes", "colours", "link")

    def __init__(self, attributes: frozenset[int], colours: tuple[str, str], link: str) -> None:
        self.attributes = attributes
        self.colours = colours
        self.link = link

    def __repr__(self) -> str:
        return f"Look({set_anew(self)!r})"


PLAIN: Final = Look(frozenset(), ("", ""), "")
_known: dict[tuple[frozenset[int], tuple[str, str], str], Look] = {}
_after: dict[tuple[Look, str], Look] = {}
_ways: dict[tuple[Look, Look, bool], str] = {}


def look(attributes: frozenset[int], colours: tuple[str, str], link: str = "") -> Look:
    """The look that is so."""
    key = (attributes, colours, link)
    found = _known.get(key)
    if found is None:
        if key == (PLAIN.attributes, PLAIN.colours, PLAIN.link):
            return PLAIN
        if len(_known) >= _MANY:
            # a look that is forgotten costs a cell written again
            for memory in (_known, _after, _ways):
                memory.clear()
        found = _known[key] = Look(attributes, colours, link)
    return found


def after(before: Look, parameters: str) -> Look:
    """The look after `ESC [ parameters m`, of those that `reading` knows."""
    found = _after.get((before, parameters))
    if found is None:
        attributes, (ink, paper) = set(before.attributes), before.colours
        codes = iter([int(part or "0") for part in parameters.split(";")])
        for code in codes:
            if code == 0:
                attributes, ink, paper = set(), "", ""
            elif code in _ATTRIBUTES:
                attributes.add(code)
            elif code in _TAKEN_BACK:
                attributes -= _TAKEN_BACK[code]
            elif code in _INKS:
                ink = _colour(code, codes)
            else:
                paper = _colour(code, codes)
        found = look(frozenset(attributes), (ink, paper), before.link)
        _after[(before, parameters)] = found
    return found


def _colour(code: int, codes: Iterator[int]) -> str:
    if code in (39, 49):
        return ""
    if code not in (38, 48):
        return str(code)
    kind = next(codes)
    given = [next(codes) for _ in range(1 if kind == _OF_256 else 3)]
    return ";".join(map(str, (code, kind, *given)))


def linked(before: Look, link: str) -> Look:
    """The look within the link that OSC 8 tells so: parameters, a semicolon, an address; "" or ";" is none."""
    return look(before.attributes, before.colours, "" if link in ("", ";") else link)


def set_anew(wanted: Look) -> str:
    """The SGR sequence that sets the look whatever was before."""
    parts = [*map(str, sorted(wanted.attributes)), *filter(None, wanted.colours)]
    return f"\x1b[0;{';'.join(parts)}m" if parts else RESET


def way(before: Look, wanted: Look, *, taken_back: bool) -> str:
    """The shortest text that turns one look into the other; `taken_back`: the terminal knows the codes for that."""
    if before is wanted:
        return ""
    found = _ways.get((before, wanted, taken_back))
    if found is None:
        anew = set_anew(wanted)
        if (before.attributes, before.colours) == (wanted.attributes, wanted.colours):
            anew = ""
        elif (step := _step(before, wanted, taken_back)) and len(step) < len(anew):
            anew = step
        link = f"\x1b]8;{wanted.link or ';'}\x1b\\" if before.link != wanted.link else ""
        found = _ways[(before, wanted, taken_back)] = link + anew
    return found


def _step(before: Look, wanted: Look, taken_back: bool) -> str:
    gone = before.attributes - wanted.attributes
    colours = list(zip(before.colours, wanted.colours, (39, 49), strict=True))
    ends = bool(gone) or any(was and not now for was, now, _ in colours)
    if ends and (not taken_back or gone - _OFF.keys()):
        return ""
    off = {_OFF[code] for code in gone}
    kept = {code for code in wanted.attributes if _OFF.get(code) in off or code not in before.attributes}
    parts = [*map(str, sorted(off)), *map(str, sorted(kept))]
    parts += [now or str(own) for was, now, own in colours if was != now]
    return f"\x1b[{';'.join(parts)}m"
