"""Permit: what must still hold at the moment a call leaves this machine, however long it waited for its turn."""

from collections.abc import Callable
from contextvars import ContextVar

_PERMIT: ContextVar[Callable[[], None] | None] = ContextVar("permit", default=None)


def require(check: Callable[[], None]) -> None:
    """From here on, in this task, every call is sent only when `check` does not raise."""
    _PERMIT.set(check)


def check() -> None:
    """Raises what the task's own check raises; a task that requires nothing may send."""
    required = _PERMIT.get()
    if required is not None:
        required()
