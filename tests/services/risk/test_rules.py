"""Every rule, with what it finds and with what is almost that and is none."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.risk.facts import Facts
from services.risk.rule import Category, Finding, Severity
from services.risk.rules import IDS, RULES, findings
from services.risk.thresholds import Thresholds
from tests.services.risk.made import (
    ADMIN,
    MAILBOX,
    ME,
    NOW,
    ago,
    audit,
    detection,
    device,
    facts,
    habits,
    sign_in,
)

WRONG, DENIED, BLOCKED = 50126, 500121, 50057
LIMITS = Thresholds()


def wrong(number: int, **span: float) -> list[dict[str, Any]]:
    """Wrong passwords, one a minute, from that long ago on, each from an address of its own."""
    step = [{**span, "minutes": span.get("minutes", 0) - n} for n in range(number)]
    return [sign_in(ago(**at), code=WRONG, ipAddress=f"198.51.100.{n}") for n, at in enumerate(step)]


def mailbox(**fields: Any) -> Facts:
    """A mailbox with these settings."""
    return facts(mailbox={**MAILBOX, **fields})


def risky(level: str, state: str) -> Facts:
    """The directory's opinion."""
    return facts(risky={"riskLevel": level, "riskState": state, "riskLastUpdatedDateTime": ago(days=1)})


def history(state: str, **span: float) -> Facts:
    """One item of the risk's history."""
    return facts(history=({"riskState": state, "riskLastUpdatedDateTime": ago(**span)},))


def protected(**fields: Any) -> dict[str, Any]:
    """A sign-in for which a policy demanded a second factor."""
    policy = {"enforcedGrantControls": ["Mfa"], "result": "success"}
    return sign_in(ago(days=9), appliedConditionalAccessPolicies=[policy], **fields)


def bare(managed: bool | None, compliant: bool | None) -> dict[str, Any]:
    """A sign-in of today from such a device."""
    detail = {"operatingSystem": "Linux", "isManaged": managed, "isCompliant": compliant}
    return sign_in(ago(hours=2), deviceDetail=detail)


TODAY, YESTERDAY = ago(hours=2), ago(hours=26)
NIGHT = ago(hours=33)  # three in the morning

