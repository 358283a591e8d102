"""Summary: what a list comes to, as bars and sentences that a screen draws above it."""

import msgspec


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One bar: `value` of `of`, beside others that are `most` at most (the ends of all bars of a chart).

    `shown` says the same in words. `level` is "", "warning" or "error": a mark and a colour, never the only
    sign of what the words say.
    """

    label: str
    value: float
    of: float
    most: float
    shown: str
    level: str = ""


class Chart(msgspec.Struct, frozen=True, gc=False):
    """Bars under one title. `parts` names what is filled and what is only outlined; "" where it is plain."""

    title: str
    bars: tuple[Bar, ...]
    parts: tuple[str, str] = ("", "")


class Summary(msgspec.Struct, frozen=True, gc=False):
    """Charts, side by side where there is room, and sentences below them."""

    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()
