"""Graph's addresses: which function answers which method and path."""

import re
from collections.abc import Callable
from typing import Any

from services.sandbox import (
    administrative_units,
    applications,
    audits,
    authentication_methods,
    deleted_items,
    delta,
    devices,
    directory_reads,
    drives,
    invitations,
    licence_writes,
    membership_writes,
    organization,
    passwords,
    photos,
    privileged_roles,
    removals,
    reports,
    risk_reports,
    role_management,
    role_requests,
    sessions,
    sign_ins,
    sites,
    user_update,
)
from services.sandbox.answers import Call, Refusal, Reply
from services.sandbox.store import Store

Handler = Callable[..., Reply]

_TABLE: list[tuple[str, str, Handler, int]] = [
    # method, path with {} for a key, handler, resource units (api-map §7.1)
    ("GET", "me", directory_reads.me, 1),
    ("GET", "users", directory_reads.users, 2),
    ("GET", "users/$count", directory_reads.users_count, 2),
    ("GET", "users/delta", delta.users, 2),
    ("GET", "users/{}", directory_reads.user, 1),
    ("PATCH", "users/{}", user_update.update, 1),
    ("DELETE", "users/{}", removals.delete_user, 1),
    ("GET", "users/{}/memberOf", directory_reads.member_of, 2),
    ("GET", "users/{}/memberOf/{}", directory_reads.member_of, 2),
    ("GET", "users/{}/transitiveMemberOf", directory_reads.transitive_member_of, 2),
    ("GET", "users/{}/transitiveMemberOf/{}", directory_reads.transitive_member_of, 2),
    ("POST", "users/{}/assignLicense", licence_writes.assign_license, 1),
    ("POST", "users/{}/revokeSignInSessions", sessions.revoke, 1),
    ("POST", "users/{}/authentication/methods/{}/resetPassword", passwords.reset, 1),
    ("GET", "users/{}/authentication/operations/{}", passwords.operation, 1),
    ("GET", "users/{}/drive", drives.drive, 1),
    ("GET", "users/{}/managedDevices", devices.of_user, 1),
    ("GET", "users/{}/photo", photos.facts, 1),
    ("GET", "users/{}/photo/$value", photos.content, 1),
    ("GET", "users/{}/photos/{}/$value", photos.sized, 1),
    ("PUT", "users/{}/photo/$value", photos.replace, 1),
    ("DELETE", "users/{}/photo/$value", photos.remove, 1),
    ("GET", "users/{}/manager", directory_reads.user_manager, 1),
    ("PUT", "users/{}/manager/$ref", membership_writes.set_manager, 1),
    ("DELETE", "users/{}/manager/$ref", membership_writes.clear_manager, 1),
    ("POST", "invitations", invitations.invite, 1),
    ("GET", "users/{}/authentication/phoneMethods", authentication_methods.phones, 1),
    ("POST", "users/{}/authentication/phoneMethods", authentication_methods.add_phone, 1),
    ("PATCH", "users/{}/authentication/phoneMethods/{}", authentication_methods.change_phone, 1),
    ("DELETE", "users/{}/authentication/phoneMethods/{}", authentication_methods.delete_phone, 1),
    (
        "GET",
        "users/{}/authentication/microsoftAuthenticatorMethods",
        authentication_methods.authenticators,
        1,
    ),
    (
        "DELETE",
        "users/{}/authentication/microsoftAuthenticatorMethods/{}",
        authentication_methods.delete_authenticator,
        1,
    ),
    ("GET", "groups", directory_reads.groups, 1),
    ("GET", "groups/$count", directory_reads.groups_count, 1),
    ("GET", "groups/delta", delta.groups, 1),
    ("GET", "groups/{}", directory_reads.group, 1),
    ("DELETE", "groups/{}", removals.delete_group, 1),
    ("GET", "groups/{}/members", directory_reads.members, 3),
    ("GET", "groups/{}/members/{}", directory_reads.members, 3),
    ("GET", "groups/{}/transitiveMembers", directory_reads.transitive_members, 5),
    ("GET", "groups/{}/transitiveMembers/{}", directory_reads.transitive_members, 5),
    ("GET", "groups/{}/memberOf", directory_reads.group_member_of, 2),
    ("GET", "groups/{}/memberOf/{}", directory_reads.group_member_of, 2),
    ("GET", "groups/{}/owners", directory_reads.owners, 1),
    ("GET", "groups/{}/owners/{}", directory_reads.owners, 1),
    ("POST", "groups/{}/members/$ref", membership_writes.add_member, 1),
    ("DELETE", "groups/{}/members/{}/$ref", membership_writes.remove_member, 1),
    ("DELETE", "groups/{}/members/{}", membership_writes.delete_without_ref, 1),
    ("POST", "groups/{}/owners/$ref", membership_writes.add_owner, 1),
    ("DELETE", "groups/{}/owners/{}/$ref", membership_writes.remove_owner, 1),
    ("DELETE", "groups/{}/owners/{}", membership_writes.delete_without_ref, 1),
    ("GET", "directory/deletedItems/microsoft.graph.user", deleted_items.users, 1),
    ("GET", "directory/deletedItems/microsoft.graph.group", deleted_items.groups, 1),
    ("GET", "directory/deletedItems/{}", deleted_items.one, 1),
    ("POST", "directory/deletedItems/{}/restore", deleted_items.restore, 1),
    ("GET", "directory/administrativeUnits", administrative_units.units, 1),
    ("GET", "directory/administrativeUnits/{}/members", administrative_units.members, 1),
    ("GET", "directory/administrativeUnits/{}/members/{}", administrative_units.members, 1),
    ("GET", "roleManagement/directory/roleDefinitions", role_management.definitions, 1),
    ("GET", "roleManagement/directory/roleAssignments", role_management.assignments, 1),
    ("POST", "roleManagement/directory/roleAssignments", role_management.assign, 1),
    ("DELETE", "roleManagement/directory/roleAssignments/{}", role_management.unassign, 1),
    ("GET", "roleManagement/directory/transitiveRoleAssignments", role_management.transitive, 1),
    ("GET", "roleManagement/directory/roleEligibilityScheduleInstances", role_management.eligible, 1),
    (
        "GET",
        "roleManagement/directory/roleEligibilityScheduleInstances/filterByCurrentUser/{}",
        privileged_roles.own_eligible,
        1,
    ),
    ("GET", "roleManagement/directory/roleAssignmentScheduleInstances", privileged_roles.instances, 1),
    (
        "GET",
        "roleManagement/directory/roleAssignmentScheduleInstances/filterByCurrentUser/{}",
        privileged_roles.own_instances,
        1,
    ),
    ("POST", "roleManagement/directory/roleAssignmentScheduleRequests", role_requests.request, 1),
    ("GET", "policies/roleManagementPolicyAssignments", privileged_roles.policies, 1),
    ("GET", "servicePrincipals", applications.applications, 1),
    ("GET", "servicePrincipals/{}", applications.application, 1),
    ("GET", "servicePrincipals/{}/appRoleAssignedTo", applications.assigned_to, 2),
    ("POST", "servicePrincipals/{}/appRoleAssignedTo", applications.assign, 1),
    ("DELETE", "servicePrincipals/{}/appRoleAssignedTo/{}", applications.unassign, 1),
    ("GET", "users/{}/appRoleAssignments", applications.of_user, 2),
    ("GET", "groups/{}/appRoleAssignments", applications.of_group, 2),
    ("GET", "organization", organization.organization, 1),
    ("GET", "domains", organization.domains, 1),
    ("GET", "subscribedSkus", organization.subscribed_skus, 3),
    ("GET", "sites", sites.search, 1),
    ("GET", "sites/{}", sites.site, 1),
    ("GET", "sites/{}/sites", sites.subsites, 1),
    ("GET", "auditLogs/signIns", sign_ins.sign_ins, 1),
    ("GET", "auditLogs/directoryAudits", audits.directory_audits, 1),
    ("GET", "deviceManagement/managedDevices", devices.managed_devices, 1),
    ("GET", "deviceManagement/managedDevices/{}", devices.managed_device, 1),
    ("GET", "deviceManagement/managedDevices/{}/users", devices.users_of, 1),
    ("POST", "deviceManagement/managedDevices/{}/users/$ref", devices.set_primary_user, 1),
    ("DELETE", "deviceManagement/managedDevices/{}/users/$ref", devices.clear_primary_user, 1),
    ("GET", "identityProtection/riskyUsers", risk_reports.risky_users, 1),
    ("GET", "identityProtection/riskyUsers/{}", risk_reports.risky_user, 1),
    ("GET", "identityProtection/riskyUsers/{}/history", risk_reports.history, 1),
    ("GET", "identityProtection/riskDetections", risk_reports.detections, 1),
    ("GET", "reports/authenticationMethods/userRegistrationDetails", reports.registration_details, 1),
    ("GET", "reports/authenticationMethods/userRegistrationDetails/{}", reports.registration_detail, 1),
]