CASES: dict[str, tuple[Sequence[Facts], Sequence[Facts]]] = {
    # rule: (what it finds once, what it must not find)
    "new-country": (
        [facts([*habits(), sign_in(TODAY, "JP")]), facts([*habits(5), sign_in(TODAY, "JP")])],
        [
            facts([*habits(), sign_in(TODAY, "US")]),
            facts([*habits(), sign_in(TODAY, "JP", WRONG)]),
            facts([*habits(4), sign_in(TODAY, "JP")]),
            facts([*habits(), sign_in(ago(days=7, hours=1), "JP")]),
            facts([*habits(), sign_in(TODAY, "")]),
        ],
    ),
    "impossible-travel": (
        [
            facts([sign_in(ago(hours=3), "US"), sign_in(TODAY, "JP")]),
            facts([sign_in(ago(days=9), "US"), sign_in(ago(hours=3), "DE"), sign_in(TODAY, "JP")]),
        ],
        [
            facts([sign_in(ago(hours=26), "US"), sign_in(TODAY, "JP")]),
            facts([sign_in(ago(hours=3), "US"), sign_in(TODAY, "JP", WRONG)]),
            facts([sign_in(ago(hours=3), "US"), sign_in(TODAY, "US", ipAddress="203.0.113.77")]),
            facts([sign_in(ago(hours=3), ""), sign_in(TODAY, "JP")]),
        ],
    ),
    "many-countries": (
        [facts([sign_in(ago(hours=h), c) for h, c in ((1, "US"), (2, "DE"), (3, "PT"))])],
        [
            facts([sign_in(ago(hours=h), c) for h, c in ((1, "US"), (2, "DE"))]),
            facts([sign_in(ago(hours=h), c) for h, c in ((1, "US"), (2, "DE"), (30, "PT"))]),
        ],
    ),
    "failed-addresses": ([facts(wrong(5, hours=5))], [facts(wrong(4, hours=5))]),
    "failures-then-success": (
        [facts([*wrong(5, minutes=60), sign_in(ago(minutes=50))])],
        [
            facts([*wrong(4, minutes=60), sign_in(ago(minutes=50))]),
            facts([*wrong(5, minutes=180), sign_in(ago(minutes=50))]),
            facts([*wrong(3, minutes=60), sign_in(ago(minutes=55)), *wrong(3, minutes=50), sign_in(ago(minutes=40))]),
            facts(wrong(5, minutes=60)),
        ],
    ),
    "risky-sign-in": (
        [facts([sign_in(TODAY, riskLevelDuringSignIn="medium")])],
        [
            facts([sign_in(TODAY, riskLevelDuringSignIn="hidden")]),
            facts([sign_in(TODAY, riskLevelDuringSignIn="something new")]),
            facts([sign_in(TODAY, riskLevelDuringSignIn="high", id="x")], [detection("other", requestId="x")]),
        ],
    ),
    "unusual-hour": (
        [facts([*habits(20), sign_in(NIGHT)])],
        [facts([*habits(19), sign_in(NIGHT)]), facts([*habits(20), sign_in(ago(hours=26))])],
    ),
    "no-second-factor": (
        [facts([*(protected() for _ in range(5)), sign_in(TODAY, conditionalAccessStatus="notApplied")])],
        [
            facts([*(protected() for _ in range(4)), sign_in(TODAY, conditionalAccessStatus="notApplied")]),
            facts([*(protected() for _ in range(5)), sign_in(TODAY)]),
            facts([*(protected() for _ in range(5)),
                   sign_in(TODAY, code=WRONG, conditionalAccessStatus="notApplied")]),
        ],
    ),
    "second-factor-denied": (
        [facts([sign_in(ago(hours=1, minutes=n), code=DENIED) for n in range(3)])],
        [
            facts([sign_in(ago(hours=1, minutes=n), code=DENIED) for n in range(2)]),
            facts([sign_in(ago(days=n), code=DENIED) for n in range(3)]),
        ],
    ),
    "blocked-account": (
        [facts([sign_in(ago(days=n), code=BLOCKED) for n in range(3)])],
        [facts([sign_in(ago(days=4 * n), code=BLOCKED) for n in range(3)])],
    ),
    "legacy-protocol": (
        [
            facts([sign_in(TODAY, clientAppUsed="IMAP4"), sign_in(YESTERDAY, clientAppUsed="IMAP4")]),
            facts([sign_in(TODAY, clientAppUsed="Authenticated SMTP")]),
            facts([sign_in(TODAY, clientAppUsed="Other clients; Older Office clients")]),
        ],
        [
            facts([sign_in(TODAY, clientAppUsed="Mobile Apps and Desktop clients")]),
            facts([sign_in(TODAY, code=WRONG, clientAppUsed="IMAP4")]),
            facts([sign_in(TODAY, clientAppUsed=None)]),
        ],
    ),
    "unmanaged-device": (
        [facts([*habits(1), bare(False, False)])],
        [facts([bare(False, False)]), facts([*habits(1), bare(None, None)]), facts([*habits(1), bare(True, True)])],
    ),
    "noncompliant-device-used": (
        [facts([bare(True, False)])],
        [facts([bare(False, False)]), facts([bare(True, None)])],
    ),
    "anonymised-address": (
        [facts(detections=[detection("anonymizedIPAddress")])],
        [
            facts(detections=[detection("anonymizedIPAddress", riskState="dismissed")]),
            facts(detections=[detection("unlikelyTravel")]),
        ],
    ),
    "unlikely-travel": ([facts(detections=[detection("unlikelyTravel")])], [facts(detections=[detection("new")])]),
    "malicious-address": (
        [facts(detections=[detection("maliciousIPAddress")])],
        [facts(detections=[detection("maliciousIPAddress", riskState="confirmedSafe")])],
    ),
    "infected-device": (
        [facts(detections=[detection("malwareInfectedIPAddress")])],
        [facts(detections=[detection("maliciousIPAddress")])],
    ),
    "suspicious-inbox": (
        [facts(detections=[detection("suspiciousInboxForwarding")])],
        [facts(detections=[detection("leakedCredentials")])],
    ),
    "leaked-credentials": (
        [facts(detections=[detection("leakedCredentials")])],
        [facts(detections=[detection("leakedCredentials", riskState="remediated")])],
    ),
    "stolen-token": (
        [facts(detections=[detection("anomalousToken")])],
        [facts(detections=[detection("anomalousUserActivity")])],
    ),
    "unfamiliar-sign-in": (
        [facts(detections=[detection("unfamiliarFeatures")])],
        [facts(detections=[detection("anomalousToken")])],
    ),
    "other-detection": (
        [facts(detections=[detection("somethingNewFromMicrosoft")]), facts(detections=[detection("")])],
        [facts(detections=[detection("unfamiliarFeatures")])],
    ),
    "user-at-risk": (
        [risky("low", "atRisk"), risky("high", "confirmedCompromised")],
        [risky("high", "remediated"), risky("none", "atRisk"), risky("hidden", "atRisk"), facts()],
    ),
    "risk-called-off": (
        [history("dismissed", days=1), history("confirmedSafe", days=1)],
        [history("dismissed", days=9), history("remediated", days=1), history("atRisk", days=1)],
    ),
    "password-reset-by-others": (
        [facts(audits=[audit("Reset user password")]), facts(audits=[audit("Reset password (by admin)")])],
        [
            facts(audits=[audit("Reset user password", by=ME)]),
            facts(audits=[audit("Reset user password", on=(ADMIN,))]),
            facts(audits=[audit("Reset user password", result="failure")]),
            facts(audits=[audit("Reset user password", activityDateTime=ago(days=9))]),
            facts(audits=[audit("Change user password")]),
        ],
    ),
    "method-removed": (
        [facts(audits=[audit("User deleted security info", by=ME)])],
        [facts(audits=[audit("User deleted security info", result="failure")])],
    ),
    "method-added": (
        [facts(audits=[audit("User registered security info", by=ME)])],
        [facts(audits=[audit("User started security info registration", by=ME)])],
    ),
    "role-assigned": (
        [
            facts(audits=[audit("Add member to role")]),
            facts(audits=[audit("Add eligible member to role in PIM completed (permanent)")]),
        ],
        [facts(audits=[audit("Add member to role", on=(ADMIN,))]), facts(audits=[audit("Add member to group")])],
    ),
    "consent-given": (
        [facts(audits=[audit("Consent to application", by=ME, on=("app",))])],
        [facts(audits=[audit("Consent to application", by=ADMIN, on=("app",))])],
    ),
    "application-secret": (
        [facts(audits=[audit("Add service principal credentials", by=ME, on=("app",))])],
        [facts(audits=[audit("Add service principal", by=ME, on=("app",))])],
    ),
    "policy-changed": (
        [facts(audits=[audit("Update conditional access policy", by=ME, on=("policy",))])],
        [facts(audits=[audit("Update conditional access policy", by=ADMIN, on=("policy",))])],
    ),
    "device-noncompliant": (
        [facts(devices=[device(complianceState="noncompliant")])],
        [facts(devices=[device(complianceState="unknown")]), facts(devices=[device(complianceState=None)])],
    ),
    "device-in-grace": (
        [facts(devices=[device(complianceState="inGracePeriod")])],
        [facts(devices=[device(complianceState="noncompliant")])],
    ),
    "device-unencrypted": (
        [facts(devices=[device(isEncrypted=False)])],
        [facts(devices=[device(isEncrypted=None)]), facts(devices=[device()])],
    ),
    "device-stale": (
        [facts(devices=[device(lastSyncDateTime=ago(days=14, minutes=1))])],
        [
            facts(devices=[device(lastSyncDateTime=ago(days=14))]),
            facts(devices=[device(lastSyncDateTime="0001-01-01T00:00:00Z")]),
        ],
    ),
    "device-old-system": (
        [
            facts(devices=[device(osVersion="10.0.17763.1")]),
            facts(devices=[device(operatingSystem="macOS", osVersion="12.7 (21H123)")]),
            facts(devices=[device(operatingSystem="Android", osVersion="9")]),
        ],
        [
            facts(devices=[device(osVersion="10.0.19045")]),
            facts(devices=[device(osVersion="")]),
            facts(devices=[device(operatingSystem="Linux", osVersion="1.0")]),
            facts(devices=[device(operatingSystem=None, osVersion=None)]),
            facts(devices=[device(operatingSystem="iOS", osVersion="16.0")]),
        ],
    ),
    "device-jailbroken": (
        [facts(devices=[device(jailBroken="True")])],
        [facts(devices=[device(jailBroken="Unknown")])],
    ),
    "device-threat": (
        [facts(devices=[device(partnerReportedThreatState="highSeverity")])],
        [facts(devices=[device(partnerReportedThreatState="unknown")])],
    ),
    "forwarding-outside": (
        [mailbox(ForwardingSmtpAddress="smtp:me@home.example"), mailbox(ForwardingSmtpAddress="me@home.example")],
        [
            mailbox(ForwardingSmtpAddress="smtp:other@CONTOSO.example"),
            mailbox(ForwardingAddress="somebody"),
            mailbox(ForwardingSmtpAddress=""),
            mailbox(EmailAddresses=None),
        ],
    ),
    "replies-to-everybody": (
        [mailbox(AutoReplyState="Enabled"), mailbox(AutoReplyState="Scheduled")],
        [mailbox(AutoReplyState="Enabled", ExternalAudience="Known"), mailbox()],
    ),
    "old-protocols-open": (
        [mailbox(ImapEnabled=True, PopEnabled=True), mailbox(PopEnabled=True)],
        [mailbox(ImapEnabled=None), mailbox()],
    ),
    "smtp-auth-open": (
        [mailbox(SmtpClientAuthenticationDisabled=False)],
        [mailbox(SmtpClientAuthenticationDisabled=True), mailbox()],
    ),
    "mailbox-audit-off": ([mailbox(AuditEnabled=False)], [mailbox(AuditEnabled=None), mailbox()]),
    "hidden-from-lists": ([mailbox(HiddenFromAddressListsEnabled=True)], [mailbox()]),
    "no-second-factor-registered": (
        [facts(registration={"isMfaRegistered": False})],
        [facts(registration={"isMfaRegistered": True}), facts(registration={}), facts()],
    ),
    "weak-password-allowed": (
        [facts(account={"passwordPolicies": "DisablePasswordExpiration, DisableStrongPassword"})],
        [facts(account={"passwordPolicies": None}), facts(account={"passwordPolicies": "None"})],
    ),
}  # fmt: skip


