"""From what LDAP said to an `Answer`, and from an entry of Active Directory to JSON; both cleaned."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from services.clean import clean
from services.operation import Answer, Json

DISABLED = 0x2
"""ACCOUNTDISABLE in userAccountControl ([MS-ADTS] 2.2.16)."""

_NUMBERS = frozenset({"userAccountControl", "pwdLastSet", "lockoutTime"})
_GUIDS = frozenset({"objectGUID", "mS-DS-ConsistencyGuid"})
_LISTS = frozenset({"otherMailbox", "telephoneNumber"})
"""What Graph has as lists."""
_MESSAGE = 400

_STATUSES = {
    0: 200,
    1: 500,  # operationsError
    3: 504,  # timeLimitExceeded
    6: 200,  # compareTrue
    11: 503,  # adminLimitExceeded
    32: 404,  # noSuchObject
    49: 401,  # invalidCredentials
    50: 403,  # insufficientAccessRights
    51: 503,  # busy
    52: 503,  # unavailable
    80: 500,  # other
}
"""LDAP's result codes (RFC 4511, 4.1.9) as the status of HTTP that means the same; any other is a refusal, 400."""

ALREADY = Answer(409, code="attributeOrValueExists", message="The attribute has this value already.")
"""Where bits are as they are to be."""


class Result(msgspec.Struct, frozen=True):
    """How an LDAP operation ended. `description` is the code's name, `entries` what a search found."""

    code: int
    description: str
    message: str
    entries: tuple[dict[str, Json], ...] = ()


def of_result(result: Result) -> Answer:
    """The answer that it comes to."""
    status = _STATUSES.get(result.code, 400)
    if status == 200:
        return Answer(status, {"value": list(result.entries)})
    message = clean(" ".join(result.message.split()), _MESSAGE)
    return Answer(status, code=clean(result.description, 100), message=message)


def entry(dn: str, attributes: Mapping[str, Sequence[bytes]]) -> dict[str, Json]:
    """One entry: `id` is its objectGUID, `dn` its name.

    Beside `userAccountControl` stands `accountEnabled`, beside `pwdLastSet` whether that asks for a change of the
    password (`changeAtNextLogon`).
    """
    found: dict[str, Json] = {"dn": clean(dn)}
    for name, values in attributes.items():
        if values:
            found[name] = _value(name, values)
    found["id"] = found.get("objectGUID", "")
    if isinstance(flags := found.get("userAccountControl"), int):
        found["accountEnabled"] = not flags & DISABLED
    if isinstance(since := found.get("pwdLastSet"), int):
        found["changeAtNextLogon"] = since == 0
    return found


def _value(name: str, values: Sequence[bytes]) -> Json:
    if name in _LISTS:
        return [_text(value) for value in values]
    first = values[0]
    if name in _NUMBERS:
        return int(first) if first.lstrip(b"-").isdigit() else None
    if name in _GUIDS:
        return str(UUID(bytes_le=first)) if len(first) == 16 else ""
    return _text(first)


def _text(value: bytes) -> str:
    return clean(value.decode(errors="replace"))
