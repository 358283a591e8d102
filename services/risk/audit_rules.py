"""What the audit log tells: what was done to the account by others, and by it to the directory."""

from collections.abc import Iterator

from services.risk.facts import Audit, Facts
from services.risk.rule import Category, Condition, Match, Rule, Severity, Source
from services.risk.thresholds import Thresholds

_RESETS = ("Reset user password", "Reset password (by admin)")
_REMOVED = (
    "User deleted security info",
    "Admin deleted security info",
    "Disable Strong Authentication",
    "Delete authentication method",
)
_ADDED = (
    "User registered security info",
    "Admin registered security info",
    "User registered all required security info",
    "Add authentication method",
    "Admin updated security info",
)
_ROLES = ("Add member to role", "Add eligible member to role", "Add scoped member to role")
_CONSENT = ("Consent to application", "Add delegated permission grant")
_SECRETS = (
    "Add service principal credentials",
    "Update application – Certificates and secrets management",
    "Add owner to application",
    "Add owner to service principal",
)
_POLICIES = (
    "Add conditional access policy",
    "Update conditional access policy",
    "Delete conditional access policy",
    "Add policy",
    "Update policy",
    "Delete policy",
    "Disable Security Defaults",
)


def done(*activities: str, to_user: bool = True, by_others: bool = False) -> Condition:
    """Entries of the last days whose activity begins with one of these, and that succeeded.

    `to_user`: the account is what it was done to, else who did it. `by_others`: not by the user's own hand.
    """

    def condition(facts: Facts, limits: Thresholds) -> Iterator[Match]:
        for audit in facts.audits:
            concerned = facts.user in audit.targets if to_user else audit.by == facts.user
            fits = audit.activity.startswith(activities) and audit.result in ("success", "")
            if concerned and fits and audit.at >= facts.since and not (by_others and audit.by == facts.user):
                yield _match(facts, audit)

    return condition


def _match(facts: Facts, audit: Audit) -> Match:
    pairs = zip(audit.targets, audit.names, strict=False)
    others = [name for identity, name in pairs if identity != facts.user]
    what = ", ".join(others) or _role_of(audit) or "something"
    values = {"activity": audit.activity, "who": audit.who or "somebody unnamed", "what": what}
    return Match(at=audit.at, values=values, actions=(audit.id,), records=(audit.raw,))


def _role_of(audit: Audit) -> str:
    """The name of a role is not among the targets' names but in what changed."""
    for target in audit.raw.get("targetResources") or ():
        for changed in (target or {}).get("modifiedProperties") or ():
            if str((changed or {}).get("displayName")) in (
                "Role.DisplayName",
                "ConsentContext.IsAdminConsent",
            ):
                return str(changed.get("newValue") or "").strip('"')
    return ""


RULES = (
    Rule(
        id="password-reset-by-others", category=Category.IDENTITY, source=Source.AUDITS,
        severity=Severity.MEDIUM, condition=done(*_RESETS, by_others=True),
        sentence="{who} reset the password of this account",
        hint="See whether there is a ticket for it; whoever resets a password can sign in with it.",
    ),
    Rule(
        id="method-removed", category=Category.IDENTITY, source=Source.AUDITS, severity=Severity.MEDIUM,
        condition=done(*_REMOVED), sentence="{who} took a second factor away ({activity})",
        hint="Look under Manage MFA methods at what is left, and ask the user whether they lost a phone.",
    ),
    Rule(
        id="method-added", category=Category.IDENTITY, source=Source.AUDITS, severity=Severity.LOW,
        condition=done(*_ADDED), sentence="{who} registered a second factor ({activity})",
        hint="Ask the user whether it is theirs: an intruder registers one to stay.",
    ),
    Rule(
        id="role-assigned", category=Category.IDENTITY, source=Source.AUDITS, severity=Severity.HIGH,
        condition=done(*_ROLES), sentence="{who} gave this account a directory role: {what}",
        hint="See on the tab Directory roles what it may do now, and whether it needs to.",
    ),
    Rule(
        id="consent-given", category=Category.IDENTITY, source=Source.AUDITS, severity=Severity.MEDIUM,
        condition=done(*_CONSENT, to_user=False),
        sentence="This user let an application read on their behalf: {what}",
        hint="Look at the application's publisher and permissions under Azure applications; revoke it if unknown.",
    ),
    Rule(
        id="application-secret", category=Category.IDENTITY, source=Source.AUDITS, severity=Severity.HIGH,
        condition=done(*_SECRETS, to_user=False),
        sentence="This user gave an application a new key or owner: {what} ({activity})",
        hint="A key works without the user, also when the account is blocked: see whether it is needed.",
    ),
    Rule(
        id="policy-changed", category=Category.CONFIGURATION, source=Source.AUDITS, severity=Severity.HIGH,
        condition=done(*_POLICIES, to_user=False),
        sentence="This user changed a policy that protects the tenant: {what} ({activity})",
        hint="Compare the policy with what was agreed, and put it back if it is weaker now.",
    ),
)  # fmt: skip
