"""All rules, and what they find in the facts about one user."""

from services.risk import audit_rules, detection_rules, device_rules, setting_rules, sign_in_rules
from services.risk.facts import Facts
from services.risk.rule import Finding, Rule
from services.risk.thresholds import Thresholds

RULES: tuple[Rule, ...] = (
    *sign_in_rules.RULES,
    *detection_rules.RULES,
    *audit_rules.RULES,
    *device_rules.RULES,
    *setting_rules.RULES,
)

IDS = tuple(rule.id for rule in RULES)


def findings(facts: Facts, limits: Thresholds) -> list[Finding]:
    """What the rules find, newest first; what holds now comes before all that happened."""
    found = [
        Finding(rule, match)
        for rule in RULES
        if rule.id not in limits.off
        for match in rule.condition(facts, limits)
    ]
    return sorted(found, key=lambda finding: finding.match.at or facts.now, reverse=True)
