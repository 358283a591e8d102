"""Portal roles: what each of the app roles of Rollcall's own enterprise application lets an operator see and change."""

from collections.abc import Collection

import msgspec

from services.grants import Grants

HELP = "Whoever administers Rollcall's enterprise application assigns roles, under Users and groups; F5 looks again."


class PortalRole(msgspec.Struct, frozen=True):
    """One role. All words are ids of tabs and actions; `tab:field` is one field of a tab.

    `hides` is what it does not see, `writes` what it may change or do (None: everything). An app role is this
    one when its value or its name is `name` or one of `also`, without regard to case, blanks and marks.
    """

    name: str
    hides: frozenset[str] = frozenset()
    writes: frozenset[str] | None = frozenset()
    also: tuple[str, ...] = ()


_MFA = ("manage-mfa-methods", "phone-methods", "microsoft-authenticators")
_OWN = ("activate-role",)
"""What an operator does to themself, so that they may do the rest."""

_APPOINTING = ("directory-roles", "azure-applications", "portal-access-roles")
"""Where rights are handed out that reach beyond one user's mail and groups."""

ROLES = (
    PortalRole("Administrator", writes=None),
    PortalRole(
        "Help desk",
        hides=frozenset(_APPOINTING),
        # no security groups: they hand out licences, applications and functional roles; no block of the
        # sign-in: it may take all of those away
        writes=frozenset(
            (
                "basics",
                "forwarding-and-replies",
                *("calendar-permissions", "add-calendar-permission"),
                *("edit-calendar-permission", "remove-calendar-permission"),
                *("distribution-groups", "microsoft-365-groups"),
                *("phone-methods", "add-phone-method", "change-phone-method", "delete-phone-method"),
                "microsoft-authenticators",
                *("reset-password", "expire-password", "enable-sign-in", "revoke-sessions"),
                *("assign-devices", "resend-invitation", "change-photo", "remove-photo"),
                *_OWN,
            )
        ),
        also=("Helpdesk",),
    ),
    PortalRole(
        "Licence manager",
        hides=frozenset((*_APPOINTING, *_MFA, "risks", "sign-ins")),
        writes=frozenset(
            (
                *("licenses", "cancel-license-request", "schedule-license-assignment"),
                *("basics:usageLocation", *_OWN),
            )
        ),
        also=("License manager",),
    ),
    PortalRole("Auditor"),
)
"""Every role, and all that it grants: this table is the only place that says so."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator may see and change. As it is made without arguments, portal roles are not in use.

    `readonly` is the sentence for a program that changes nothing, whoever runs it. `limited`: only what one of
    `roles` grants is allowed; where there is none, `trouble` is the sentence that says why, and `short` says it
    within a line. Where not, `trouble` says why portal roles limit nothing although they were meant to. `unread`:
    it could not be found out, so that a later look may find another answer. `grants` are what the sign-in's tokens
    tell besides.
    """

    readonly: str = ""
    limited: bool = False
    roles: tuple[PortalRole, ...] = ()
    trouble: str = ""
    short: str = ""
    unread: bool = False
    grants: Grants = Grants()

    @property
    def bar(self) -> str:
        """Why nothing at all may be changed; "" where something may."""
        if self.readonly or not self.limited:
            return self.readonly
        if not self.roles:
            return self.trouble
        none = all(role.writes == frozenset() for role in self.roles)
        return f"{self._mine} changes nothing. {HELP}" if none else ""

    def hides(self, part: str) -> str:
        """Why this tab, or this action's page, is not to be seen, within a line; "" where it is."""
        if not self.limited:
            return ""
        if self.roles:
            seen = any(part not in role.hides for role in self.roles)
            return "" if seen else f"{self._mine[:1].lower()}{self._mine[1:]} lacks it"
        return self.short if any(part in role.hides for role in ROLES) else ""

    def refuses(self, part: str, what: str, fields: Collection[str] = ()) -> str:
        """Why this may not be changed or done, as a sentence that names it by `what`; "" where it may.

        `fields` are those of a tab that are meant; none means the whole of it.
        """
        if self.bar or not self.limited:
            return self.bar
        if any(_grants(role, part, fields) for role in self.roles):
            return ""
        return f"{self._mine} does not include {what}. {HELP}"

    @property
    def _mine(self) -> str:
        return f"Your portal role ({', '.join(role.name for role in self.roles)})"


def named(*names: str) -> PortalRole | None:
    """The role that the first of these names means that means one; None where none does."""
    return next((role for name in names for role in ROLES if _plain(name) in _names(role)), None)


def _grants(role: PortalRole, part: str, fields: Collection[str]) -> bool:
    if role.writes is None or part in role.writes:
        return True
    return bool(fields) and all(f"{part}:{field}" in role.writes for field in fields)


def _names(role: PortalRole) -> set[str]:
    return {_plain(name) for name in (role.name, *role.also)}


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
