"""What settings tell: those of the mailbox, of the account, and whether a second factor is registered."""

from collections.abc import Callable, Iterator, Mapping

from services.exchange_values import several
from services.operation import Json
from services.risk.facts import Facts
from services.risk.rule import Category, Condition, Match, Rule, Severity, Source
from services.risk.thresholds import Thresholds


def set_so(field: str, value: Json) -> Condition:
    """A setting of the mailbox that has this value."""
    return mailbox(lambda settings: {} if settings.get(field) is value else None)


def mailbox(test: Callable[[Mapping[str, Json]], dict[str, str] | None]) -> Condition:
    """A mailbox for whose settings the test gives values (None: it does not hold)."""

    def condition(facts: Facts, limits: Thresholds) -> Iterator[Match]:
        values = test(facts.mailbox) if facts.mailbox is not None else None
        if values is not None and facts.mailbox is not None:
            yield Match(values=values, records=(dict(facts.mailbox),))

    return condition


def _outside(settings: Mapping[str, Json]) -> dict[str, str] | None:
    """An address that mail goes to and whose domain is none of the mailbox's own."""
    target = str(settings.get("ForwardingSmtpAddress") or "").removeprefix("smtp:").removeprefix("SMTP:")
    addresses = [*several(settings.get("EmailAddresses")), *several(settings.get("PrimarySmtpAddress"))]
    own = {address.rpartition("@")[2].casefold() for address in addresses if "@" in address}
    if "@" not in target or target.rpartition("@")[2].casefold() in own:
        return None
    return {
        "target": target,
        "kept": "a copy stays" if settings.get("DeliverToMailboxAndForward") else "no copy",
    }


def _to_everybody(settings: Mapping[str, Json]) -> dict[str, str] | None:
    on = settings.get("AutoReplyState") in ("Enabled", "Scheduled")
    return {} if on and settings.get("ExternalAudience") == "All" else None


def _old_protocols(settings: Mapping[str, Json]) -> dict[str, str] | None:
    names = {"ImapEnabled": "IMAP", "PopEnabled": "POP"}
    on = [name for field, name in names.items() if settings.get(field) is True]
    return {"protocols": " and ".join(on)} if on else None


def _no_method(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """No second factor is registered."""
    if facts.registration is not None and facts.registration.get("isMfaRegistered") is False:
        admin = facts.registration.get("isAdmin") is True
        kind = "administrator" if admin else "user"
        severity = Severity.HIGH if admin else None
        yield Match(values={"kind": kind}, records=(dict(facts.registration),), severity=severity)


def _weak_passwords(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """The account may have a password that the directory would otherwise refuse."""
    if "DisableStrongPassword" in str(facts.account.get("passwordPolicies") or ""):
        yield Match(records=(dict(facts.account),))


def _setting(
    identity: str, severity: Severity, condition: Condition, sentence: str, hint: str, source: Source
) -> Rule:
    return Rule(
        id=identity,
        category=Category.CONFIGURATION,
        source=source,
        severity=severity,
        condition=condition,
        sentence=sentence,
        hint=hint,
    )


RULES = (
    _setting("forwarding-outside", Severity.HIGH, mailbox(_outside),
             "All mail goes to {target}, outside this organisation ({kept})",
             "Ask the user why; take it away on the tab Forwarding and replies.", Source.MAILBOX),
    _setting("replies-to-everybody", Severity.LOW, mailbox(_to_everybody),
             "Automatic replies go to everybody outside",
             "They tell strangers that the address lives and who is away: answer contacts alone.", Source.MAILBOX),
    _setting("old-protocols-open", Severity.LOW, mailbox(_old_protocols),
             "{protocols} can be used, which know no second factor",
             "Close what is not needed on the tab Mail.", Source.MAILBOX),
    _setting("smtp-auth-open", Severity.MEDIUM, set_so("SmtpClientAuthenticationDisabled", False),
             "Mail can be sent by SMTP with the password alone",
             "Turn SMTP AUTH off for this mailbox in Exchange, unless a device needs it.", Source.MAILBOX),
    _setting("mailbox-audit-off", Severity.HIGH, set_so("AuditEnabled", False),
             "Nothing is recorded of what is done in this mailbox",
             "Turn auditing of the mailbox on in Exchange: without it nobody can tell what an intruder read.",
             Source.MAILBOX),
    _setting("hidden-from-lists", Severity.LOW, set_so("HiddenFromAddressListsEnabled", True),
             "The mailbox is hidden from the address lists",
             "Right for a mailbox of a program; for a person ask who wanted it.", Source.MAILBOX),
    _setting("no-second-factor-registered", Severity.MEDIUM, _no_method,
             "This {kind} has registered no second factor",
             "Have the user register one, or add a phone under Manage MFA methods.", Source.REGISTRATION),
    _setting("weak-password-allowed", Severity.MEDIUM, _weak_passwords,
             "This account may have a weak password", "Take DisableStrongPassword out of its password policies.",
             Source.ACCOUNT),
)  # fmt: skip
