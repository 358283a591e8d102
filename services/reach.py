"""Whether a tenant's services answer at all, asked without bothering the operator to sign in."""

import asyncio
import time

import msgspec

from services.domain_controller import DomainController
from services.errors import RollcallError
from services.operation import Service
from services.profile import TenantProfile

_TIMEOUT = 10.0


class Reach(msgspec.Struct, frozen=True):
    """What one service's host said: `words` is "answers in 12 ms", or why nothing came."""

    service: str
    url: str
    ok: bool
    words: str


async def reach(profile: TenantProfile) -> list[Reach]:
    """One finding for each service of the profile.

    Only a static token is sent, and only to loopback; a domain controller is signed in to, as at each start.
    """
    services = {
        Service.GRAPH: profile.graph_url,
        Service.EXCHANGE: profile.exchange_url,
        Service.SHAREPOINT: profile.sharepoint_url,
        Service.MARKETPLACE: profile.market.url,
    }
    found = [await _asked(profile, service, url) for service, url in services.items() if url]
    if profile.token:
        found.append(await _signed_in(profile))
    if profile.active_directory:
        found.append(await asyncio.to_thread(_bound, profile.active_directory))
    return found


def _bound(controller: DomainController) -> Reach:
    from services.transport.ldap_connection import LdapConnection

    started = time.perf_counter()
    try:
        LdapConnection(controller, controller.secret()).close()
    except RollcallError as error:
        return Reach("Active Directory", controller.server, False, error.sentence)
    took = (time.perf_counter() - started) * 1000
    return Reach(
        "Active Directory", controller.server, True, f"lets {controller.bind_user} in, {took:.0f} ms"
    )


async def _asked(profile: TenantProfile, service: Service, url: str) -> Reach:
    name = "marketplace" if service is Service.MARKETPLACE else service.label
    started = time.perf_counter()
    try:
        await _got(profile, service, url, {})
    except RollcallError as error:
        return Reach(name, url, False, f"no answer: {error.sentence}")
    return Reach(name, url, True, f"answers in {(time.perf_counter() - started) * 1000:.0f} ms")


async def _signed_in(profile: TenantProfile) -> Reach:
    url = f"{profile.graph_url}/v1.0/organization"
    try:
        status = await _got(
            profile, Service.GRAPH, url, {"Authorization": f"Bearer {profile.token.reveal()}"}
        )
    except RollcallError as error:
        return Reach("sign-in", url, False, f"no answer: {error.sentence}")
    if status != 200:
        return Reach("sign-in", url, False, f"refused: HTTP {status}")
    return Reach("sign-in", url, True, "accepted")


async def _got(profile: TenantProfile, service: Service, url: str, headers: dict[str, str]) -> int:
    """The status of one GET, through the same proxy and trusting the same certificates as the work will."""
    import httpx

    from services.transport.failures import of_connection
    from services.transport.pipeline import new_client

    client = await asyncio.to_thread(new_client, url, _TIMEOUT, profile.ca_bundle)
    async with client:
        try:
            return (await client.get(url, headers=headers)).status_code
        except httpx.TransportError as error:
            raise of_connection(service, error, url) from None
