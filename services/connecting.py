"""Connecting: the state file and the transports of one tenant, opened side by side, and put together to a tenant."""

import asyncio
import contextlib
import getpass
import socket
from pathlib import Path
from typing import NamedTuple, TypedDict

from services.credentials import Prompt, source
from services.directory import Catalogue
from services.directory_kinds import GROUPS, USERS
from services.identity import Identity
from services.operation import Service
from services.own_roles import Held
from services.places import state_file
from services.profile import TenantProfile
from services.recorded_roles import recorded
from services.tenant import Tenant
from services.transport.active_directory import ActiveDirectoryTransport
from services.transport.exchange import ExchangeTransport
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.transport.hosts import Hosts
from services.transport.marketplace import MarketplaceTransport
from services.transport.sharepoint import SharePointTransport
from services.transport.transport import Transport
from state.audit import AuditLog
from state.cache import DirectoryCache
from state.clock import Clock
from state.damage import check
from state.database import Database
from state.processes import Processes
from state.schedules import Schedules


class Connected(NamedTuple):
    """What a session is made of; `roles` are those that the operator is known to have activated."""

    tenant: Tenant
    database: Database
    identity: Identity
    roles: tuple[Held, ...]


class _Network(TypedDict, total=False):
    """How the profile says that this machine reaches the services; what it leaves out is each service's own."""

    ca_bundle: str
    timeout: float


async def connected(profile: TenantProfile, state_dir: Path, clock: Clock, prompt: Prompt) -> Connected:
    """Opens state file and transports; nothing is sent. Raises like `Session.open`, and leaves none open then."""
    identity = source(profile, state_dir, prompt)
    governor = Governor(clock, tenant=profile.name)
    network: _Network = {"ca_bundle": profile.ca_bundle}
    if profile.timeout is not None:
        network["timeout"] = float(profile.timeout)
    hosts = Hosts(profile.graph_url, profile.exchange_url, profile.sharepoint_url)
    graph = GraphTransport(hosts, identity, governor, clock=clock, **network)
    transports = _transports(profile, hosts, graph, identity, governor, clock, network)
    async with contextlib.AsyncExitStack() as opened:
        opened.push_async_callback(graph.close)
        # the SDK is left to the first call: what is cached is shown without it
        await asyncio.gather(graph.check(), asyncio.to_thread(check, state_file(state_dir)))
        database = await Database.open(state_file(state_dir))
        opened.push_async_callback(database.close)
        roles = await recorded(Processes(database, profile.tenant_id), operator_here(), clock.now())
        opened.pop_all()
    cache = DirectoryCache(database, profile.tenant_id)
    tenant = Tenant(
        transports,
        Catalogue(GROUPS, graph, cache, clock),
        Catalogue(USERS, graph, cache, clock, counted=governor.sized),
        governor,
        AuditLog(database, profile.tenant_id),
        clock,
        profile,
        Schedules(database, profile.tenant_id).reserved_seats,
    )
    return Connected(tenant, database, identity, roles)


def _transports(
    profile: TenantProfile,
    hosts: Hosts,
    graph: GraphTransport,
    identity: Identity,
    governor: Governor,
    clock: Clock,
    network: _Network,
) -> dict[Service, Transport]:
    """One for each service that the profile names; Graph's two versions share theirs."""
    exchange = ExchangeTransport(hosts, profile.tenant_id, identity, governor, clock=clock, **network)
    transports: dict[Service, Transport] = {
        Service.GRAPH: graph,
        Service.GRAPH_BETA: graph,
        Service.EXCHANGE: exchange,
    }
    if hosts.sharepoint:
        transports[Service.SHAREPOINT] = SharePointTransport(
            hosts, identity, governor, clock=clock, **network
        )
    if market := profile.market:
        transports[Service.MARKETPLACE] = MarketplaceTransport(
            market.url, market.token, governor, clock=clock, **network
        )
    if controller := profile.active_directory:
        transports[Service.ACTIVE_DIRECTORY] = ActiveDirectoryTransport(controller, governor, clock=clock)
    return transports


def operator_here() -> str:
    """Who runs the program on this machine."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
