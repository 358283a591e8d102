"""Permissions: what the services call them, the ids under which an app registration asks for them, what contains them.

Sources: microsoftgraph/microsoft-graph-devx-content at 6cbd6bb (2026-08-07), permissions-descriptions.json and
provisioningInfo.json, for Graph's ids; the Graph reference's permission tables of each call for what contains what.
"""

from collections.abc import Collection
from enum import StrEnum

import msgspec


class Resource(StrEnum):
    """Whose permissions they are; the value is the service's application id, the same in every tenant."""

    GRAPH = "00000003-0000-0000-c000-000000000000"
    EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
    SHAREPOINT = "00000003-0000-0ff1-ce00-000000000000"


class Permission(msgspec.Struct, frozen=True):
    """One permission: its id for a signed-in person and for an application, and what an application's is called."""

    name: str
    resource: Resource
    delegated: str
    application: str
    of_application: str = ""

    def held(self, granted: Collection[str]) -> bool:
        """Whether a token with these scopes or roles has it, or one that contains it."""
        names = {self.name, self.of_application or self.name, *_CONTAINED_IN.get(self.name, ())}
        return not names.isdisjoint(granted)


_DIRECTORY = ("Directory.ReadWrite.All", "Directory.AccessAsUser.All")
_ALL_READ = ("Directory.Read.All", *_DIRECTORY)
_ROLES = ("RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory")
_CONTAINED_IN: dict[str, tuple[str, ...]] = {
    "User.Read.All": ("User.ReadWrite.All", *_ALL_READ),
    "User.ReadWrite.All": _DIRECTORY,
    "User.EnableDisableAccount.All": ("User.ReadWrite.All", *_DIRECTORY),
    "User-PasswordProfile.ReadWrite.All": ("Directory.AccessAsUser.All",),
    "User.RevokeSessions.All": ("User.ReadWrite.All", *_DIRECTORY),
    "User.Invite.All": ("User.ReadWrite.All", *_DIRECTORY),
    "Group.Read.All": ("Group.ReadWrite.All", *_ALL_READ),
    "Group.ReadWrite.All": _DIRECTORY,
    "GroupMember.Read.All": (
        *("GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"),
        *_ALL_READ,
    ),
    "GroupMember.ReadWrite.All": ("Group.ReadWrite.All", *_DIRECTORY),
    "RoleManagement.Read.Directory": (*_ROLES, *_ALL_READ),
    "RoleEligibilitySchedule.Read.Directory": (
        *("RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.Read.Directory"),
        *_ROLES,
    ),
    "RoleAssignmentSchedule.Read.Directory": (
        *("RoleAssignmentSchedule.ReadWrite.Directory", "RoleManagement.Read.Directory"),
        *_ROLES,
    ),
    "RoleAssignmentSchedule.ReadWrite.Directory": ("RoleManagement.ReadWrite.Directory",),
    "Application.Read.All": ("Application.ReadWrite.All", *_ALL_READ),
    "AppRoleAssignment.ReadWrite.All": ("Directory.AccessAsUser.All",),
    "User-LifeCycleInfo.Read.All": ("User-LifeCycleInfo.ReadWrite.All",),
    "LicenseAssignment.Read.All": (
        *("LicenseAssignment.ReadWrite.All", "Organization.Read.All", "Organization.ReadWrite.All"),
        *_ALL_READ,
    ),
    "LicenseAssignment.ReadWrite.All": ("User.ReadWrite.All", *_DIRECTORY),
    "IdentityRiskyUser.Read.All": ("IdentityRiskyUser.ReadWrite.All",),
    "IdentityRiskEvent.Read.All": ("IdentityRiskEvent.ReadWrite.All",),
    "UserAuthenticationMethod.Read.All": ("UserAuthenticationMethod.ReadWrite.All",),
    "DeviceManagementManagedDevices.Read.All": ("DeviceManagementManagedDevices.ReadWrite.All",),
    "ProfilePhoto.Read.All": ("ProfilePhoto.ReadWrite.All", "User.Read.All", "User.ReadWrite.All"),
    "ProfilePhoto.ReadWrite.All": ("User.ReadWrite.All",),
    "Sites.Read.All": ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"),
    "Files.Read.All": ("Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"),
    "AdministrativeUnit.Read.All": ("AdministrativeUnit.ReadWrite.All", *_ALL_READ),
    "Domain.Read.All": ("Domain.ReadWrite.All", *_ALL_READ),
}
"""What else a call is let through with, as the reference of each call lists it. Too much is better here than too
little: what is missing by this table is not even tried."""


