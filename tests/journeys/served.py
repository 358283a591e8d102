"""A sandbox tenant served by itself, with a look at its own data: what the journeys are checked against."""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from services.sandbox.embedded import Endpoint
from tests.sandbox import listening


class Served(Endpoint, frozen=True):
    """What the line that `rollcall sandbox` prints says, and what can be done with it."""

    def configure(self, path: Path) -> Path:
        """Writes a profile file (0600) whose only tenant, "lab", is this one."""
        lines = ["[tenants.lab]", 'sign_in = "static-token"']
        fields = msgspec.structs.asdict(self).items()
        lines += [f"{key} = {json.dumps(value)}" for key, value in fields if key != "pid"]
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and decoded body (None where it is empty) of one request to Graph, such as "/v1.0/users"."""
        return ask(self.graph_url, self.token, method, path, body)


def ask(root: str, token: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and decoded body (None where it is empty) of one request with a bearer token."""
    address = urlsplit(root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said) if said else None
    finally:
        connection.close()


@contextmanager
def served(*flags: str) -> Iterator[Served]:
    """`rollcall sandbox` with these flags, for as long as the block lasts."""
    with listening([sys.executable, "-m", "tui.cli", "sandbox", *flags], Served) as tenant:
        yield tenant
