"""Role wall: what the caller's active directory roles let through, where the tenant gives rights by PIM alone."""

import re

import msgspec

from services.sandbox import privileged_roles
from services.sandbox.answers import Call, Refusal
from services.sandbox.cmdlets.registry import CmdletError
from services.sandbox.seed_roles import BUILT_IN
from services.sandbox.store import Store


class _Gate(msgspec.Struct, frozen=True):
    """Calls of these methods to a path like this need one of these roles; "" for whatever it is."""

    methods: str
    path: str
    roles: tuple[str, ...]


_WRITES = "POST PUT PATCH DELETE"
_READERS = ("Global Reader", "Security Reader", "Security Administrator")
_PASSWORDS = ("Password Administrator", "Helpdesk Administrator", "User Administrator")
_METHODS = ("Authentication Administrator", "Privileged Authentication Administrator")
_APPLICATIONS = ("Cloud Application Administrator", "Application Administrator", "User Administrator")
_EXCHANGE = ("Exchange Administrator", "Exchange Recipient Administrator")

_GATES = (
    _Gate("POST", "rolemanagement/directory/roleassignmentschedulerequests", ()),
    _Gate(_WRITES, "rolemanagement/.*", ("Privileged Role Administrator",)),
    _Gate(_WRITES, "groups/.*", ("Groups Administrator", "User Administrator")),
    _Gate("POST", "users/[^/]+/assignlicense", ("License Administrator", "User Administrator")),
    _Gate("POST", "users/[^/]+/authentication/methods/[^/]+/resetpassword", (*_PASSWORDS, *_METHODS)),
    _Gate(_WRITES, "users/[^/]+/authentication/.*", _METHODS),
    _Gate("GET", "users/[^/]+/authentication/.*", (*_METHODS, "Global Reader")),
    _Gate("POST", "users/[^/]+/revokesigninsessions", (*_PASSWORDS, *_METHODS)),
    _Gate(_WRITES, "serviceprincipals/.*", _APPLICATIONS),
    _Gate(_WRITES, "devicemanagement/.*", ("Intune Administrator",)),
    _Gate("POST", "invitations", ("Guest Inviter", "User Administrator")),
    _Gate(_WRITES, "users/.*|directory/.*", ("User Administrator",)),
    _Gate("GET", "auditlogs/.*", ("Reports Reader", *_READERS)),
    _Gate("GET", "identityprotection/.*", ("Security Operator", *_READERS)),
)
_NAMES = dict(BUILT_IN)


def check(store: Store, call: Call) -> None:
    """Raises Refusal 403 for a call to Graph that the caller's roles do not let through."""
    active = _active(store)
    path = "/".join(call.segments).lower()
    for gate in _GATES:
        if call.method in gate.methods.split() and re.fullmatch(gate.path, path):
            if gate.roles and active.isdisjoint((*gate.roles, "Global Administrator")):
                raise Refusal(
                    403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
                )
            return


def check_cmdlet(store: Store, name: str) -> None:
    """Raises CmdletError 403, as Exchange knows of no cmdlet that no role of the caller holds."""
    readers = ("Global Reader",) if name.lower().startswith("get-") else ()
    if _active(store).isdisjoint((*_EXCHANGE, *readers, "Global Administrator")):
        raise CmdletError(
            403,
            "System.Management.Automation.CommandNotFoundException",
            f"The term '{name}' is not recognized as the name of a cmdlet, or it is not present in the role "
            "definition of the current user.",
        )


def _active(store: Store) -> frozenset[str]:
    return frozenset(_NAMES.get(role, role) for role in privileged_roles.active_roles(store))