def _graph(name: str, delegated: str, application: str) -> Permission:
    return Permission(name, Resource.GRAPH, delegated, application)


PERMISSIONS: dict[str, Permission] = {
    permission.name: permission
    for permission in (
        _graph(
            "User.Read.All", "a154be20-db9c-4678-8ab7-66f6cc099a59", "df021288-bdef-4463-88db-98f22de89214"
        ),
        _graph(
            "User.ReadWrite.All",
            "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4",
            "741f803b-c850-494e-b5df-cde7c675a1ca",
        ),
        _graph(
            "User.EnableDisableAccount.All",
            "f92e74e7-2563-467f-9dd0-902688cb5863",
            "3011c876-62b7-4ada-afa2-506cbbecc68c",
        ),
        _graph(
            "User-PasswordProfile.ReadWrite.All",
            "56760768-b641-451f-8906-e1b8ab31bca7",
            "cc117bb9-00cf-4eb8-b580-ea2a878fe8f7",
        ),
        _graph(
            "User.RevokeSessions.All",
            "fc30e98b-8810-4501-81f5-c20a3196387b",
            "77f3a031-c388-4f99-b373-dc68676a979e",
        ),
        _graph(
            "User.Invite.All", "63dd7cd9-b489-4adf-a28c-ac38b9a0f962", "09850681-111b-4a89-9bed-3f2cae46d706"
        ),
        _graph(
            "ProfilePhoto.Read.All",
            "469cd065-729e-4dee-b1fa-d92e0fab6310",
            "e24d31aa-e1ab-4c80-85fe-23018690335d",
        ),
        _graph(
            "ProfilePhoto.ReadWrite.All",
            "f5b24df7-511e-48bb-ae88-643f023b55e1",
            "27baa7f6-5dfb-4ba8-b1d3-1e812c143013",
        ),
        _graph(
            "Group.Read.All", "5f8c59db-677d-491f-a6b8-5f174b11ec1d", "5b567255-7703-4780-807c-7be8301ae99b"
        ),
        _graph(
            "GroupMember.Read.All",
            "bc024368-1153-4739-b217-4326f2e966d0",
            "98830695-27a2-44f7-8c18-0c3ebc9698f6",
        ),
        _graph(
            "GroupMember.ReadWrite.All",
            "f81125ac-d3b7-4573-a3b2-7099cc39df9e",
            "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
        ),
        _graph(
            "RoleManagement.Read.Directory",
            "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
            "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
        ),
        _graph(
            "RoleManagement.ReadWrite.Directory",
            "d01b97e9-cbc0-49fe-810a-750afd5527a3",
            "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
        ),
        _graph(
            "Application.Read.All",
            "c79f8feb-a9db-4090-85f9-90d820caa0eb",
            "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
        ),
        _graph(
            "AppRoleAssignment.ReadWrite.All",
            "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
            "06b708a9-e830-4db3-a914-8e69da51d44f",
        ),
        _graph(
            "LicenseAssignment.Read.All",
            "f395577a-0960-456b-979f-7228de0c5996",
            "e2f98668-2877-4f38-a2f4-8202e0717aa1",
        ),
        _graph(
            "LicenseAssignment.ReadWrite.All",
            "f55016cc-149c-447e-8f21-7cf3ec1d6350",
            "5facf0c1-8979-4e95-abcf-ff3d079771c0",
        ),
        _graph(
            "AuditLog.Read.All",
            "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20",
            "b0afded3-3588-46d8-8b3d-9842eff778da",
        ),
        _graph(
            "IdentityRiskyUser.Read.All",
            "d04bb851-cb7c-4146-97c7-ca3e71baf56c",
            "dc5007c0-2d7d-4c42-879c-2dab87571379",
        ),
        _graph(
            "IdentityRiskEvent.Read.All",
            "8f6a01e7-0391-4ee5-aa22-a3af122cef27",
            "6e472fd1-ad78-48da-a0f0-97ab2c6b769e",
        ),
        _graph(
            "UserAuthenticationMethod.Read.All",
            "aec28ec7-4d02-4e8c-b864-50163aea77eb",
            "38d9df27-64da-44fd-b7c5-a6fbac20248f",
        ),
        _graph(
            "UserAuthenticationMethod.ReadWrite.All",
            "b7887744-6746-4312-813d-72daeaee7e2d",
            "50483e42-d915-4231-9639-7fdb7fd190e5",
        ),
        _graph(
            "DeviceManagementManagedDevices.Read.All",
            "314874da-47d6-4978-88dc-cf0d37f0bb82",
            "2f51be20-0bb4-4fed-bf7b-db946066c75e",
        ),
        _graph(
            "DeviceManagementManagedDevices.ReadWrite.All",
            "44642bfe-8385-4adc-8fc6-fe3cb2c375c3",
            "243333ab-4d21-40cb-a475-36241daa0842",
        ),
        _graph(
            "Sites.Read.All", "205e70e5-aba6-4c52-a976-6d2d46c48043", "332a536c-c7ef-4017-ab91-336970924f0d"
        ),
        _graph(
            "Files.Read.All", "df85f4d6-205c-4ac5-a5ea-6bf408dba283", "01d4889c-1287-42c6-ac1f-5d1e02578ef6"
        ),
        _graph(
            "Group.ReadWrite.All",
            "4e46008b-f24c-477d-8fff-7bb4ec7aafe0",
            "62a82d76-70ea-41e2-9197-370581804d09",
        ),
        _graph(
            "RoleEligibilitySchedule.Read.Directory",
            "eb0788c2-6d4e-4658-8c9e-c0fb8053f03d",
            "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
        ),
        _graph(
            "RoleAssignmentSchedule.Read.Directory",
            "344a729c-0285-42c6-9014-f12b9b8d6129",
            "d5fe8ce8-684c-4c83-a52c-46e882ce4be1",
        ),
        _graph(
            "RoleAssignmentSchedule.ReadWrite.Directory",
            "8c026be3-8e26-4774-9372-8d5d6f21daff",
            "dd199f4a-f148-40a4-a2ec-f0069cc799ec",
        ),
        _graph(
            "AdministrativeUnit.Read.All",
            "3361d15d-be43-4de6-b441-3c746d05163d",
            "134fd756-38ce-4afd-ba33-e9623dbe66c2",
        ),
        _graph(
            "Domain.Read.All", "2f9ee017-59c1-4f1d-9472-bd5529a7b311", "dbb9058a-0e50-45d7-ae91-66909b5d4664"
        ),
        _graph(
            "User-LifeCycleInfo.Read.All",
            "ed8d2a04-0374-41f1-aefe-da8ac87ccc87",
            "8556a004-db57-4d7a-8b82-97a13428e96f",
        ),
        _graph(
            "User-LifeCycleInfo.ReadWrite.All",
            "7ee7473e-bd4b-4c9f-987c-bd58481f5fa2",
            "925f1248-0f97-47b9-8ec8-538c54e01325",
        ),
        Permission(
            "Exchange.Manage",
            Resource.EXCHANGE,
            "ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c",
            "dc50a0fb-09a3-484d-be87-e023b12c6440",
            "Exchange.ManageAsApp",
        ),
        Permission(
            "AllSites.FullControl",
            Resource.SHAREPOINT,
            "56680e0d-d2a3-4ae1-80d8-3c4f2100e3d0",
            "678536fe-1083-478a-9c59-b99265e6b0d3",
            "Sites.FullControl.All",
        ),
    )
}
