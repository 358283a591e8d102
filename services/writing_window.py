"""Writing window: where the profile wants one, nothing is started before the operator opens it; it closes by itself.

What was started while it was open runs to its end, and what was scheduled then starts at its time, wherever it is run.
What was not is left alone by the runner of every copy of the program with such a profile. Staging is no writing.
"""

from datetime import datetime, timedelta

from services.errors import InvalidInput
from services.reason import reason_of
from services.task import EXPORT
from services.windows import Window, Windows
from state.clock import Clock
from state.openings import Openings
from state.values import Process

CLOSED = "Writing is closed: W opens the writing window. What is staged stays."

_KEY = "writing"


class WritingWindow:
    """That of one session; `length` None where the profile has none, and writing is never closed."""

    def __init__(
        self, length: timedelta | None, asked: str, windows: Windows, openings: Openings, clock: Clock
    ) -> None:
        self.length = length
        self._asked = asked
        self._windows = windows
        self._openings = openings
        self._clock = clock
        self._number = 0

    @property
    def until(self) -> datetime | None:
        """When it closes by itself; None where it is not open."""
        return self._windows.until(_KEY)

    @property
    def closed(self) -> str:
        """Why nothing may be started now, as a sentence; "" where it may."""
        return CLOSED if self.length is not None and self.until is None else ""

    async def open(self, operator: str, reason: str = "") -> None:
        """Opens it, or opens it anew for its whole length; stored and audited first.

        Raises `InvalidInput` without the reason that the profile asks for, and `StateError`.
        """
        if self.length is None:
            raise InvalidInput("The profile has no writing window.")
        reason, now = reason_of(self._asked, reason), self._clock.now()
        if self.until is not None:
            await self._openings.close(self._number, operator, now)
        until = now + self.length
        title = f"Writing window of {self.length.total_seconds() / 60:.0f} min"
        self._number = await self._openings.open(title, operator, until, reason, now)
        self._windows.open(_KEY, Window("Writing", until))

    async def close(self, operator: str) -> None:
        """Closes it before its time. Raises `StateError`."""
        if self.until is not None:
            # whatever the disk says, nothing more is started
            self._windows.close(_KEY)
            await self._openings.close(self._number, operator, self._clock.now())

    async def bars(self, process: Process) -> str:
        """Why this process, whoever started it, is not run here; "" where it is. Raises `StateError`."""
        # an export writes to this machine alone, and is let start at any time
        if self.length is None or process.kind == EXPORT or await self._openings.covers(process):
            return ""
        return "it was not started in a writing window, which this profile asks for."
