"""News: which processes have ended since a page last looked, and change what it shows."""

from collections.abc import Sequence

from services.task import EXPORT
from state.values import Process


class News:
    """What one page has seen of the journal, and which accounts its tabs are about."""

    def __init__(self) -> None:
        self._accounts: set[str] = set()
        self._ended: set[int] = set()

    def concern(self, account: str) -> None:
        """From now on what happens to this account, by its id, changes what the page shows."""
        self._accounts.add(account)

    def of(self, processes: Sequence[Process]) -> bool:
        """Whether one of these that concerns the page has ended since the last time."""
        # a short one is never seen running: the journal is looked at twice a second at most
        ended = [p for p in processes if p.ended_at is not None and p.id not in self._ended]
        self._ended.update(p.id for p in ended)
        # an export changes nothing in the tenant
        return any(p.kind != EXPORT and (not p.user or p.user in self._accounts) for p in ended)
