"""The profile file: read, checked, and told in one sentence with file, line and key where something is wrong."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from services import domain_controller, profile_checks, time_span
from services.clouds import CLOUDS
from services.domain_controller import DomainController
from services.errors import InvalidInput
from services.portal_roles import named
from services.profile import Config, Photos, TenantProfile
from services.profile_words import URLS, WORDS, Wrong, converted, nearest
from services.toml_lines import line_of

_CLOUDS_OWN = {"authority": "authority", "graph_url": "graph", "exchange_url": "exchange"}
"""Which of the cloud's hosts stands for a URL that the profile does not name."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


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
    except Wrong as wrong:
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
    file = converted(raw, _File, ())
    for name in file.tenants:
        if not _NAME.fullmatch(name):
            raise Wrong(
                ("tenants", name), "is no tenant's name; use letters, digits, dot, dash and underscore"
            )
    tenants = {name: _tenant(name, table, path) for name, table in file.tenants.items()}
    if file.tenant and file.tenant not in tenants and file.tenant != "sandbox":
        raise Wrong(("tenant",), f"names no tenant of this file{nearest(file.tenant, tenants)}")
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
        raise Wrong((*at, "name"), "is no key of a tenant; its name stands in the brackets")
    if "tenant_id" not in table:
        raise Wrong(at, f"has no tenant_id: {WORDS['tenant_id']}")
    profile: TenantProfile = converted({**table, "name": name}, TenantProfile, at)
    for key in ("tenant_id", "client_id", "portal_app_id"):
        value = getattr(profile, key)
        if (value or key == "tenant_id") and not profile_checks.GUID.fullmatch(value):
            raise Wrong((*at, key), f"is {value!r}; it must be {WORDS[key]}")
    if profile.sign_in != "static-token":
        profile = msgspec.structs.replace(
            profile,
            **{
                key: getattr(profile, key) or getattr(CLOUDS[profile.cloud], host)
                for key, host in _CLOUDS_OWN.items()
            },
        )
    urls = {key: profile_checks.root(getattr(profile, key), (*at, key)) for key in URLS}
    profile_checks.sign_in(profile, urls, at)
    if profile.portal_role and named(profile.portal_role) is None:
        raise Wrong((*at, "portal_role"), f"is {profile.portal_role!r}; it must be {WORDS['portal_role']}")
    try:
        time_span.span(profile.writing_window)
    except ValueError:
        raise Wrong(
            (*at, "writing_window"), f"is {profile.writing_window!r}; it must be {time_span.WORDS}"
        ) from None
    profile_checks.rules(profile.kinds, (*at, "kinds"))
    if "functional_roles" in table:
        profile_checks.groups(profile.functional_roles, (*at, "functional_roles"))
    profile_checks.shape(profile.password, (*at, "password"))
    profile_checks.thresholds(profile.risk, (*at, "risk"))
    if "marketplace" in table:
        profile = msgspec.structs.replace(
            profile, marketplace=profile_checks.market(profile, (*at, "marketplace"))
        )
    if "active_directory" in table:
        found = _controller(profile.active_directory, path, (*at, "active_directory"))
        profile = msgspec.structs.replace(profile, active_directory=found)
    for secret, where in (
        (profile.token, (*at, "token")),
        (profile.marketplace.token, (*at, "marketplace", "token")),
        (profile.active_directory.bind_password, (*at, "active_directory", "bind_password")),
    ):
        if secret:
            profile_checks.private(path, where)
    paths = {key: _beside(path, getattr(profile, key)) for key in ("certificate", "ca_bundle")}
    return msgspec.structs.replace(profile, tenant_id=profile.tenant_id.lower(), **paths, **urls)


def _controller(found: DomainController, path: Path, at: tuple[str, ...]) -> DomainController:
    key, reason = domain_controller.wrong(found)
    if reason:
        raise Wrong((*at, key) if key else at, reason)
    return msgspec.structs.replace(found, ca_certs_file=_beside(path, found.ca_certs_file))


def _beside(file: Path, named: str) -> str:
    """A path as the profile file names it, from where that lies."""
    return str(file.parent / Path(named).expanduser()) if named else ""


def _syntax(path: Path, message: str) -> str:
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    if not found:
        return f"{path} is not TOML: {message}."
    return f"{path}, line {found[1]}: this is not TOML: {message[: found.start()].strip()}."
