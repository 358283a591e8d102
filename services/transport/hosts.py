"""Hosts: the only places a token may go to, and the scope of the token each of them takes."""

from functools import lru_cache

import httpx
import msgspec

from services.errors import ForeignHost, InvalidInput
from services.host_root import host_root
from services.operation import Service

_OPTIONAL = ("sharepoint",)


class Hosts(msgspec.Struct, frozen=True):
    """The roots of one tenant's services: scheme, host and port, such as `https://graph.microsoft.com`.

    The optional ones are "" where the tenant has no such service.

    Raises `InvalidInput` for a root with a path or user information, and for plain http to another machine.
    """

    graph: str
    exchange: str
    sharepoint: str = ""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            given = getattr(self, name)
            if not given and name in _OPTIONAL:
                continue
            try:
                msgspec.structs.force_setattr(self, name, host_root(given))
            except ValueError as error:
                raise InvalidInput(f"The tenant's {name} URL must be {error}.") from None

    def root(self, service: Service) -> str:
        """The root of a service, without a slash at its end."""
        roots = {
            Service.GRAPH: self.graph,
            Service.GRAPH_BETA: self.graph,
            Service.EXCHANGE: self.exchange,
            Service.SHAREPOINT: self.sharepoint,
        }
        return roots[service]

    def scope_for(self, url: str) -> str:
        """The scope of the token for this URL. Raises `ForeignHost` outside the profile's hosts."""
        for root in msgspec.structs.astuple(self):
            if root and within(url, root):
                return f"{root}/.default"
        raise ForeignHost(
            "A link led to a host outside this tenant's profile; nothing was sent there."
            " Check the profile's URLs."
        )


def within(url: str, root: str) -> bool:
    """Whether the URL is absolute, carries no user information, and its scheme, host and port are the root's.

    Read by the parser that sends it, so that both see the same host.
    """
    given = _origin(url)
    return given is not None and given == _origin(root)


@lru_cache(maxsize=64)
def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what has user information or is no URL."""
    try:
        given = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None
    if given.userinfo:
        return None
    return given.scheme, given.host, given.port or {"http": 80, "https": 443}.get(given.scheme)
