"""The transports against the embedded tenant, in good weather and in bad."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.errors import NotFound
from services.identity import StaticToken
from services.operation import Request, Service
from services.transport.exchange import ExchangeTransport, cmdlet
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.transport.hosts import Hosts
from services.transport.urls import segment
from tests.sandbox import Endpoints, running_sandbox
from tests.services.transport.times import LeapingClock

BAD_WEATHER = (
    "throttle:rate=0.2,retry_after=0.249",
    "error:rate=0.1,status=502",
    "drop:rate=0.1",
    "truncate:rate=0.1",
)


@asynccontextmanager
async def connected(tenant: Endpoints) -> AsyncIterator[tuple[GraphTransport, ExchangeTransport]]:
    """Both transports to this tenant, with a clock that never makes the test wait."""
    clock = LeapingClock()
    governor = Governor(clock)
    hosts = Hosts(tenant.graph_url, tenant.exchange_url)
    token = StaticToken(tenant.token)
    graph = GraphTransport(hosts, token, governor, clock=clock)
    exchange = ExchangeTransport(hosts, tenant.tenant_id, token, governor, clock=clock)
    try:
        yield graph, exchange
    finally:
        await graph.close()
        await exchange.close()
        await governor.close()


async def listed(graph: GraphTransport, request: Request) -> list[dict[str, str]]:
    """Every object of every page."""
    return [item async for page in graph.pages(request) for item in page]


async def read_all(tenant: Endpoints) -> tuple[list[str], list[str], list[str]]:
    """The ids of every user by pages of 10, of every group by delta, and the names of the mail groups."""
    async with connected(tenant) as (graph, exchange):
        few = (("$select", "id,userPrincipalName"), ("$top", "10"))
        users = await listed(graph, Request(Service.GRAPH, path="users", query=few))
        groups = await listed(graph, Request(Service.GRAPH, path="groups/delta", query=(("$select", "id"),)))
        one = await graph.read(Request(Service.GRAPH, path="users/" + segment(users[0]["userPrincipalName"])))
        assert one["id"] == users[0]["id"]
        with pytest.raises(NotFound):
            await graph.read(Request(Service.GRAPH, path="users/" + segment("no#body@nowhere")))
        mail = await exchange.read(cmdlet("Get-DistributionGroup", {"ResultSize": "Unlimited"}))
        return [u["id"] for u in users], [g["id"] for g in groups], [m["DisplayName"] for m in mail["value"]]


def test_reading_gives_the_same_in_bad_weather() -> None:
    with running_sandbox() as tenant:
        fair = asyncio.run(read_all(tenant))
    with running_sandbox(faults=BAD_WEATHER) as tenant:
        foul = asyncio.run(read_all(tenant))
    assert fair == foul
    assert all(len(set(found)) == len(found) > 10 for found in fair)


def test_a_batch_of_memberships_is_carried_out_item_by_item() -> None:
    async def work(tenant: Endpoints) -> None:
        async with connected(tenant) as (graph, _):
            user = (await listed(graph, Request(Service.GRAPH, path="users")))[0]["id"]
            kind = "securityEnabled eq true and mailEnabled eq false"
            groups = await listed(graph, Request(Service.GRAPH, path="groups", query=(("$filter", kind),)))
            body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
            paths = [f"groups/{group['id']}/members/$ref" for group in groups[:25]]
            requests = [Request(Service.GRAPH, "POST", path, body=body) for path in paths]
            first = await graph.batch(requests)
            assert {a.status for a in first} <= {204, 400, 403}
            assert 204 in {a.status for a in first}
            again = await graph.batch(requests)
            for was, now in zip(first, again, strict=True):
                assert now.status == (was.status if was.status != 204 else 400)
                assert now.message

    with running_sandbox() as tenant:
        asyncio.run(work(tenant))
