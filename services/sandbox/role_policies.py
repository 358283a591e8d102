"""Role policies: what PIM asks of who activates a role, as the tenant's administrator has set it."""

from datetime import timedelta

import msgspec

from services.sandbox.answers import Json
from services.sandbox.seed_roles import BUILT_IN


class Policy(msgspec.Struct, frozen=True):
    """The rules for one role's activation. A justification is always asked for.

    `context` names the authentication context that the sign-in must have met, "" for none.
    """

    longest: timedelta = timedelta(hours=8)
    ticket: bool = False
    approval: bool = False
    context: str = ""


POLICIES = {
    "Exchange Administrator": Policy(longest=timedelta(hours=4), ticket=True),
    "Privileged Role Administrator": Policy(longest=timedelta(hours=2), approval=True),
    "Authentication Administrator": Policy(context="c1"),
}
"""By the role's name; the others have the one that every role begins with."""


def policy_assignment(tenant: str, role: str, expand: str) -> dict[str, Json]:
    """A unifiedRoleManagementPolicyAssignment, with as much of its policy as `expand` asks for."""
    policy = POLICIES.get(dict(BUILT_IN).get(role, ""), Policy())
    identity = f"DirectoryRole_{tenant}_{role}"
    found: dict[str, Json] = {
        "id": f"{identity}_{role}",
        "policyId": identity,
        "scopeId": "/",
        "scopeType": "DirectoryRole",
        "roleDefinitionId": role,
    }
    if expand:
        rules = {"rules": _rules(policy)} if "rules" in expand else {}
        found["policy"] = {
            "id": identity,
            "displayName": "DirectoryRole",
            "description": "DirectoryRole",
            "isOrganizationDefault": policy == Policy(),
            "scopeId": "/",
            "scopeType": "DirectoryRole",
            **rules,
        }
    return found


def _rules(policy: Policy) -> list[dict[str, Json]]:
    hours = int(policy.longest.total_seconds() // 3600)
    kind = "#microsoft.graph.unifiedRoleManagementPolicy"
    return [
        {
            "@odata.type": f"{kind}ExpirationRule",
            "id": "Expiration_EndUser_Assignment",
            "isExpirationRequired": True,
            "maximumDuration": f"PT{hours}H",
            "target": _TARGET,
        },
        {
            "@odata.type": f"{kind}EnablementRule",
            "id": "Enablement_EndUser_Assignment",
            "enabledRules": ["Justification", *["Ticketing"] * policy.ticket],
            "target": _TARGET,
        },
        {
            "@odata.type": f"{kind}ApprovalRule",
            "id": "Approval_EndUser_Assignment",
            "setting": {"isApprovalRequired": policy.approval},
            "target": _TARGET,
        },
        {
            "@odata.type": f"{kind}AuthenticationContextRule",
            "id": "AuthenticationContext_EndUser_Assignment",
            "isEnabled": bool(policy.context),
            "claimValue": policy.context or None,
            "target": _TARGET,
        },
    ]


_TARGET = {
    "caller": "EndUser",
    "operations": ["All"],
    "level": "Assignment",
    "inheritableSettings": [],
    "enforcedSettings": [],
}
