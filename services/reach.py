"""Whether a tenant's services answer at all, asked without bothering the operator to sign in."""

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec

from services.domain_controller import DomainController
from services.errors import RollcallError
from services.profile import TenantProfile

if TYPE_CHECKING:
    import httpx


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
    import httpx

    services = {
        "Graph": profile.graph_url,
        "Exchange": profile.exchange_url,
        "SharePoint": profile.sharepoint_url,
        "marketplace": profile.market.url,
    }
    found = []
    async with httpx.AsyncClient(timeout=10, follow_redirects=False) as client:
        for service, url in services.items():
            if url:
                found.append(await _asked(client, service, url))
        if profile.token:
            found.append(await _signed_in(client, profile))
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


async def _asked(client: "httpx.AsyncClient", service: str, url: str) -> Reach:
    import httpx

    started = time.perf_counter()
    try:
        await client.get(url)
    except httpx.HTTPError as error:
        return Reach(service, url, False, f"no answer: {error or type(error).__name__}")
    return Reach(service, url, True, f"answers in {(time.perf_counter() - started) * 1000:.0f} ms")


async def _signed_in(client: "httpx.AsyncClient", profile: TenantProfile) -> Reach:
    import httpx

    url = f"{profile.graph_url}/v1.0/organization"
    try:
        answer = await client.get(url, headers={"Authorization": f"Bearer {profile.token.reveal()}"})
    except httpx.HTTPError as error:
        return Reach("sign-in", url, False, f"no answer: {error or type(error).__name__}")
    if answer.status_code != 200:
        return Reach("sign-in", url, False, f"refused: HTTP {answer.status_code}")
    return Reach("sign-in", url, True, "accepted")
