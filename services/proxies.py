"""Proxies: which proxy of the environment a host is reached through, by one rule for every client of the program.

HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, in small letters too (which go first), and NO_PROXY with names, suffixes,
addresses and networks: as `requests` reads them, through which azure-identity signs in. This machine itself is never
asked through a proxy.
"""

from urllib.parse import urlsplit
from urllib.request import getproxies

import msgspec

from services.errors import InvalidInput
from services.host_root import loopback
from services.secret import Secret

_SCHEMES = ("http", "https")


class Proxy(msgspec.Struct, frozen=True):
    """A proxy: `url` may hold a name and a password, `shown` is what may be said of it."""

    url: Secret
    shown: str


def proxy_for(url: str) -> Proxy | None:
    """The proxy for this URL, None where it is reached directly. Raises `InvalidInput` for one that cannot be used."""
    if loopback(url) or not getproxies():
        return None
    from requests import utils

    found = utils.select_proxy(url, utils.get_environ_proxies(url))
    if not found:
        return None
    given = found if "://" in found else f"http://{found}"
    try:
        parts = urlsplit(given)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise InvalidInput(_unusable("its port is no number")) from None
    shown = f"{parts.scheme}://{parts.hostname or ''}{port}"
    if parts.scheme not in _SCHEMES:
        raise InvalidInput(_unusable(f"{shown} is no http:// or https:// URL"))
    if not parts.hostname:
        raise InvalidInput(_unusable("it names no host"))
    return Proxy(Secret(given), shown)


def refusal(proxy: Proxy | None, host: str, status: str) -> str:
    """What to do where the proxy does not let a connection to `host` through; `status` is its answer, "" for none."""
    name = f"The proxy {proxy.shown}" if proxy else "The proxy"
    if status == "407":
        return (
            f"{name} asks for a name and a password (407): put them into HTTPS_PROXY, as "
            "http://name:password@host:port."
        )
    if status:
        return f"{name} does not let {host} through ({status}): have that host allowed there, or name it in NO_PROXY."
    return f"{name} cannot be reached, or answered nothing: check HTTPS_PROXY and NO_PROXY."


def _unusable(why: str) -> str:
    return f"The proxy that the environment names cannot be used, as {why}: check HTTPS_PROXY and ALL_PROXY."
