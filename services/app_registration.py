"""The app registration that Rollcall needs, as the body Graph creates an application from."""

import uuid
from typing import Any

from services.permissions import PERMISSIONS, Permission, Resource
from services.portal_roles import ROLES

_NAMES = uuid.UUID("6f3d1c1e-6d0a-4d0b-9a50-1f6f0d8f2d55")
"""Made once at random: a role keeps its id however often the registration is printed."""

_READING = (
    *("User.Read.All", "Group.Read.All", "GroupMember.Read.All", "RoleManagement.Read.Directory"),
    *(
        "Application.Read.All",
        "LicenseAssignment.Read.All",
        "AuditLog.Read.All",
        "IdentityRiskyUser.Read.All",
    ),
    *("IdentityRiskEvent.Read.All", "UserAuthenticationMethod.Read.All", "ProfilePhoto.Read.All"),
    *("DeviceManagementManagedDevices.Read.All", "Sites.Read.All", "Files.Read.All", "Domain.Read.All"),
    "RoleAssignmentSchedule.Read.Directory",
    *("RoleEligibilitySchedule.Read.Directory", "AdministrativeUnit.Read.All", "User-LifeCycleInfo.Read.All"),
)
_WITHIN = frozenset(
    (
        *("User.Read.All", "GroupMember.Read.All", "RoleManagement.Read.Directory", "ProfilePhoto.Read.All"),
        *("LicenseAssignment.Read.All", "UserAuthenticationMethod.Read.All"),
        *("DeviceManagementManagedDevices.Read.All", "User-LifeCycleInfo.Read.All"),
        *("RoleAssignmentSchedule.Read.Directory", "RoleAssignmentSchedule.ReadWrite.Directory"),
    )
)
"""What one that also writes contains: not asked for beside it."""


def registration(*, unattended: bool, readonly: bool) -> dict[str, Any]:
    """The application for people who sign in, or for one that signs in by itself; `readonly` writes nothing.

    Exchange has no permission that only reads: the operator's own Exchange role is the wall there.
    """
    asked = [
        permission
        for name, permission in PERMISSIONS.items()
        if (name in _READING if readonly else name not in _WITHIN)
        or permission.resource is not Resource.GRAPH
    ]
    return {
        "displayName": "Rollcall",
        "signInAudience": "AzureADMyOrg",
        "isFallbackPublicClient": not unattended,
        "publicClient": {"redirectUris": [] if unattended else ["http://localhost"]},
        "requiredResourceAccess": [
            {
                "resourceAppId": str(resource),
                "resourceAccess": [_access(each, unattended) for each in asked if each.resource is resource],
            }
            for resource in Resource
        ],
        "appRoles": [_role(role.name) for role in ROLES],
    }


def _access(permission: Permission, unattended: bool) -> dict[str, str]:
    if unattended:
        return {"id": permission.application, "type": "Role"}
    return {"id": permission.delegated, "type": "Scope"}


def _role(name: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(_NAMES, name)),
        "value": name.replace(" ", ""),
        "displayName": name,
        "description": f"Uses Rollcall as {name}.",
        "allowedMemberTypes": ["User"],
        "isEnabled": True,
    }
