"""Consents: every tab and action is told for, the registration asks for what the map lists, and no token is trusted."""

import json
import re
import uuid

import pytest

from services.actions import activate_role
from services.actions.registry import ACTIONS
from services.app_registration import registration
from services.consents import NEEDS, Need, Standing, granted, standing
from services.permissions import PERMISSIONS, Resource
from services.portal_roles import ROLES
from services.sandbox.tokens import coded
from services.tabs.registry import BY_ID

# api-map.md §1.1, and what owners, PIM, administrative units, user names and the leave date need
WRITING = """User.ReadWrite.All User.EnableDisableAccount.All User-PasswordProfile.ReadWrite.All
User.RevokeSessions.All User.Invite.All ProfilePhoto.ReadWrite.All Group.Read.All GroupMember.ReadWrite.All
RoleManagement.ReadWrite.Directory Application.Read.All AppRoleAssignment.ReadWrite.All
LicenseAssignment.ReadWrite.All AuditLog.Read.All IdentityRiskyUser.Read.All IdentityRiskEvent.Read.All
UserAuthenticationMethod.ReadWrite.All DeviceManagementManagedDevices.ReadWrite.All Sites.Read.All
Files.Read.All Group.ReadWrite.All RoleEligibilitySchedule.Read.Directory AdministrativeUnit.Read.All
Domain.Read.All User-LifeCycleInfo.ReadWrite.All"""


def asked(resource: Resource, *, unattended: bool = False, readonly: bool = False) -> set[str]:
    """The names of what the registration asks for of this service."""
    made = registration(unattended=unattended, readonly=readonly)
    ids = {
        access["id"]
        for required in made["requiredResourceAccess"]
        if required["resourceAppId"] == resource
        for access in required["resourceAccess"]
    }
    known = {(each.application if unattended else each.delegated): each.name for each in PERMISSIONS.values()}
    return {known[identity] for identity in ids}


def test_every_tab_and_action_has_its_permissions_and_every_permission_its_ids() -> None:
    assert set(NEEDS) == set(BY_ID) | {action.id for action in ACTIONS} | {
        "cancel-license-request",
        activate_role.ID,
    }
    named = {name for need in NEEDS.values() for name in (*need.read, *need.write, *need.parts)}
    assert all(set(names) <= set(need.parts) for need in NEEDS.values() for names in need.fields.values())
    assert named <= set(PERMISSIONS)
    ids = [identity for each in PERMISSIONS.values() for identity in (each.delegated, each.application)]
    assert len(ids) == len({uuid.UUID(identity) for identity in ids})


def test_the_registration_asks_for_what_the_map_lists_and_is_enough() -> None:
    assert asked(Resource.GRAPH) == set(WRITING.split())
    assert asked(Resource.EXCHANGE) == {"Exchange.Manage"}
    assert asked(Resource.SHAREPOINT) == {"AllSites.FullControl"}
    everything = set().union(*(asked(resource) for resource in Resource))
    assert {standing(need, everything)[0] for need in NEEDS.values()} == {Standing.HAVE}
    of_application = {PERMISSIONS[name].of_application or name for name in everything}
    assert {standing(need, of_application)[0] for need in NEEDS.values()} == {Standing.HAVE}


def test_a_registration_that_only_reads_writes_nothing_in_graph() -> None:
    names = asked(Resource.GRAPH, unattended=True, readonly=True)
    assert not [name for name in names if re.search("Write|Enable|Revoke|Invite", name)]
    held = names | {"Exchange.Manage", "AllSites.FullControl"}
    assert standing(NEEDS["security-groups"], held) == (
        Standing.READER,
        ["GroupMember.ReadWrite.All"],
    )
    assert Standing.MISSING not in {standing(need, held)[0] for need in NEEDS.values()}


def test_the_portal_roles_are_its_app_roles_under_ids_that_stay() -> None:
    made = registration(unattended=False, readonly=False)
    again = json.loads(json.dumps(registration(unattended=False, readonly=True)))
    assert [role["displayName"] for role in made["appRoles"]] == [role.name for role in ROLES]
    assert made["appRoles"] == again["appRoles"]
    assert made["publicClient"] == {"redirectUris": ["http://localhost"]}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"scp": "User.Read.All AuditLog.Read.All"}, {"User.Read.All", "AuditLog.Read.All"}),
        ({"roles": ["User.Read.All"]}, {"User.Read.All"}),
        ({}, None),
        ({"scp": 7}, None),
        ({"scp": "x", "roles": "y"}, None),
    ],
)
def test_a_token_tells_its_scopes_or_roles(facts: dict[str, object], expected: set[str] | None) -> None:
    assert granted(f"e30.{coded(facts)}.signature") == expected


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.\udcff.c", "e30.W10.x"])
def test_a_token_that_is_none_tells_nothing(token: str) -> None:
    assert granted(token) is None


def test_what_cannot_be_read_is_missing_and_what_cannot_be_written_is_read() -> None:
    need = Need(("User.Read.All",), ("User.ReadWrite.All",))
    assert standing(need, []) == (Standing.MISSING, ["User.Read.All", "User.ReadWrite.All"])
    assert standing(need, ["User.Read.All"]) == (Standing.READER, ["User.ReadWrite.All"])
    assert standing(need, ["User.ReadWrite.All"]) == (Standing.HAVE, [])
    partly = Need((), (), ("Domain.Read.All",))
    assert standing(partly, []) == (Standing.PART, ["Domain.Read.All"])
