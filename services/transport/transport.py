"""Transport: what the tenant needs of each of its services, so that a new one is one more entry."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from services.operation import Answer, Json, Request

LINKS = ("@odata.nextLink", "odata.nextLink")
"""Where a page names the next one; SharePoint writes it without the sign."""


class Transport(Protocol):
    """One service. What it returns is cleaned; what it raises is a `RollcallError`.

    `send` and `batch` try once and leave it to the caller what may be sent again; `read` and `pages` only
    read and try again by themselves, a bounded number of times.
    """

    @property
    def batch_size(self) -> int:
        """How many requests one call may hold; 1 where the service takes them one by one."""

    async def read(self, request: Request, *, bulk: bool = False) -> Json:
        """The decoded body of one successful read."""

    def pages(
        self, request: Request, *, link: str = "", bulk: bool = False
    ) -> AsyncIterator[list[dict[str, Json]]]:
        """The objects of a list, page by page, from `link` on where one is given."""

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One try of one request. Raises `Unreachable`, `SignInNeeded` and `ForeignHost`."""

    async def batch(self, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        """One try of each request, answers in their order. Raises like `send`."""

    def rest_of(self, request: Request, body: Json) -> str:
        """The link to the next page of the list in this answer's body; "" when the answer is whole.

        Always "" for a request that writes: following its link would send it again.
        """

    async def close(self) -> None:
        """Closes the connections; calls made afterwards raise `Unreachable`."""


def next_link(body: Json) -> str:
    """The link to the next page that a body names, "" where it names none."""
    found = [body.get(name) for name in LINKS] if isinstance(body, dict) else []
    return next((link for link in found if isinstance(link, str)), "")
