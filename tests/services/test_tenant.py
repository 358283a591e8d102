"""The tenant's door: lists that come in pages are whole in every answer, and reads are asked for again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.directory import Catalogue
from services.directory_kinds import GROUPS, USERS
from services.errors import ForeignHost
from services.jobs.sight import seen
from services.members import in_exchange
from services.operation import Request, Service
from services.profile import TenantProfile
from services.tenant import Tenant
from services.transport.exchange import ExchangeTransport, cmdlet
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.transport.hosts import Hosts
from services.transport.transport import Transport
from state.audit import AuditLog
from state.cache import DirectoryCache
from state.database import Database
from state.schedules import Schedules
from state.values import Change
from tests.services.transport.doors import TENANT, Tokens
from tests.services.transport.server import Said, Server, serving
from tests.services.transport.times import LeapingClock, dice

pytestmark = pytest.mark.anyio

LOOK = in_exchange(
    Change("u", "ann@x.example", "distribution-groups", "g", "News", "member", True, False)
).look
READ = Request(Service.GRAPH, path="/users/u", query=(("$select", "id"),))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Tenant, Server]]:
    database = await Database.open(folder / "state.db")
    clock = LeapingClock()
    async with serving() as server:
        hosts, governor = Hosts(server.root, server.root), Governor(clock, dice(1))
        graph = GraphTransport(hosts, Tokens(), governor, clock=clock, chance=dice(2))
        exchange = ExchangeTransport(hosts, TENANT, Tokens(), governor, clock=clock)
        cache, audit = DirectoryCache(database, "t"), AuditLog(database, "t")
        profile = TenantProfile(name="lab", tenant_id="t")
        transports: dict[Service, Transport] = {
            Service.GRAPH: graph,
            Service.GRAPH_BETA: graph,
            Service.EXCHANGE: exchange,
        }
        groups, users = Catalogue(GROUPS, graph, cache, clock), Catalogue(USERS, graph, cache, clock)
        reserved = Schedules(database, "t").reserved_seats
        tenant = Tenant(transports, groups, users, governor, audit, clock, profile, reserved)
        try:
            yield tenant, server
        finally:
            await tenant.close()
            await governor.close()
            await database.close()


def _batch(status: int, body: object, **headers: str) -> Said:
    return Said(body={"responses": [{"id": "1", "status": status, "headers": headers, "body": body}]})


def _members(*ids: str, more: str = "") -> dict[str, object]:
    body: dict[str, object] = {"value": [{"ExternalDirectoryObjectId": i} for i in ids]}
    return body | ({"@odata.nextLink": more} if more else {})


async def test_the_second_page_of_an_exchange_list_tells_who_is_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as (tenant, server):
        assert LOOK is not None
        more = f"{server.root}/adminapi/beta/{TENANT}/InvokeCommand?$skiptoken=2"
        server.say(
            _batch(200, _members("a", more=more)),
            Said(body=_members("U")),
        )
        (answer,) = await tenant.batch(Service.EXCHANGE, [LOOK.request])
        assert seen(LOOK, answer) == {"member": True}


async def test_a_cmdlet_that_writes_is_never_sent_again_for_a_link(tmp_path: Path) -> None:
    async with opened(tmp_path) as (tenant, server):
        write = cmdlet("Add-DistributionGroupMember", {"Identity": "g", "Member": "u"})
        server.say(_batch(200, _members(more=f"{server.root}/adminapi/beta/{TENANT}/InvokeCommand?x=1")))
        (answer,) = await tenant.batch(Service.EXCHANGE, [write])
        assert answer.ok
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "first",
    [
        Said(cut=True),
        Said(503),
        Said(429, headers={"Retry-After": "1"}),
        _batch(429, None, **{"Retry-After": "0.2"}),
        _batch(504, None),
        Said(body={"responses": []}),
    ],
)
async def test_reads_that_settled_nothing_are_asked_for_again(tmp_path: Path, first: Said) -> None:
    async with opened(tmp_path) as (tenant, server):
        server.say(first, _batch(200, {"id": "u"}))
        (answer,) = await tenant.ask([READ])
        assert (answer.status, answer.body) == (200, {"id": "u"})
        assert len(server.asked) == 2


async def test_a_refusal_is_an_answer_and_a_lost_service_one_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as (tenant, server):
        server.say(_batch(403, {"error": {"code": "Forbidden", "message": "no"}}))
        (answer,) = await tenant.ask([READ])
        assert (answer.status, answer.code, len(server.asked)) == (403, "Forbidden", 1)
        server.say(Said(cut=True))
        (answer,) = await tenant.ask([READ])
        assert answer.status == 0
        assert answer.message.endswith(".")
        assert await tenant.ask([]) == []


async def test_nothing_is_sent_to_a_service_that_the_profile_does_not_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as (tenant, server):
        with pytest.raises(ForeignHost, match="no address of SharePoint"):
            await tenant.send(Request(Service.SHAREPOINT, path="/_api/web"))
        assert server.asked == []