def of(rule: str, known: Facts, limits: Thresholds = LIMITS) -> list[Finding]:
    """What this rule finds."""
    return [finding for finding in findings(known, limits) if finding.rule.id == rule]


def test_every_rule_has_cases_and_every_category_has_rules() -> None:
    assert sorted(CASES) == sorted(IDS)
    assert len(set(IDS)) == len(IDS) >= 20
    assert {rule.category for rule in RULES} == set(Category)


@pytest.mark.parametrize("rule", IDS)
def test_what_it_finds_and_what_it_does_not(rule: str) -> None:
    matching, near = CASES[rule]
    for known in matching:
        (found,) = of(rule, known)
        assert "{" not in found.sentence + found.hint
        assert found.match.records
        assert found.rule.category in Category
        assert of(rule, known, Thresholds(off=(rule,))) == []
    for known in near:
        assert of(rule, known) == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.thresholds], ids=lambda rule: rule.id)
def test_thresholds_are_what_is_used(rule: Any) -> None:
    known = CASES[rule.id][0][0]
    lax = {"travel_distance": 40_000, "oldest_windows": "1", "oldest_macos": "1", "oldest_ios": "1",
           "oldest_android": "1", "failure_minutes": 1}  # fmt: skip
    for name in rule.thresholds:
        if rule.id == "device-old-system" and name != "oldest_windows":
            continue
        limits = msgspec.structs.replace(LIMITS, **{name: lax.get(name, 10_000)})
        assert of(rule.id, known, limits) == [], name


