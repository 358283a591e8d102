"""Telling: what a request sends and what a value is, in words for a person, with nothing that must stay secret."""

import re
from collections.abc import Iterator

import msgspec

from services.operation import Json, Request, Service

_SECRET = re.compile(r"password|secret|token|credential|passphrase|privatekey", re.IGNORECASE)
_FLAGS = ("forceChangePassword", "passwordPolicies", "passwordNeverExpires")
HIDDEN = "(not shown)"


def told(request: Request) -> Iterator[tuple[str, str]]:
    """Label and text for each part of a request: method and path, or the cmdlet with its parameters."""
    cmdlet = _cmdlet(request)
    if cmdlet is None:
        yield "Request", f"{request.service.label} {request.method} {request.path}"
        for name, value in request.query:
            yield "Query", f"{name}={HIDDEN if _secret(name) else value}"
        if request.body is not None:
            yield "Body", msgspec.json.encode(without_secrets(request.body)).decode()
        return
    yield "Cmdlet", str(cmdlet.get("CmdletName", ""))
    parameters = without_secrets(cmdlet.get("Parameters") or {})
    for name, value in parameters.items():
        yield (
            "Parameter",
            f"-{name} {value if isinstance(value, str) else msgspec.json.encode(value).decode()}",
        )


def without_secrets(value: Json) -> Json:
    """The value with `HIDDEN` in the place of everything that a key calls a password or the like."""
    if isinstance(value, dict):
        return {key: HIDDEN if _hides(key, held) else without_secrets(held) for key, held in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _cmdlet(request: Request) -> dict[str, Json] | None:
    if request.service is not Service.EXCHANGE or not isinstance(request.body, dict):
        return None
    found = request.body.get("CmdletInput")
    return found if isinstance(found, dict) else None


def _hides(key: str, held: Json) -> bool:
    return _secret(key) and held is not None and not isinstance(held, bool | dict)


def _secret(name: str) -> bool:
    return bool(_SECRET.search(name)) and not name.lower().startswith(tuple(f.lower() for f in _FLAGS))
