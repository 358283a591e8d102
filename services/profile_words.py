"""Profile words: what is wrong in a profile file, as the end of a sentence about the key where it stands."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from services import domain_controller, time_span
from services.clouds import CLOUDS
from services.password import LONGEST, SHORTEST, PasswordClass
from services.portal_roles import ROLES
from services.profile import Colour, Photos, SignIn
from services.risk.thresholds import Thresholds
from services.secret import Secret
from services.token_storage import TokenStorage

URLS = ("authority", "graph_url", "exchange_url", "sharepoint_url", "marketplace_url")
"""Keys of a tenant that are host roots."""

WORDS = {
    "tenant": "the name of one of the tenants below, as a string",
    "photo": "one of " + ", ".join(f'"{way}"' for way in get_args(Photos)),
    "log": "the path of a file, as a string",
    "tenants": "tables of the form [tenants.NAME]",
    "keys": 'a table of binding ids and keys, such as apply = "f2"',
    "tenant_id": 'the directory\'s id, such as "8b7c…-…": 32 hexadecimal digits in five groups',
    "sign_in": "one of " + ", ".join(f'"{way}"' for way in get_args(SignIn)),
    "cloud": "one of " + ", ".join(f'"{name}"' for name in CLOUDS),
    "redirect_port": "a port from 1024 to 65535",
    "sign_in_storage": "one of " + ", ".join(f'"{name}"' for name in get_args(TokenStorage)),
    "ca_bundle": "the path of a PEM file with certificates, as a string",
    "timeout": "a whole number of seconds, from 5 to 600",
    "token": "a string",
    "client_id": "the application's id, 32 hexadecimal digits in five groups",
    "certificate": "the path of a PEM file with certificate and private key, as a string",
    "kinds": "tables [tenants.NAME.kinds.service_accounts] and [tenants.NAME.kinds.external_users]",
    "functional_roles": "a table [tenants.NAME.functional_roles]",
    "administrative_unit": "the id or the exact name of an administrative unit, as a string",
    "prefix": "the start of the groups' names, as a string",
    "ids": "a list of group ids, each 32 hexadecimal digits in five groups",
    "marketplace": "a table [tenants.NAME.marketplace] with url and token",
    "url": 'a URL such as "https://shop.example/licences"',
    **domain_controller.WORDS,
    "portal_app_id": "the application's id, 32 hexadecimal digits in five groups",
    "portal_role": "one of " + ", ".join(f'"{role.name}"' for role in ROLES),
    "ask_reason": 'what to ask for before a process starts, such as "Ticket number"',
    "writing_window": time_span.WORDS,
    "colour": "one of " + ", ".join(f'"{name}"' for name in get_args(Colour)),
    "schedule_late_hours": "a whole number of hours, from 0 to 8760",
    "upn": 'a list of patterns, such as ["svc-*@contoso.com"]',
    "ou": 'a list of distinguished names, such as ["OU=Service,DC=contoso,DC=com"]',
    "attributes": 'a list of "extensionAttributeN=value" with N from 1 to 15',
    "password": "a table [tenants.NAME.password] with length and classes",
    "length": f"a whole number of characters, from {SHORTEST} to {LONGEST}",
    "classes": "a list of at least three of " + ", ".join(f'"{name}"' for name in get_args(PasswordClass)),
    "risk": "a table [tenants.NAME.risk]",
    "off": 'a list of ids of rules, such as ["unmanaged-device"]',
    **{
        field.name: 'a version in quotes, such as "10.0.19045"'
        if field.type is str
        else "a whole number above 0"
        for field in msgspec.structs.fields(Thresholds)
        if field.name != "off"
    },
    **dict.fromkeys(("ascii", "mouse", "bell", "readonly"), "true or false"),
    **dict.fromkeys(URLS, 'a host root such as "https://graph.microsoft.com", with no path'),
}
"""By its key, what a value must be."""

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)


class Wrong(Exception):
    """What is wrong, and at which key."""

    def __init__(self, path: Iterable[str], reason: str) -> None:
        super().__init__(reason)
        self.path = tuple(path)
        self.reason = reason


def converted(raw: dict[str, Any], shape: type[Any], at: tuple[str, ...]) -> Any:
    """The table as this struct. Raises `Wrong`."""
    try:
        return msgspec.convert(raw, shape, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise _explained(str(error), shape, at) from None


def _explained(error: str, shape: type[Any], at: tuple[str, ...]) -> Wrong:
    """msgspec's message as a path and a sentence's end. It names structs' keys, not those of plain tables."""
    reason, _, where = error.partition(" - at `$")
    keys = [key for key in re.sub(r"\[[^]]*]", "", where.rstrip("`")).split(".") if key]
    unknown = _UNKNOWN.fullmatch(reason)
    if not unknown:
        return Wrong((*at, *keys), f"has a wrong value; it must be {WORDS.get(keys[-1], 'as documented')}")
    for key in keys:
        shape = {field.name: field.type for field in msgspec.structs.fields(shape)}[key]
    allowed = [name for name in shape.__struct_fields__ if name != "name"]
    return Wrong((*at, *keys, unknown["key"]), f"is no key of this table{nearest(unknown['key'], allowed)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that is none of those known."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known) or 'none'}"


def _secret(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError("Expected `str`")