def test_actions_are_the_sign_ins_and_entries_that_make_it_up() -> None:
    last = sign_in(ago(minutes=50), id="last")
    tried = wrong(5, minutes=60)
    (found,) = of("failures-then-success", facts([last, *tried]))
    assert set(found.match.actions) == {"last", *(t["id"] for t in tried)}
    assert found.match.at == NOW - timedelta(minutes=50)
    (found,) = of("other-detection", facts(detections=[detection("new", requestId="last")]))
    assert found.match.actions == ("last",)
    (found,) = of("role-assigned", facts(audits=[audit("Add member to role", id="a")]))
    assert found.match.actions == ("a",)


def test_the_service_says_how_bad_a_detection_is() -> None:
    for said, severity in (("low", Severity.LOW), ("high", Severity.HIGH), ("hidden", Severity.MEDIUM)):
        (found,) = of("stolen-token", facts(detections=[detection("anomalousToken", riskLevel=said)]))
        assert found.severity is severity


def test_newest_first_and_what_holds_now_before_all() -> None:
    known = facts([sign_in(YESTERDAY, riskLevelDuringSignIn="low"), sign_in(TODAY, riskLevelDuringSignIn="low")],
                  devices=[device(isEncrypted=False)])  # fmt: skip
    assert [f.match.at for f in findings(known, LIMITS)] == [
        None,
        NOW - timedelta(hours=2),
        NOW - timedelta(hours=26),
    ]


