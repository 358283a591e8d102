"""Keeping: processes that only this runner can run, as it alone has their secrets, held until they are run."""

import contextlib
from collections.abc import Collection, Mapping, Sequence

from services.jobs.limits import Limits
from services.secret import Secret
from services.vault import Vault
from state.clock import Clock
from state.errors import LeaseLost, StateError
from state.processes import Processes
from state.values import NewProcess, NewStep


class Keeping:
    """Journals such processes as its own, and keeps them its own: nobody claims one while its lease runs.

    When this program ends, however it does, the others find the process, and that its secrets are gone.
    """

    def __init__(self, processes: Processes, vault: Vault, clock: Clock, owner: str, limits: Limits) -> None:
        self._processes = processes
        self._vault = vault
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._secrets: dict[int, tuple[str, ...]] = {}
        self.due = 0.0
        """When (monotonic) the leases are to be renewed next."""

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def __contains__(self, process: object) -> bool:
        return process in self._secrets

    async def start(self, new: NewProcess, steps: Sequence[NewStep], secrets: Mapping[str, Secret]) -> int:
        """Journals the process and keeps its secrets; returns its number. Raises `StateError`, keeping none."""
        self._vault.put(secrets)
        try:
            number = await self._processes.start(
                new, steps, (), self._clock.now(), owner=self._owner, lease=self._limits.lease
            )
        except StateError:
            self._vault.forget(secrets)
            raise
        self._secrets[number] = tuple(secrets)
        self.due = min(self.due, self._clock.monotonic() + self._limits.renew)
        return number

    def waiting(self, running: Collection[int]) -> list[int]:
        """Those that are not run yet."""
        return [process for process in self._secrets if process not in running]

    async def renew(self, running: Collection[int]) -> None:
        """Holds on to those that wait, where the time has come; a running one's lease is its run's to renew."""
        if not self._secrets or self._clock.monotonic() < self.due:
            return
        self.due = self._clock.monotonic() + self._limits.renew
        for process in self.waiting(running):
            try:
                await self._processes.renew(process, self._owner, self._clock.now(), self._limits.lease)
            except LeaseLost:
                # it was cancelled, or this machine slept for longer than the lease
                self.drop(process)
            except StateError:
                # the disk may be back at the next renewal
                continue

    def drop(self, process: int) -> None:
        """It has ended, or is somebody else's: its secrets are forgotten."""
        self._vault.forget(self._secrets.pop(process, ()))

    async def give_back(self) -> None:
        """This runner ends: what it kept is forgotten, and what was not run is anybody's to fail."""
        for process in list(self._secrets):
            self.drop(process)
            with contextlib.suppress(StateError):
                # a lease that cannot be given back runs out by itself
                await self._processes.release(process, self._owner)
