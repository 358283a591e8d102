"""Call: one HTTP call as plain data, before a client adds its token."""

import httpx
import msgspec

from services.operation import Service


class Call(msgspec.Struct, frozen=True):
    """One HTTP call, complete but for its token.

    `path` is what it asks for, below root and version; `what` how a person names that; `costs` what it takes of
    which quota, by name.
    """

    service: Service
    method: str
    url: str
    path: str
    headers: dict[str, str] = {}
    content: bytes | None = None
    bulk: bool = False
    what: str = ""
    costs: dict[str, int] = {}

    @property
    def host(self) -> str:
        """The host and port it goes to."""
        return httpx.URL(self.url).netloc.decode()
