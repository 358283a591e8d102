"""Sizes as people read them: units, exact bytes, and how full something is."""

_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB")
_BAR = 20


def size(count: int) -> str:
    """A number of bytes in the unit that fits (1 KB is 1,024 bytes), exact in brackets."""
    if count < 1024:
        return f"{count} bytes"
    value, unit = float(count), 0
    while value >= 1023.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]} ({count:,} bytes)"


def bar(used: int, total: int) -> str:
    """How full it is in characters that every terminal has: "[#####---------------] 25 %"."""
    if total <= 0:
        return ""
    share = max(0.0, used / total)
    full = min(_BAR, round(share * _BAR))
    return f"[{'#' * full}{'-' * (_BAR - full)}] {share:.0%}".replace("%", " %")
