"""Profile checks: what the values of a tenant's keys must be beyond their types, table by table."""

import os
import re
import stat
from pathlib import Path

import msgspec

from services.host_root import endpoint, host_root, loopback
from services.password import CLASSES_NEEDED, LONGEST, SHORTEST, PasswordShape
from services.profile import FunctionalRoles, Kinds, Marketplace, TenantProfile
from services.profile_words import WORDS, Wrong, nearest
from services.risk.thresholds import Thresholds, version

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"extensionAttribute([1-9]|1[0-5])=.+", re.IGNORECASE)


def sign_in(profile: TenantProfile, urls: dict[str, str], at: tuple[str, ...]) -> None:
    """Each way to sign in has what it needs, and nothing that is for another one. Raises `Wrong`."""
    static = profile.sign_in == "static-token"
    if profile.token and not static:
        raise Wrong((*at, "token"), 'is only for sign_in = "static-token"')
    if static:
        for key in ("graph_url", "exchange_url"):
            if not urls[key]:
                raise Wrong(at, f'has no {key}, which sign_in = "static-token" needs')
        if not profile.token:
            raise Wrong(at, 'has no token, which sign_in = "static-token" needs')
        for key, url in urls.items():
            if url and not loopback(url):
                raise Wrong((*at, key), f'is {url!r}; sign_in = "static-token" is for loopback URLs alone')
    if urls["authority"].startswith("http:"):
        raise Wrong((*at, "authority"), f"is {urls['authority']!r}; signing in needs https")
    for key in ("client_id", "certificate"):
        personal = profile.sign_in in ("device-code", "browser")
        needed = profile.sign_in == "certificate" or (key == "client_id" and personal)
        if needed and not getattr(profile, key):
            raise Wrong(at, f'has no {key}, which sign_in = "{profile.sign_in}" needs: {WORDS[key]}')


def rules(kinds: Kinds, at: tuple[str, ...]) -> None:
    """The rules that tell kinds of accounts are such. Raises `Wrong`."""
    words = WORDS["attributes"]
    for kind in ("service_accounts", "external_users"):
        for attribute in getattr(kinds, kind).attributes:
            if not _ATTRIBUTE.fullmatch(attribute):
                raise Wrong((*at, kind, "attributes"), f"holds {attribute!r}; it must be {words}")


def groups(named: FunctionalRoles, at: tuple[str, ...]) -> None:
    """Functional roles are named by something. Raises `Wrong`."""
    if not named:
        raise Wrong(at, "names no groups: it needs administrative_unit, prefix or ids")
    for key in ("administrative_unit", "prefix"):
        text = getattr(named, key)
        if text != text.strip():
            raise Wrong((*at, key), f"is {text!r}; it must be {WORDS[key]}, without blanks around it")
    for identity in named.ids:
        if not GUID.fullmatch(identity):
            raise Wrong((*at, "ids"), f"holds {identity!r}; it must be {WORDS['ids']}")


def market(profile: TenantProfile, at: tuple[str, ...]) -> Marketplace:
    """The marketplace, its URL in its usual form. Raises `Wrong`."""
    found = profile.marketplace
    if profile.marketplace_url:
        raise Wrong(at, "stands beside marketplace_url: one of them is enough")
    for key in ("url", "token"):
        if not getattr(found, key):
            raise Wrong(at, f"has no {key}: {WORDS[key]}")
    try:
        return msgspec.structs.replace(found, url=endpoint(found.url))
    except ValueError as error:
        raise Wrong((*at, "url"), f"is {found.url!r}; it must be {error}") from None


def shape(shape: PasswordShape, at: tuple[str, ...]) -> None:
    """A password of this shape is one that the service takes. Raises `Wrong`."""
    if not SHORTEST <= shape.length <= LONGEST:
        raise Wrong((*at, "length"), f"is {shape.length}; it must be {WORDS['length']}")
    if len(set(shape.classes)) < CLASSES_NEEDED:
        raise Wrong((*at, "classes"), f"are too few; it must be {WORDS['classes']}")


def thresholds(limits: Thresholds, at: tuple[str, ...]) -> None:
    """Thresholds are above nothing, and rules that are off are there. Raises `Wrong`."""
    for key in limits.__struct_fields__:
        value = getattr(limits, key)
        bad = value < 1 if isinstance(value, int) else isinstance(value, str) and not version(value)
        if bad:
            raise Wrong((*at, key), f"is {value!r}; it must be {WORDS[key]}")
    if not limits.off:
        return
    # the rules are many modules, and before the first frame few profiles need them
    from services.risk.rules import IDS

    for identity in limits.off:
        if identity not in IDS:
            raise Wrong((*at, "off"), f"holds {identity!r}, which is no rule{nearest(identity, IDS)}")


def root(url: str, at: tuple[str, ...]) -> str:
    """The host root in its usual form, "" for none. Raises `Wrong`."""
    try:
        return host_root(url) if url else ""
    except ValueError as error:
        raise Wrong(at, f"is {url!r}; it must be {error}") from None


def private(path: Path, at: tuple[str, ...]) -> None:
    """A file with a secret in it is the operator's alone. Raises `Wrong`."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Wrong(at, f"can be read by others: chmod 600 {path}")
