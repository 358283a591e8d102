"""Sender: what the job runner needs of a tenant, so that it can be run against any."""

from collections.abc import Sequence
from typing import Protocol

from services.operation import Answer, Request, Service


class Sender(Protocol):
    """Sends requests at the service's pace, and asks `services.transport.permit` as each call leaves.

    `send` and `batch` raise `services.errors.Unreachable` when no answer came (what was asked for may have
    happened), `SignInNeeded` and `ForeignHost` when nothing was sent.
    """

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One request, one try."""
        ...

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """Up to `batch_size` requests in one call, one try; an answer each, in their order."""
        ...

    def batch_size(self, service: Service) -> int:
        """How many requests one batch may hold."""
        ...

    def lanes(self, service: Service) -> int:
        """How many batches may be in flight now."""
        ...
