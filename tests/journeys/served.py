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

    def configure(self, path: Path, *more: str) -> Path:
        """Writes a profile file (0600) whose only tenant, "lab", is this one, with these lines at its end."""
        lines = ["[tenants.lab]", 'sign_in = "static-token"']
        fields = msgspec.structs.asdict(self).items()
        lines += [f"{key} = {json.dumps(value)}" for key, value in fields if key != "pid"]
        lines += more
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and decoded body (None where it is empty) of one request to Graph, such as "/v1.0/users"."""
        return ask(self.graph_url, self.token, method, path, body)

    def cmdlet(self, name: str, **parameters: object) -> list[dict[str, Any]]:
        """What one cmdlet of Exchange gives."""
        path = f"/adminapi/beta/{self.tenant_id}/InvokeCommand"
        body = {"CmdletInput": {"CmdletName": name, "Parameters": parameters}}
        status, said = ask(self.exchange_url, self.token, "POST", path, body)
        assert status == 200, said
        return list(said["value"])


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
