"""User: the account whose page is open, as the directory describes it."""

from datetime import datetime

import msgspec

from services.errors import BadAnswer
from services.operation import Json

LIST_FIELDS = (
    "id,displayName,userPrincipalName,mail,accountEnabled,userType,onPremisesSyncEnabled,department,jobTitle,"
    "usageLocation,employeeId,assignedLicenses,createdDateTime,externalUserState,passwordPolicies,"
    "lastPasswordChangeDateTime,onPremisesExtensionAttributes,onPremisesDistinguishedName,onPremisesImmutableId"
)
"""What every list of users asks for (`api-map.md` §3.1)."""

FIELDS_OF_DELETED = "id,displayName,userPrincipalName,mail,userType,accountEnabled,deletedDateTime"
"""What the list of deleted users asks for."""

PAGE_FIELDS = f"{LIST_FIELDS},assignedPlans"
"""What the page's header and the visibility of its tabs need of one user."""


class License(msgspec.Struct, frozen=True, rename="camel"):
    """One assigned licence; `sku_id` is Graph's skuId."""

    sku_id: str = ""


class ExtensionAttributes(
    msgspec.Struct, frozen=True, rename={f"e{i}": f"extensionAttribute{i}" for i in range(1, 16)}
):
    """The fifteen extension attributes of a user."""

    e1: str | None = None
    e2: str | None = None
    e3: str | None = None
    e4: str | None = None
    e5: str | None = None
    e6: str | None = None
    e7: str | None = None
    e8: str | None = None
    e9: str | None = None
    e10: str | None = None
    e11: str | None = None
    e12: str | None = None
    e13: str | None = None
    e14: str | None = None
    e15: str | None = None


class AssignedPlan(msgspec.Struct, frozen=True, rename="camel"):
    """A service plan that a licence brought."""

    service: str | None = None
    service_plan_id: str | None = None
    capability_status: str | None = None


class User(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """A Graph user, reduced to what lists and the page's header need. The transport has cleaned its strings."""

    id: str
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    on_premises_sync_enabled: bool | None = None
    department: str | None = None
    job_title: str | None = None
    usage_location: str | None = None
    employee_id: str | None = None
    assigned_licenses: tuple[License, ...] | None = None
    assigned_plans: tuple[AssignedPlan, ...] | None = None
    created_date_time: str | None = None
    deleted_date_time: str | None = None
    external_user_state: str | None = None
    password_policies: str | None = None
    last_password_change_date_time: datetime | None = None
    on_premises_extension_attributes: ExtensionAttributes | None = None
    on_premises_distinguished_name: str | None = None
    on_premises_immutable_id: str | None = None
    local: bool = False
    """Only in Active Directory, not in Entra ID: `id` is then the objectGUID."""

    def __post_init__(self) -> None:
        """Ids in small letters, as lists are held against each other by them."""
        if self.id != (small := self.id.lower()):
            msgspec.structs.force_setattr(self, "id", small)

    @property
    def name(self) -> str:
        """What a person calls this user."""
        return self.display_name or self.user_principal_name or self.id

    @property
    def upn(self) -> str:
        """The user name; the id where the directory gave none."""
        return self.user_principal_name or self.id

    @property
    def synced(self) -> bool:
        """Mastered in Active Directory."""
        return self.on_premises_sync_enabled is True

    @property
    def guest(self) -> bool:
        """A guest of this tenant."""
        return self.user_type == "Guest"

    @property
    def deleted(self) -> bool:
        """In the recycle bin."""
        return self.deleted_date_time is not None

    @property
    def has_exchange(self) -> bool:
        """Holds an enabled Exchange plan (needs `assignedPlans`)."""
        return any(
            p.service == "exchange" and p.capability_status == "Enabled" for p in self.assigned_plans or ()
        )


class Tag(msgspec.Struct, frozen=True):
    """A mark beside the user's name; `level` is "info", "warning" or "error"."""

    text: str
    level: str = "info"


def tags(user: User) -> tuple[Tag, ...]:
    """The tags that one user object tells by itself."""
    found = []
    if user.deleted:
        found.append(Tag("Deleted", "error"))
    if user.account_enabled is False:
        found.append(Tag("Sign-in blocked", "error"))
    if user.guest:
        pending = user.external_user_state == "PendingAcceptance"
        found.append(Tag("Guest, invitation pending" if pending else "Guest", "info"))
    return tuple(found)


def of_json(value: dict[str, Json]) -> User:
    """A user from an answer's decoded, cleaned object. Raises `BadAnswer` on wrong types."""
    try:
        return msgspec.convert(value, User)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"Graph sent a user that cannot be read ({error}); nothing of it was used.") from None
