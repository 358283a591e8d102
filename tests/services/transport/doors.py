"""What the transport tests stand on: tokens that can be told apart, and a transport to a scripted server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.operation import Request, Service
from services.transport.exchange import ExchangeTransport
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.transport.hosts import Hosts
from tests.services.transport.server import Said, Server, serving
from tests.services.transport.times import LeapingClock, dice

TENANT = "0d8f3f6c-0000-4000-8000-000000000001"
CHALLENGE = 'Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="'


class Tokens:
    """Gives `token-1`, and a further one for each challenge."""

    def __init__(self) -> None:
        self.claims: list[str] = []
        self.scopes: set[str] = set()

    async def token(self, scope: str, *, claims: str = "") -> str:
        """The current token."""
        self.scopes.add(scope)
        if claims:
            self.claims.append(claims)
        return f"token-{len(self.claims) + 1}"


class Graph:
    """A Graph transport, its server, its clock and its governor."""

    def __init__(self, server: Server, timeout: float) -> None:
        self.server = server
        self.clock = LeapingClock()
        self.tokens = Tokens()
        self.governor = Governor(self.clock, dice(1))
        self.hosts = Hosts(server.root, server.root)
        self.transport = GraphTransport(
            self.hosts, self.tokens, self.governor, timeout=timeout, clock=self.clock, chance=dice(2)
        )


@asynccontextmanager
async def graph(*script: Said, patience: float = 10.0) -> AsyncIterator[Graph]:
    """A transport to a server that says this; `patience` is its timeout in seconds."""
    async with serving(*script) as server:
        door = Graph(server, patience)
        try:
            yield door
        finally:
            await door.transport.close()
            await door.governor.close()


class Exchange:
    """An Exchange transport, its server, its clock and its governor."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clock = LeapingClock()
        self.tokens = Tokens()
        self.governor = Governor(self.clock, dice(1))
        self.transport = ExchangeTransport(
            Hosts(server.root, server.root),
            TENANT,
            self.tokens,
            self.governor,
            timeout=10.0,
            clock=self.clock,
        )


@asynccontextmanager
async def exchange(*script: Said) -> AsyncIterator[Exchange]:
    """A transport to a server that says this."""
    async with serving(*script) as server:
        door = Exchange(server)
        try:
            yield door
        finally:
            await door.transport.close()
            await door.governor.close()


def get(path: str, *query: tuple[str, str]) -> Request:
    """A read from Graph."""
    return Request(Service.GRAPH, path=path, query=query)


def adds(count: int) -> list[Request]:
    """So many memberships to add."""
    body = {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/u"}
    return [
        Request(Service.GRAPH, "POST", f"groups/g{n}/members/$ref", body=body) for n in range(1, count + 1)
    ]


def said_in_batch(*items: tuple[object, object]) -> Said:
    """A batch's answer with an item for each (id, status)."""
    return batch_of([{"id": name, "status": status} for name, status in items])


def batch_of(items: Sequence[object]) -> Said:
    """A batch's answer with these items."""
    return Said(body={"responses": list(items)})
