"""Group: what the group tabs know of one group, and who may write its membership."""

from enum import StrEnum

import msgspec

FIELDS = (
    "id,displayName,description,mail,groupTypes,mailEnabled,securityEnabled,membershipRule,"
    "onPremisesSyncEnabled,isAssignableToRole,visibility,resourceProvisioningOptions"
)
"""What every list of groups asks for (`api-map.md` §3.4)."""


class GroupKind(StrEnum):
    """The four kinds a tab each is for; M365 groups may be security-enabled too, so they are told first."""

    MICROSOFT_365 = "microsoft-365"
    SECURITY = "security"
    DISTRIBUTION = "distribution"
    MAIL_SECURITY = "mail-security"

    @property
    def in_exchange(self) -> bool:
        """Whether Exchange, not Graph, writes the membership of groups of this kind."""
        return self in (GroupKind.DISTRIBUTION, GroupKind.MAIL_SECURITY)


class Group(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """A Graph group, reduced to what the tabs show and what decides who may write it."""

    id: str
    display_name: str | None = None
    description: str | None = None
    mail: str | None = None
    group_types: tuple[str, ...] | None = None
    mail_enabled: bool | None = None
    security_enabled: bool | None = None
    membership_rule: str | None = None
    on_premises_sync_enabled: bool | None = None
    is_assignable_to_role: bool | None = None
    visibility: str | None = None
    resource_provisioning_options: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Ids in small letters, as lists are held against each other by them."""
        if self.id != (small := self.id.lower()):
            msgspec.structs.force_setattr(self, "id", small)

    @property
    def name(self) -> str:
        """What a person calls this group."""
        return self.display_name or self.mail or self.id

    @property
    def kind(self) -> GroupKind:
        """Which of the four kinds it is (`api-map.md` §3.4)."""
        if "Unified" in (self.group_types or ()):
            return GroupKind.MICROSOFT_365
        if self.mail_enabled:
            return GroupKind.MAIL_SECURITY if self.security_enabled else GroupKind.DISTRIBUTION
        return GroupKind.SECURITY

    @property
    def dynamic(self) -> bool:
        """Its membership follows a rule."""
        return "DynamicMembership" in (self.group_types or ())

    @property
    def synced(self) -> bool:
        """Mastered in Active Directory."""
        return self.on_premises_sync_enabled is True

    @property
    def source(self) -> str:
        """Where its membership comes from, as the tables show it."""
        if self.dynamic:
            return "Dynamic"
        if self.synced:
            return "Synced"
        return "Role" if self.is_assignable_to_role else "Cloud"

    @property
    def lock(self) -> str:
        """Why nobody can write its membership here; "" where one can (`api-map.md` §4)."""
        if self.dynamic:
            rule = f": {self.membership_rule}" if self.membership_rule else ""
            return f"Members follow a dynamic membership rule{rule}"
        if self.synced:
            return "Synchronised from Active Directory: change it there"
        return ""