def _index() -> dict[tuple[str, int], list[tuple[tuple[str, ...], Handler, int]]]:
    found: dict[tuple[str, int], list[tuple[tuple[str, ...], Handler, int]]] = {}
    for method, path, handler, units in _TABLE:
        parts = tuple(path.lower().split("/"))
        found.setdefault((method, len(parts)), []).append((parts, handler, units))
    for routes in found.values():
        routes.sort(key=lambda route: route[0].count("{}"))
    return found


_INDEX = _index()
_PARENTHESES = re.compile(r"^(\w+)\(\)$")
_KEYED = re.compile(r"^(\w+)\((?:\w+=)?'((?:[^']|'')*)'\)$")


def answer(store: Store, call: Call) -> Reply:
    """Finds and runs the handler. Raises Refusal: 400 for an unknown path, 405 for another method."""
    segments = _plain(call.segments)
    found = _match(call.method, segments)
    if found is None:
        if any(_match(method, segments) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")):
            raise Refusal(
                405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."
            )
        raise Refusal(400, "BadRequest", f"Resource not found for the segment '{'/'.join(call.segments)}'.")
    handler, keys, units = found
    reply = handler(store, call, *keys)
    reply_units = ("x-ms-resource-unit", str(_cost(call, units)))
    return Reply(reply.status, reply.body, (*reply.headers, reply_units), reply.content_type)


def cost(call: Call) -> int:
    """Resource units of a call, whatever it will be answered."""
    found = _match(call.method, _plain(call.segments))
    return _cost(call, found[2] if found else 1)


def _cost(call: Call, units: int) -> int:
    names = {name.lower().lstrip("$") for name in call.query}
    top = call.query.get("$top", call.query.get("top", ""))
    units += ("expand" in names) - ("select" in names) - (top.isdigit() and int(top) < 20)
    return max(1, units)


def _plain(segments: tuple[str, ...]) -> tuple[str, ...]:
    """`delta()` as `delta`, `users('x')` and `users(id='x')` as `users/x`."""
    found: list[Any] = []
    for segment in segments:
        bare, keyed = _PARENTHESES.match(segment), _KEYED.match(segment)
        if keyed:
            found += [keyed[1], keyed[2].replace("''", "'")]
        else:
            found.append(bare[1] if bare else segment)
    return tuple(found)


def _match(method: str, segments: tuple[str, ...]) -> tuple[Handler, list[str], int] | None:
    low = [segment.lower() for segment in segments]
    for parts, handler, units in _INDEX.get((method, len(segments)), ()):
        if all(part in ("{}", here) for part, here in zip(parts, low, strict=True)):
            keys = [segment for part, segment in zip(parts, segments, strict=True) if part == "{}"]
            return handler, keys, units
    return None
