"""The guard of the wire: what reaches another host is refused and told, here and in a program that is started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import wire


def test_another_host_is_refused_and_told() -> None:
    log = Path(os.environ[wire.LOG])
    with pytest.raises(PermissionError):
        socket.getaddrinfo("graph.microsoft.com", 443)
    with socket.socket() as held, pytest.raises(PermissionError):
        held.connect(("192.0.2.1", 443))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held, pytest.raises(PermissionError):
        held.sendmsg([b"?"], [], 0, ("192.0.2.53", 53))
    with pytest.raises(PermissionError):
        socket.gethostbyaddr("192.0.2.7")
    with pytest.raises(PermissionError):
        socket.getnameinfo(("192.0.2.8", 443), 0)
    program = "import socket; socket.gethostbyname('169.254.169.254')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "must not reach 169.254.169.254" in ended.stderr
    assert [line.partition(" ")[2] for line in wire.attempts(log)] == [
        "graph.microsoft.com",
        "192.0.2.1",
        "192.0.2.53",
        "192.0.2.7",
        "192.0.2.8",
        "169.254.169.254",
    ]
    log.write_text("")


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    socket.getaddrinfo("localhost", 80)
