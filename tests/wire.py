"""The wire: in every test, and in every program that a test starts, this machine is the only one there is.

Whatever looks up or connects to another host is refused there and then, and told to the test that caused it.
"""

import ipaddress
import os
import sys
from collections.abc import Sequence
from pathlib import Path

LOG = "ROLLCALL_TEST_WIRE"
"""Names the file that attempts are written to; programs that are started inherit it."""

GUARDED = Path(__file__).with_name("guarded")
"""On the path of the programs that are started, its `sitecustomize` guards them too."""


_ASKING = (
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
)
_SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")


def guard() -> None:
    """From now on nothing of this process reaches another host; there is no way back."""
    sys.addaudithook(_heard)


def attempts(file: Path) -> list[str]:
    """What tried to reach another host, a line each."""
    return file.read_text().splitlines() if file.exists() else []


def _heard(event: str, given: Sequence[object]) -> None:
    if event not in _ASKING and event not in _SENDING:
        return
    host = given[0] if event in _ASKING else given[1]
    if isinstance(host, tuple):
        host = host[0]
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if not isinstance(host, str) or _here(host):
        return
    with Path(os.environ[LOG]).open("a") as file:
        file.write(f"{event} {host}\n")
    raise PermissionError(f"a test must not reach {host}")


def _here(host: str) -> bool:
    """Whether it is this machine: a loopback address, its name, or a path of a local socket."""
    if host in ("", "localhost") or host.startswith(("/", "\0")):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
