"""Damage: what is said of a state file that is not whole, and of the copies of it that there are."""

from datetime import datetime
from pathlib import Path

from state import backups


def damaged(path: Path, why: str) -> str:
    """What happened to which file, and what to do now; names the newest backup beside it."""
    return (
        f"The state file {path} is damaged or is no Rollcall state file ({why}). Nothing is sent, and the file is "
        f"left as it is. {_way_out(path)}"
    )


def _way_out(path: Path) -> str:
    try:
        found = backups.kept(path)[:1]
        when = [datetime.fromtimestamp(each.stat().st_mtime).astimezone() for each in found]
    except OSError:
        found, when = [], []
    for backup, moment in zip(found, when, strict=True):
        return (
            f"Move it away, then copy its backup {backup} of {moment:%Y-%m-%d %H:%M} to its place, or start "
            "without it; --state DIR uses another."
        )
    return "Move it away and start again; there is no backup beside it. --state DIR uses another."
