"""What Identity Protection tells: its detections by their kind, the user's risk, and who called it off."""

import re
from collections.abc import Iterator

from services.risk.facts import Detection, Facts, moment
from services.risk.rule import Category, Condition, Match, Rule, Severity, Source, level
from services.risk.thresholds import Thresholds

_OVER = frozenset({"dismissed", "remediated", "confirmedSafe"})
"""States of a detection that somebody has dealt with."""

ANONYMISED = ("anonymizedIPAddress", "riskyIPAddress", "mcasSuspiciousProxy")
TRAVEL = ("unlikelyTravel", "impossibleTravel", "mcasImpossibleTravel", "newCountry")
MALICIOUS = (
    "maliciousIPAddress",
    "maliciousIPAddressValidCredentialsBlockedIP",
    "nationStateIP",
    "investigationsThreatIntelligence",
    "investigationsThreatIntelligenceSigninLinked",
    "suspiciousIPAddress",
)
MALWARE = ("malwareInfectedIPAddress", "suspiciousBrowser", "attemptedPrtAccess")
INBOX = (
    "suspiciousInboxForwarding",
    "mcasSuspiciousInboxManipulationRules",
    "suspiciousSendingPatterns",
    "suspiciousInboxManipulationRules",
)
LEAKED = ("leakedCredentials", "passwordSpray")
TOKEN = ("anomalousToken", "tokenIssuerAnomaly", "attackerinTheMiddle", "suspiciousAPITraffic")
UNFAMILIAR = ("unfamiliarFeatures", "anomalousUserActivity", "userReportedSuspiciousActivity")
_KNOWN = frozenset((*ANONYMISED, *TRAVEL, *MALICIOUS, *MALWARE, *INBOX, *LEAKED, *TOKEN, *UNFAMILIAR))


def detected(*kinds: str) -> Condition:
    """Detections of these kinds that nobody has dealt with; of every other kind where none is named."""

    def condition(facts: Facts, limits: Thresholds) -> Iterator[Match]:
        for detection in facts.detections:
            fits = detection.kind in kinds if kinds else detection.kind not in _KNOWN
            if fits and detection.state not in _OVER:
                yield _match(detection)

    return condition


def at_risk(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """The directory holds the user for at risk, or an administrator has confirmed that they are."""
    risky = facts.risky or {}
    state, found = risky.get("riskState"), level(str(risky.get("riskLevel")))
    if state not in ("atRisk", "confirmedCompromised") or found is None:
        return
    said = "confirmed as compromised" if state == "confirmedCompromised" else f"at {found} risk"
    at = moment(risky.get("riskLastUpdatedDateTime"))
    yield Match(at=at, values={"said": said}, records=(dict(risky),), severity=found)


def called_off(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Somebody said that a risk is none, without the user proving it."""
    for item in facts.history:
        at = moment(item.get("riskLastUpdatedDateTime"))
        if at is None or at < facts.since or item.get("riskState") not in ("dismissed", "confirmedSafe"):
            continue
        yield Match(at=at, values={"state": str(item.get("riskState"))}, records=(dict(item),))


def _match(detection: Detection) -> Match:
    where = ", ".join(filter(None, (detection.address, detection.where))) or "an unknown place"
    return Match(
        at=detection.at,
        values={"kind": _spoken(detection.kind) or "something", "where": where},
        actions=(detection.sign_in,) if detection.sign_in else (),
        records=(detection.raw,),
        severity=level(detection.level),
    )


def _spoken(kind: str) -> str:
    """ "anonymousUserAction" as "anonymous user action"."""
    return re.sub(r"(?<=[a-z0-9])[A-Z](?![A-Z])", lambda found: f" {found[0].lower()}", kind)


_RESET = "Reset the password, revoke the sessions, and look at what was done since in Audit Logs."


def _rule(identity: str, category: Category, kinds: tuple[str, ...], sentence: str, hint: str) -> Rule:
    return Rule(
        id=identity,
        category=category,
        source=Source.DETECTIONS,
        severity=Severity.MEDIUM,
        condition=detected(*kinds),
        sentence=sentence,
        hint=hint,
    )


RULES = (
    _rule("anonymised-address", Category.NETWORK, ANONYMISED,
          "Signed in from an address that hides who is behind it: {where}",
          "Ask the user whether they use Tor or a private VPN. If not: " + _RESET),
    _rule("unlikely-travel", Category.NETWORK, TRAVEL, "Entra ID finds this journey unlikely ({kind}): {where}",
          "Ask the user where they were. " + _RESET),
    _rule("malicious-address", Category.NETWORK, MALICIOUS,
          "Signed in from an address that is known for attacks ({kind}): {where}", _RESET),
    _rule("infected-device", Category.ENDPOINT, MALWARE,
          "A device or browser that looks infected was used ({kind}): {where}",
          "Have the device examined before it is used again; until then block it in Intune."),
    _rule("suspicious-inbox", Category.CONFIGURATION, INBOX,
          "Mail is sorted or sent in a suspicious way ({kind}): {where}",
          "Look at Forwarding and replies, and at the rules in the mailbox. " + _RESET),
    _rule("leaked-credentials", Category.IDENTITY, LEAKED, "The password is known to others ({kind}): {where}",
          _RESET),
    _rule("stolen-token", Category.IDENTITY, TOKEN, "A token of this user looks stolen ({kind}): {where}",
          "Revoke the sessions now: a new password alone does not end them. " + _RESET),
    _rule("unfamiliar-sign-in", Category.IDENTITY, UNFAMILIAR,
          "This is not how this user signs in ({kind}): {where}", "Ask the user whether it was they. " + _RESET),
    _rule("other-detection", Category.IDENTITY, (), "Entra ID detected {kind}: {where}",
          "Read in Identity Protection what it means. " + _RESET),
    Rule(
        id="user-at-risk", category=Category.IDENTITY, source=Source.RISK, severity=Severity.HIGH,
        condition=at_risk, sentence="Entra ID says that this user is {said}", hint=_RESET,
    ),
    Rule(
        id="risk-called-off", category=Category.IDENTITY, source=Source.RISK, severity=Severity.LOW,
        condition=called_off, sentence="A risk of this user was called off by hand ({state})",
        hint="See in Audit Logs who did it, and whether they asked the user first.",
    ),
)  # fmt: skip