@pytest.mark.parametrize("junk", [{}, {"status": None, "location": None, "deviceDetail": None, "id": None},
                                  {"createdDateTime": "soon"}, {"createdDateTime": ago(hours=1)},
                                  {"createdDateTime": ago(hours=1), "status": {"errorCode": None},
                                   "location": {"geoCoordinates": None}, "appliedConditionalAccessPolicies": [None]},
                                  {"activityDateTime": ago(hours=1), "targetResources": [None, {}],
                                   "initiatedBy": None}])  # fmt: skip
def test_what_the_services_leave_out_stops_nothing(junk: dict[str, Any]) -> None:
    known = facts(
        [junk], [junk], [junk], [junk], mailbox=junk, risky=junk, history=(junk,), registration=junk
    )
    for finding in findings(known, LIMITS):
        assert finding.sentence
        assert finding.hint


def test_hostile_names_are_only_text() -> None:
    name = "{0.__class__} [/x \x1b[31m {who}"
    known = facts(
        [*habits(), sign_in(TODAY, "JP", appDisplayName=name, riskLevelDuringSignIn="high")],
        [detection(name)],
        [audit("Add member to role", initiatedBy={"user": {"id": "x", "userPrincipalName": name}})],
        [device(deviceName=name, isEncrypted=False)],
        mailbox={**MAILBOX, "ForwardingSmtpAddress": f"smtp:{name}@x"},
    )
    sentences = " ".join(finding.sentence for finding in findings(known, LIMITS))
    assert sentences.count("{0.__class__}") >= 4
