"""Sizes as people read them: in the unit that fits, exact where there is room for it."""

_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB")


def short_size(count: int) -> str:
    """A number of bytes in the unit that fits (1 KB is 1,024 bytes)."""
    if count < 1024:
        return f"{count} bytes"
    value, unit = float(count), 0
    while value >= 1023.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}"


def size(count: int) -> str:
    """The same, exact in brackets."""
    return short_size(count) if count < 1024 else f"{short_size(count)} ({count:,} bytes)"
