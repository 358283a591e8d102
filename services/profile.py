"""Profiles: which tenants there are, how to reach them, how to sign in, as `services.profile_file` reads them."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from services.clouds import CloudName
from services.domain_controller import DomainController
from services.password import PasswordShape
from services.permissions import Resource
from services.risk.thresholds import Thresholds
from services.secret import Secret
from services.token_storage import TokenStorage

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
