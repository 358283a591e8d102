"""Absent: what is said where something of the tenant is asked for and none is connected."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.desk import Desk

ABSENT = "Not connected: what is staged or started is kept. F5 tries again."
"""Nobody has looked yet: that nothing is staged would be a guess, and after a crash the wrong one."""


def absent(desk: "Desk") -> bool:
    """Whether no tenant is connected; says so then."""
    if desk.session is not None:
        return False
    desk.told.publish(ABSENT)
    return True
