"""Consents: which permissions each tab and action needs, and what the granted ones are enough for.

Source: api-map.md §1, §1.1 and §3.
"""

import base64
import binascii
import json
from collections.abc import Collection
from enum import StrEnum

import msgspec

from services.permissions import PERMISSIONS


class Need(msgspec.Struct, frozen=True):
    """The names of the permissions that showing and changing something needs, and that single parts of it need.

    `fields` are what single fields of a tab need to be changed, instead of what its other fields need.
    """

    read: tuple[str, ...]
    write: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = {}

    def to_write(self, fields: Collection[str]) -> tuple[str, ...]:
        """What changing these fields needs; none of them means the tab as a whole, or the action."""
        own = [name for field in fields for name in self.fields.get(field, self.write)]
        return (*self.read, *(own if fields else self.write))


_USER = "User.Read.All"
_MEMBERS = ("GroupMember.ReadWrite.All",)
_OWNERS = ("Group.ReadWrite.All",)
_GROUPS = Need((_USER, "Group.Read.All"), _MEMBERS)
_LISTS = Need((_USER, "Group.Read.All"), ("Exchange.Manage",))
_MAILBOX = Need((_USER, "Exchange.Manage"), ("Exchange.Manage",))
_APPS = Need((_USER, "Application.Read.All"), ("AppRoleAssignment.ReadWrite.All",))
_METHODS = Need(("UserAuthenticationMethod.Read.All",), ("UserAuthenticationMethod.ReadWrite.All",))
_PASSWORD = Need(
    (_USER,),
    ("User-PasswordProfile.ReadWrite.All",),
    # the write-back of those that Active Directory masters
    ("UserAuthenticationMethod.ReadWrite.All",),
)
_BLOCK = Need((_USER,), ("User.EnableDisableAccount.All",))

NEEDS: dict[str, Need] = {
    "basics": Need(
        (_USER,),
        ("User.ReadWrite.All",),
        (
            *("User.EnableDisableAccount.All", "Domain.Read.All"),
            *("User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"),
        ),
        {
            "accountEnabled": ("User.EnableDisableAccount.All",),
            "employeeLeaveDateTime": ("User-LifeCycleInfo.ReadWrite.All",),
        },
    ),
    "risks": Need(
        ("IdentityRiskyUser.Read.All", "IdentityRiskEvent.Read.All", "AuditLog.Read.All"),
    ),
    "functional-roles": Need(
        (_USER, "Group.Read.All"), _MEMBERS, ("AdministrativeUnit.Read.All", "Exchange.Manage")
    ),
    **dict.fromkeys(("mail", "mailbox-permissions", "mailbox-storage"), _MAILBOX),
    **dict.fromkeys(("forwarding-and-replies", "calendar-permissions"), _MAILBOX),
    **dict.fromkeys(("shared-mailboxes", "equipment-mailboxes", "room-mailboxes"), _MAILBOX),
    **dict.fromkeys(("mailbox-general", "booking", "convert-to-shared"), _MAILBOX),
    **dict.fromkeys(("security-groups", "application-groups"), _GROUPS),
    "microsoft-365-groups": Need((_USER, "Group.Read.All"), _MEMBERS, _OWNERS, {"owner": _OWNERS}),
    **dict.fromkeys(("distribution-groups", "mail-security-groups"), _LISTS),
    "directory-roles": Need(
        ("RoleManagement.Read.Directory",),
        ("RoleManagement.ReadWrite.Directory",),
        ("RoleEligibilitySchedule.Read.Directory",),
    ),
    **dict.fromkeys(("azure-applications", "portal-access-roles"), _APPS),
    "devices": Need(("DeviceManagementManagedDevices.Read.All",)),
    "sharepoint": Need(("Sites.Read.All", "AllSites.FullControl"), ("AllSites.FullControl",)),
    "extension-attributes": Need((_USER,), ("User.ReadWrite.All",)),
    **dict.fromkeys(("sign-ins", "audit-logs", "license-changes"), Need(("AuditLog.Read.All",))),
    "onedrive": Need(("Files.Read.All",)),
    "licenses": Need((_USER, "LicenseAssignment.Read.All"), ("LicenseAssignment.ReadWrite.All",)),
    # the marketplace is asked, with a token of its own
    "cancel-license-request": Need(()),
    **dict.fromkeys(("phone-methods", "microsoft-authenticators", "manage-mfa-methods"), _METHODS),
    **dict.fromkeys(("reset-password", "expire-password"), _PASSWORD),
    **dict.fromkeys(("enable-sign-in", "block-sign-in", "schedule-sign-in-block"), _BLOCK),
    "schedule-license-assignment": Need(
        (_USER, "LicenseAssignment.Read.All"), ("LicenseAssignment.ReadWrite.All",)
    ),
    "revoke-sessions": Need((_USER,), ("User.RevokeSessions.All",)),
    "assign-devices": Need(
        ("DeviceManagementManagedDevices.Read.All",), ("DeviceManagementManagedDevices.ReadWrite.All",)
    ),
    "activate-role": Need(
        ("RoleEligibilitySchedule.Read.Directory", "RoleAssignmentSchedule.Read.Directory"),
        ("RoleAssignmentSchedule.ReadWrite.Directory",),
        ("RoleManagement.Read.Directory",),
    ),
    "resend-invitation": Need((_USER,), ("User.Invite.All",)),
    **dict.fromkeys(
        ("change-photo", "remove-photo"), Need(("ProfilePhoto.Read.All",), ("ProfilePhoto.ReadWrite.All",))
    ),
}
"""By the id of the tab or action; what is done to the rows of a tab needs what the tab needs, unless it is here."""


class Standing(StrEnum):
    """What the granted permissions are enough for."""

    HAVE = "have"
    PART = "in part"
    READER = "reader only"
    MISSING = "missing"


def standing(need: Need, granted: Collection[str]) -> tuple[Standing, list[str]]:
    """How far the granted scopes or roles go for this need, and the names of those that are missing."""
    unread, unwritten, parts = (_absent(names, granted) for names in (need.read, need.write, need.parts))
    found = ((unread, Standing.MISSING), (unwritten, Standing.READER), (parts, Standing.PART))
    state = next((state for names, state in found if names), Standing.HAVE)
    return state, list(dict.fromkeys((*unread, *unwritten, *parts)))


def granted(token: str) -> frozenset[str] | None:
    """The scopes (of a person) or roles (of an application) in an access token; None where it does not tell.

    Only looked at, never trusted: the services check the token, this is for telling what to expect of them.
    """
    try:
        middle = token.split(".")[1]
        facts = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        scopes, roles = facts.get("scp", ""), facts.get("roles", [])
    except (IndexError, binascii.Error, ValueError, AttributeError):
        return None
    if not isinstance(scopes, str) or not isinstance(roles, list) or not (scopes or roles):
        return None
    return frozenset(scopes.split()) | frozenset(str(role) for role in roles)


def _absent(names: tuple[str, ...], granted: Collection[str]) -> list[str]:
    return [name for name in names if not PERMISSIONS[name].held(granted)]
