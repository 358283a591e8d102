"""The roots of a tenant's services: scheme, host and port alone, and secure unless they are this machine."""

import ipaddress
import re
from urllib.parse import urlsplit

_PATH = re.compile(r"(/[A-Za-z0-9._~%-]*)*")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")


def loopback(url: str) -> bool:
    """Whether this URL's host is this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def endpoint(url: str) -> str:
    """The URL of a service below a host root, without a slash at its end: `https://shop.example/licences`.

    Raises `ValueError` with what it must be, when it holds a query or user information, or is plain http to
    another machine.
    """
    form = 'a URL such as "https://shop.example/licences"'
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(form) from None
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        raise ValueError(form)
    try:
        return host_root(f"{parts.scheme}://{parts.netloc}") + parts.path.rstrip("/")
    except ValueError as error:
        raise ValueError(str(error) if "https (" in str(error) else form) from None


def host_root(url: str) -> str:
    """The URL in lower case without a slash at its end.

    Raises `ValueError` with what it must be, when it holds anything but scheme, host and port or is
    plain http to another machine.
    """
    form = 'a host root such as "https://graph.microsoft.com", with no path'
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(form) from None
    shown = f"[{host}]" if ":" in host else host
    root = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise ValueError(form)
    if url.lower() not in (root, f"{root}/"):
        raise ValueError(form)
    if parts.scheme == "http" and not loopback(root):
        raise ValueError("https (plain http is for loopback alone)")
    return root
