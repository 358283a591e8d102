"""The profile file: which tenants there are, how to reach them, how to sign in."""

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec

from services import domain_controller
from services.clouds import CLOUDS, CloudName
from services.domain_controller import DomainController
from services.errors import InvalidInput
from services.host_root import endpoint, host_root, loopback
from services.password import CLASSES_NEEDED, LONGEST, SHORTEST, PasswordClass, PasswordShape
from services.permissions import Resource
from services.portal_roles import ROLES, named
from services.risk.rules import IDS
from services.risk.thresholds import Thresholds, version
from services.secret import Secret
from services.time_span import WORDS, span
from services.token_storage import TokenStorage
from services.toml_lines import line_of

SignIn: TypeAlias = Literal[
    "device-code", "browser", "certificate", "managed-identity", "azure-cli", "static-token"
]
"""How the operator (or the machine) proves who it is."""


Colour: TypeAlias = Literal["blue", "green", "magenta", "cyan", "yellow", "red"]
"""What a tenant's name is written in."""

Photos: TypeAlias = Literal["auto", "kitty", "sixel", "half-cells", "initials"]
"""How the terminal is to show photos: "auto" as far as it says what it can."""


class KindRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is of a kind: whoever meets one of these.

    `upn` are patterns with `*` and `?`, `ou` the ends of distinguished names, `attributes` are
    `extensionAttributeN=value`. All are compared without regard to case.
    """

    upn: tuple[str, ...] = ()
    ou: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules that tell service accounts and external users from users."""

    service_accounts: KindRules = KindRules()
    external_users: KindRules = KindRules()


class FunctionalRoles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which groups are functional roles: those that meet one of these.

    `administrative_unit` is the id or the exact name of the unit that holds them, `prefix` the start of
    their names (compared without regard to case), `ids` are groups' ids.
    """

    administrative_unit: str = ""
    prefix: str = ""
    ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any group is named."""
        return bool(self.administrative_unit or self.prefix or self.ids)


class Marketplace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where licences are asked for when no seat is free: `url` may have a path, `token` goes with each call."""

    url: str = ""
    token: Secret = Secret()

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.url)


class TenantProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tenant. URLs are host roots without a slash at the end; "" where there is no such service."""

    name: str
    tenant_id: str
    cloud: CloudName = "global"
    authority: str = ""
    """Where signing in happens; the cloud's own where none is named."""
    graph_url: str = ""
    exchange_url: str = ""
    sharepoint_url: str = ""
    marketplace_url: str = ""
    """A marketplace that takes the sign-in's own static token; `market` tells the one there is."""
    marketplace: Marketplace = Marketplace()
    active_directory: DomainController = DomainController()
    """The domain controller of Local and Hybrid accounts, which without one are only read."""
    sign_in: SignIn = "device-code"
    token: Secret = Secret()
    client_id: str = ""
    certificate: str = ""
    """Absolute path of a PEM file with certificate and private key."""
    redirect_port: Annotated[int, msgspec.Meta(ge=1024, le=65535)] = 8400
    """The port of this host that the browser's answer comes to, forwarded from the operator's machine."""
    sign_in_storage: TokenStorage = "memory"
    ca_bundle: str = ""
    """Absolute path of a PEM file with certificates that are trusted beside the well-known ones."""
    timeout: Annotated[int, msgspec.Meta(ge=5, le=600)] | None = None
    """Seconds for one call; None leaves each service its own."""
    readonly: bool = False
    colour: Colour | None = None
    """Of the tenant's name in the header; None leaves the choice to the program."""
    kinds: Kinds = Kinds()
    functional_roles: FunctionalRoles = FunctionalRoles()
    portal_app_id: str = ""
    """Application id of the enterprise application whose roles are the portal access roles; see `portal`."""
    portal_role: str = ""
    """The portal role of an application that signs in by itself; a person's is told by the tenant."""
    ask_reason: str = ""
    """What is to be told before a process starts, such as "Ticket number"; it is stored with the process."""
    writing_window: str = ""
    """For how long the operator may open writing, such as "30m"; "" where it is never closed."""
    schedule_late_hours: Annotated[int, msgspec.Meta(ge=0, le=8760)] = 24
    """A schedule that was missed by more than this does not start by itself: it asks."""
    password: PasswordShape = PasswordShape()
    """How passwords are generated."""
    risk: Thresholds = Thresholds()
    """When something is a risk, and which rules are off."""

    @property
    def market(self) -> Marketplace:
        """The marketplace with its token, however the profile names it; without a `url` there is none."""
        if self.marketplace or not self.marketplace_url:
            return self.marketplace
        return Marketplace(self.marketplace_url, self.token)

    @property
    def scopes(self) -> dict[Resource, str]:
        """The scope of the token that tells a service's permissions; two services behind one root share theirs."""
        roots = (self.graph_url, self.exchange_url, self.sharepoint_url)
        return {resource: f"{root}/.default" for resource, root in zip(Resource, roots, strict=True) if root}

    @property
    def app_only(self) -> bool:
        """Whether an application signs in by itself: nobody is /me, and nobody is assigned to anything."""
        return self.sign_in in ("certificate", "managed-identity")

    @property
    def portal(self) -> str:
        """Application id of Rollcall's own enterprise application: the named one, else the one that signs in."""
        return self.portal_app_id or self.client_id


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `tenant` is the one to open when none is asked for, `keys` maps binding ids to keys."""

    tenant: str = ""
    ascii: bool = False
    mouse: bool = True
    bell: bool = True
    photo: Photos = "auto"
    log: str = ""
    """Absolute path of the log; "" where none is written."""
    keys: dict[str, str] = {}
    tenants: dict[str, TenantProfile] = {}


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The file's own shape, before the tenants are looked at one by one."""

    tenant: str = ""
    ascii: bool = False
    mouse: bool = True
    bell: bool = True
    photo: Photos = "auto"
    log: str = ""
    keys: dict[str, str] = {}
    tenants: dict[str, dict[str, Any]] = {}


