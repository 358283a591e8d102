"""Role needs: which directory roles let an operator do what a request does, or see what a tab shows.

Sources: learn.microsoft.com, "Least privileged roles by task in Microsoft Entra ID", "Microsoft Entra built-in roles"
and, for each call, the roles that Graph's reference names; Exchange: `api-map.md` §1. The ids are those of the
roles' templates, the same in every tenant. SharePoint is not told: there the sites' own administrators decide.
"""

import re
from collections.abc import Collection

import msgspec

from services.operation import Request, Service

NAMES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f": "Security Operator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "31392ffb-586c-42d1-9346-e59415a2cc4e": "Exchange Recipient Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
    "4a5d8f65-41da-4de4-8968-e035b65339cf": "Reports Reader",
    "95e79109-95c0-4d8e-aee3-d01accf2d47b": "Guest Inviter",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
}
"""The built-in roles that the rows below name, by id."""

_IDS = {name: identity for identity, name in NAMES.items()}
_ALL = _IDS["Global Administrator"]

_PASSWORDS = ("Password Administrator", "Helpdesk Administrator", "User Administrator")
_METHODS = ("Authentication Administrator", "Privileged Authentication Administrator")
_EXCHANGE = ("Exchange Recipient Administrator", "Exchange Administrator")
_SECURITY = ("Security Reader", "Security Administrator", "Global Reader")


class _Row(msgspec.Struct, frozen=True):
    """Requests to such a path (a pattern of the whole, in lower case) that write need one of these roles."""

    path: str
    roles: tuple[str, ...]


_WRITES = (
    _Row("/rolemanagement/directory/roleassignments(/.*)?", ("Privileged Role Administrator",)),
    _Row("/groups/[^/]+/(members|owners)/.*", ("Groups Administrator", "User Administrator")),
    _Row("/users/[^/]+/assignlicense", ("License Administrator", "User Administrator")),
    _Row("/users/[^/]+/authentication/methods/[^/]+/resetpassword", (*_PASSWORDS, *_METHODS)),
    _Row("/users/[^/]+/authentication/.*", _METHODS),
    _Row("/users/[^/]+/revokesigninsessions", (*_PASSWORDS, *_METHODS)),
    _Row(
        "/serviceprincipals/[^/]+/approleassignedto(/.*)?",
        ("Cloud Application Administrator", "Application Administrator", "User Administrator"),
    ),
    _Row("/devicemanagement/.*", ("Intune Administrator",)),
    _Row("/invitations", ("Guest Inviter", "User Administrator")),
    _Row("/users/[^/]+(/manager/.*|/photo/.*)?", ("User Administrator",)),
)
"""The first that fits holds; among its roles the least privileged stands first."""

_RESETS = ("Helpdesk Administrator", "User Administrator")
"""For an invitation that has who accepted it accept anew, which a Guest Inviter may not
(learn.microsoft.com, "Reset redemption status for a guest user")."""

_SEEN = {
    **dict.fromkeys(("sign-ins", "audit-logs", "license-changes"), ("Reports Reader", *_SECURITY)),
    "risks": ("Security Reader", "Security Operator", "Security Administrator", "Global Reader"),
    **dict.fromkeys(
        ("phone-methods", "microsoft-authenticators"), ("Authentication Administrator", "Global Reader")
    ),
    **dict.fromkeys(
        (
            *("mail", "mailbox-permissions", "mailbox-storage", "forwarding-and-replies"),
            *("calendar-permissions", "distribution-groups", "mail-security-groups", "mailbox-general"),
            *("booking", "shared-mailboxes", "equipment-mailboxes", "room-mailboxes"),
        ),
        (*_EXCHANGE, "Global Reader"),
    ),
    "devices": ("Intune Administrator", "Global Reader"),
    "directory-roles": ("Directory Readers", "Global Reader", "Privileged Role Administrator"),
}
"""By the id of the tab, where a plain member of the directory sees nothing."""


def to_send(request: Request) -> tuple[str, ...]:
    """Ids of the roles any one of which lets the request through, the least one first; () where none is known."""
    if request.service is Service.EXCHANGE:
        return _ids(_EXCHANGE)
    if request.service not in (Service.GRAPH, Service.GRAPH_BETA) or request.method == "GET":
        return ()
    path = request.path.lower()
    if path == "/invitations" and isinstance(request.body, dict) and request.body.get("resetRedemption"):
        return _ids(_RESETS)
    return next((_ids(row.roles) for row in _WRITES if re.fullmatch(row.path, path)), ())


def to_see(tab: str) -> tuple[str, ...]:
    """Ids of the roles any one of which shows the tab, the least one first; () where none is known."""
    return _ids(_SEEN.get(tab, ()))


def enough(needed: Collection[str], active: Collection[str]) -> bool:
    """Whether one of the active roles is one of those that are needed, or the one that is everything."""
    return _ALL in active or not set(needed).isdisjoint(active)


def _ids(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_IDS[name] for name in names)
