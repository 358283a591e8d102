"""Drawing: how this terminal can show a picture, told from its environment alone."""

from collections.abc import Mapping
from enum import StrEnum


class Drawing(StrEnum):
    """A way to show a photo; the value is its name in the profile file."""

    KITTY = "kitty"
    """The terminal graphics protocol, with placeholders."""
    SIXEL = "sixel"
    HALF_CELLS = "half-cells"
    INITIALS = "initials"
    """No picture at all."""


_TERMS = {
    "xterm-kitty": Drawing.KITTY,
    "xterm-ghostty": Drawing.KITTY,
    "wezterm": Drawing.SIXEL,
    "foot": Drawing.SIXEL,
    "foot-extra": Drawing.SIXEL,
    "mlterm": Drawing.SIXEL,
    "contour": Drawing.SIXEL,
}
_PROGRAMS = {
    "kitty": Drawing.KITTY,
    "ghostty": Drawing.KITTY,
    # it knows kitty's protocol, but not the placeholders
    "WezTerm": Drawing.SIXEL,
    "iTerm.app": Drawing.SIXEL,
    "mintty": Drawing.SIXEL,
}


def drawing(env: Mapping[str, str], wanted: str, *, plain: bool) -> Drawing:
    """The best that the terminal can do, or what the profile file wants instead of "auto".

    Nothing is asked of the terminal: over a slow line its answer would come among the keys. `plain`: it has
    ASCII alone.
    """
    if plain or env.get("NO_COLOR"):
        return Drawing.INITIALS
    if wanted != "auto":
        return Drawing(wanted)
    term = env.get("TERM", "")
    # between them and the program a multiplexer would have to pass pictures on
    if not (env.get("TMUX") or env.get("STY") or term.startswith(("tmux", "screen"))):
        found = _TERMS.get(term) or _PROGRAMS.get(env.get("TERM_PROGRAM", ""))
        if found:
            return found
    shaded = env.get("COLORTERM") in ("truecolor", "24bit") or term.endswith("-256color")
    return Drawing.HALF_CELLS if shaded else Drawing.INITIALS