class _Wrong(Exception):
    """What is wrong, and at which key."""

    def __init__(self, path: Iterable[str], reason: str) -> None:
        super().__init__(reason)
        self.path = tuple(path)
        self.reason = reason


_CLOUDS_OWN = {"authority": "authority", "graph_url": "graph", "exchange_url": "exchange"}
"""Which of the cloud's hosts stands for a URL that the profile does not name."""
_URLS = ("authority", "graph_url", "exchange_url", "sharepoint_url", "marketplace_url")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ATTRIBUTE = re.compile(r"extensionAttribute([1-9]|1[0-5])=.+", re.IGNORECASE)

_WORDS = {
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
    "writing_window": WORDS,
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
    **dict.fromkeys(_URLS, 'a host root such as "https://graph.microsoft.com", with no path'),
}


def load(path: Path) -> Config:
    """The profile file at `path`. Raises `InvalidInput`: one sentence with file, line and key."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(_syntax(path, str(error))) from None
    try:
        config = _config(raw, path)
    except _Wrong as wrong:
        where = f"{path}, line {line_of(text, wrong.path)}: {'.'.join(wrong.path)}"
        end = "" if wrong.reason.endswith("?") else "."
        raise InvalidInput(f"{where} {wrong.reason}{end}") from None
    return config


def choose(config: Config, name: str = "") -> TenantProfile | None:
    """The tenant to open; None is the embedded sandbox (no tenant is configured, or "sandbox" was asked for).

    Raises `InvalidInput` when there is no tenant of that name, or several and none was named.
    """
    name = name or config.tenant
    if name in config.tenants:
        return config.tenants[name]
    if name == "sandbox" or (not name and not config.tenants):
        return None
    known = ", ".join([*config.tenants, "sandbox"])
    if name:
        raise InvalidInput(f"There is no tenant {name!r} in the profile file; there are: {known}.")
    if len(config.tenants) == 1:
        return next(iter(config.tenants.values()))
    raise InvalidInput(f'Several tenants are configured; name one with --tenant or tenant = "…": {known}.')


def _config(raw: dict[str, Any], path: Path) -> Config:
    file = _converted(raw, _File, ())
    for name in file.tenants:
        if not _NAME.fullmatch(name):
            raise _Wrong(
                ("tenants", name), "is no tenant's name; use letters, digits, dot, dash and underscore"
            )
    tenants = {name: _tenant(name, table, path) for name, table in file.tenants.items()}
    if file.tenant and file.tenant not in tenants and file.tenant != "sandbox":
        raise _Wrong(("tenant",), f"names no tenant of this file{_nearest(file.tenant, tenants)}")
    return Config(
        tenant=file.tenant,
        ascii=file.ascii,
        mouse=file.mouse,
        bell=file.bell,
        photo=file.photo,
        log=_beside(path, file.log),
        keys=file.keys,
        tenants=tenants,
    )


def _tenant(name: str, table: dict[str, Any], path: Path) -> TenantProfile:
    at = ("tenants", name)
    if "name" in table:
        raise _Wrong((*at, "name"), "is no key of a tenant; its name stands in the brackets")
    if "tenant_id" not in table:
        raise _Wrong(at, f"has no tenant_id: {_WORDS['tenant_id']}")
    profile: TenantProfile = _converted({**table, "name": name}, TenantProfile, at)
    for key in ("tenant_id", "client_id", "portal_app_id"):
        value = getattr(profile, key)
        if (value or key == "tenant_id") and not _GUID.fullmatch(value):
            raise _Wrong((*at, key), f"is {value!r}; it must be {_WORDS[key]}")
    if profile.sign_in != "static-token":
        profile = msgspec.structs.replace(
            profile,
            **{
                key: getattr(profile, key) or getattr(CLOUDS[profile.cloud], host)
                for key, host in _CLOUDS_OWN.items()
            },
        )
    urls = {key: _root(getattr(profile, key), (*at, key)) for key in _URLS}
    _sign_in(profile, urls, at)
    if profile.portal_role and named(profile.portal_role) is None:
        raise _Wrong((*at, "portal_role"), f"is {profile.portal_role!r}; it must be {_WORDS['portal_role']}")
    try:
        span(profile.writing_window)
    except ValueError:
        raise _Wrong((*at, "writing_window"), f"is {profile.writing_window!r}; it must be {WORDS}") from None
    _rules(profile.kinds, (*at, "kinds"))
    if "functional_roles" in table:
        _groups(profile.functional_roles, (*at, "functional_roles"))
    _shape(profile.password, (*at, "password"))
    _thresholds(profile.risk, (*at, "risk"))
    if "marketplace" in table:
        profile = msgspec.structs.replace(profile, marketplace=_market(profile, (*at, "marketplace")))
    if "active_directory" in table:
        found = _controller(profile.active_directory, path, (*at, "active_directory"))
        profile = msgspec.structs.replace(profile, active_directory=found)
    for secret, where in (
        (profile.token, (*at, "token")),
        (profile.marketplace.token, (*at, "marketplace", "token")),
        (profile.active_directory.bind_password, (*at, "active_directory", "bind_password")),
    ):
        if secret:
            _private(path, where)
    paths = {key: _beside(path, getattr(profile, key)) for key in ("certificate", "ca_bundle")}
    return msgspec.structs.replace(profile, tenant_id=profile.tenant_id.lower(), **paths, **urls)


def _beside(file: Path, named: str) -> str:
    """A path as the profile file names it, from where that lies."""
    return str(file.parent / Path(named).expanduser()) if named else ""


def _sign_in(profile: TenantProfile, urls: dict[str, str], at: tuple[str, ...]) -> None:
    static = profile.sign_in == "static-token"
    if profile.token and not static:
        raise _Wrong((*at, "token"), 'is only for sign_in = "static-token"')
    if static:
        for key in ("graph_url", "exchange_url"):
            if not urls[key]:
                raise _Wrong(at, f'has no {key}, which sign_in = "static-token" needs')
        if not profile.token:
            raise _Wrong(at, 'has no token, which sign_in = "static-token" needs')
        for key, url in urls.items():
            if url and not loopback(url):
                raise _Wrong((*at, key), f'is {url!r}; sign_in = "static-token" is for loopback URLs alone')
    if urls["authority"].startswith("http:"):
        raise _Wrong((*at, "authority"), f"is {urls['authority']!r}; signing in needs https")
    for key in ("client_id", "certificate"):
        personal = profile.sign_in in ("device-code", "browser")
        needed = profile.sign_in == "certificate" or (key == "client_id" and personal)
        if needed and not getattr(profile, key):
            raise _Wrong(at, f'has no {key}, which sign_in = "{profile.sign_in}" needs: {_WORDS[key]}')


def _rules(kinds: Kinds, at: tuple[str, ...]) -> None:
    words = _WORDS["attributes"]
    for kind in ("service_accounts", "external_users"):
        for attribute in getattr(kinds, kind).attributes:
            if not _ATTRIBUTE.fullmatch(attribute):
                raise _Wrong((*at, kind, "attributes"), f"holds {attribute!r}; it must be {words}")


def _groups(named: FunctionalRoles, at: tuple[str, ...]) -> None:
    if not named:
        raise _Wrong(at, "names no groups: it needs administrative_unit, prefix or ids")
    for key in ("administrative_unit", "prefix"):
        text = getattr(named, key)
        if text != text.strip():
            raise _Wrong((*at, key), f"is {text!r}; it must be {_WORDS[key]}, without blanks around it")
    for identity in named.ids:
        if not _GUID.fullmatch(identity):
            raise _Wrong((*at, "ids"), f"holds {identity!r}; it must be {_WORDS['ids']}")


def _market(profile: TenantProfile, at: tuple[str, ...]) -> Marketplace:
    found = profile.marketplace
    if profile.marketplace_url:
        raise _Wrong(at, "stands beside marketplace_url: one of them is enough")
    for key in ("url", "token"):
        if not getattr(found, key):
            raise _Wrong(at, f"has no {key}: {_WORDS[key]}")
    try:
        return msgspec.structs.replace(found, url=endpoint(found.url))
    except ValueError as error:
        raise _Wrong((*at, "url"), f"is {found.url!r}; it must be {error}") from None


def _controller(found: DomainController, path: Path, at: tuple[str, ...]) -> DomainController:
    key, reason = domain_controller.wrong(found)
    if reason:
        raise _Wrong((*at, key) if key else at, reason)
    return msgspec.structs.replace(found, ca_certs_file=_beside(path, found.ca_certs_file))


def _shape(shape: PasswordShape, at: tuple[str, ...]) -> None:
    if not SHORTEST <= shape.length <= LONGEST:
        raise _Wrong((*at, "length"), f"is {shape.length}; it must be {_WORDS['length']}")
    if len(set(shape.classes)) < CLASSES_NEEDED:
        raise _Wrong((*at, "classes"), f"are too few; it must be {_WORDS['classes']}")


def _thresholds(limits: Thresholds, at: tuple[str, ...]) -> None:
    for key in limits.__struct_fields__:
        value = getattr(limits, key)
        bad = value < 1 if isinstance(value, int) else isinstance(value, str) and not version(value)
        if bad:
            raise _Wrong((*at, key), f"is {value!r}; it must be {_WORDS[key]}")
    for identity in limits.off:
        if identity not in IDS:
            raise _Wrong((*at, "off"), f"holds {identity!r}, which is no rule{_nearest(identity, IDS)}")


def _root(url: str, at: tuple[str, ...]) -> str:
    try:
        return host_root(url) if url else ""
    except ValueError as error:
        raise _Wrong(at, f"is {url!r}; it must be {error}") from None


def _private(path: Path, at: tuple[str, ...]) -> None:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _Wrong(at, f"can be read by others: chmod 600 {path}")


_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)


def _converted(raw: dict[str, Any], shape: type[Any], at: tuple[str, ...]) -> Any:
    try:
        return msgspec.convert(raw, shape, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise _explained(str(error), shape, at) from None


def _explained(error: str, shape: type[Any], at: tuple[str, ...]) -> _Wrong:
    """msgspec's message as a path and a sentence's end. It names structs' keys, not those of plain tables."""
    reason, _, where = error.partition(" - at `$")
    keys = [key for key in re.sub(r"\[[^]]*]", "", where.rstrip("`")).split(".") if key]
    unknown = _UNKNOWN.fullmatch(reason)
    if not unknown:
        return _Wrong((*at, *keys), f"has a wrong value; it must be {_WORDS.get(keys[-1], 'as documented')}")
    for key in keys:
        shape = {field.name: field.type for field in msgspec.structs.fields(shape)}[key]
    allowed = [name for name in shape.__struct_fields__ if name != "name"]
    return _Wrong((*at, *keys, unknown["key"]), f"is no key of this table{_nearest(unknown['key'], allowed)}")


def _nearest(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known) or 'none'}"


def _syntax(path: Path, message: str) -> str:
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    if not found:
        return f"{path} is not TOML: {message}."
    return f"{path}, line {found[1]}: this is not TOML: {message[: found.start()].strip()}."


def _secret(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError("Expected `str`")
