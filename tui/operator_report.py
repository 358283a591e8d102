"""Who the tenant takes the operator for: portal role and directory roles, read without running anything."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from services import operator_role, own_roles
from services.directory import Catalogue
from services.directory_kinds import GROUPS, USERS
from services.errors import RollcallError
from services.identity import Identity
from services.operation import Service
from services.own_roles import Own
from services.portal_roles import Access
from services.profile import TenantProfile
from services.tenant import Tenant
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.transport.hosts import Hosts
from state.audit import AuditLog
from state.cache import DirectoryCache
from state.clock import Clock, SystemClock
from state.database import Database


async def operator(profile: TenantProfile, identity: Identity) -> tuple[str, str]:
    """What the portal role is, and what the directory roles are, each in words; it never raises for the tenant's sake.

    Nothing is kept: the reads go through a state file of their own, which is gone afterwards.
    """
    clock = SystemClock()
    governor = Governor(clock)
    hosts = Hosts(profile.graph_url, profile.exchange_url, profile.sharepoint_url)
    graph = GraphTransport(hosts, identity, governor, clock=clock, ca_bundle=profile.ca_bundle)
    await graph.start()
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(Path(folder) / "state.db")
        cache = DirectoryCache(database, profile.tenant_id)
        catalogues = Catalogue(GROUPS, graph, cache, clock), Catalogue(USERS, graph, cache, clock)
        audit = AuditLog(database, profile.tenant_id)
        transports = dict.fromkeys((Service.GRAPH, Service.GRAPH_BETA), graph)
        tenant = Tenant(transports, *catalogues, governor, audit, clock, profile, _nothing)
        try:
            return await _portal(tenant), await _directory(tenant, clock)
        finally:
            await tenant.close()
            await database.close()


async def _nothing(_: str) -> Mapping[str, int]:
    return {}


async def _portal(tenant: Tenant) -> str:
    try:
        return portal_words(await operator_role.read(tenant))
    except RollcallError as error:
        return f"could not be read: {error.sentence}"


async def _directory(tenant: Tenant, clock: Clock) -> str:
    try:
        return directory_words(await own_roles.read(tenant), clock)
    except RollcallError as error:
        return f"could not be read: {error.sentence}"


def portal_words(access: Access) -> str:
    """The portal roles, or why there are none."""
    return ", ".join(role.name for role in access.roles) or access.trouble or "portal roles are not in use"


def directory_words(own: Own, clock: Clock) -> str:
    """The directory roles that are active, and those that PIM has ready."""
    return "; ".join(_parts(own, clock)) or "none"


def _parts(own: Own, clock: Clock) -> Iterator[str]:
    if own.trouble:
        yield own.trouble
    now = clock.now()
    active = sorted({own.name(each.role) for each in own.held if each.active(now)})
    if active:
        yield ", ".join(active)
    ready = sorted({own.name(each.role) for each in own.eligible} - set(active))
    if ready:
        yield f"to be activated: {', '.join(ready)}"
