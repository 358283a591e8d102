"""Desk: what a screen may ask of the app it stands on, so that no screen has to know the app."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.signal import Signal

    from services.session import Session
    from services.tabs.tab import Opening
    from state.values import Process
    from tui.collector import Collector
    from tui.following import Follower
    from tui.options import StartOptions
    from tui.staging import Staging


class Desk(Protocol):
    """The connected tenant, what is pending, what runs, and the way to other screens.

    `session`, `staging` and `follower` are None until the tenant is connected.
    """

    options: "StartOptions"
    session: "Session | None"
    staging: "Staging | None"
    follower: "Follower | None"
    processes: "Sequence[Process]"
    connected: "Signal[None]"
    processes_changed: "Signal[None]"
    failed: "Signal[str]"
    noticed: "Signal[str]"
    told: "Signal[str]"
    windows_changed: "Signal[None]"
    connecting: bool
    collector: "Collector"

    def hold_keys(self) -> None:
        """Keeps the keys that come, for what opens as soon as the tenant is connected."""
        ...

    def release_keys(self) -> None:
        """Delivers them."""
        ...

    def connect(self) -> object:
        """Connects, unless that is done already."""
        ...

    def commands(self) -> Iterable[tuple[str, Callable[[], object]]]:
        """(label, what it does) of what the palette offers on every page."""
        ...

    def open_user(self, identifier: str, tab: str | None = None) -> None:
        """Opens the page of one user, by id or UPN."""
        ...

    def open_users(self, identifiers: "Sequence[str]") -> None:
        """Opens several users together, by id or UPN."""
        ...

    def open_page(self, opening: "Opening") -> None:
        """Opens the page that a row's name leads to."""
        ...
