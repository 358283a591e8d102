"""Age: how old a list is that was kept; none is shown without it."""

from datetime import datetime


def age(as_of: datetime, now: datetime) -> str:
    """In words, like "as of 5 min ago"."""
    minutes = int((now - as_of).total_seconds() // 60)
    if minutes < 1:
        return "as of a moment ago"
    if minutes < 120:
        return f"as of {minutes} min ago"
    hours = minutes // 60
    return f"as of {hours} h ago" if hours < 48 else f"as of {hours // 24} days ago"
