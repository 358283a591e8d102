"""Rule: one kind of risk as data: where it is looked for, when it is there, how it is told."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from services.operation import Json
from services.risk.facts import Facts
from services.risk.thresholds import Thresholds


class Category(StrEnum):
    """The four kinds of security; the value is the title."""

    NETWORK = "Network"
    CONFIGURATION = "Configuration"
    ENDPOINT = "Endpoint security"
    IDENTITY = "Identity access"


class Severity(StrEnum):
    """How bad it is, if it is what it looks like."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Source(StrEnum):
    """What was read; the value is its name in a sentence."""

    SIGN_INS = "sign-ins"
    DETECTIONS = "risk detections"
    RISK = "user risk"
    AUDITS = "audit logs"
    DEVICES = "devices"
    MAILBOX = "mailbox settings"
    REGISTRATION = "MFA registration"
    ACCOUNT = "account"


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One time that a rule holds. `at` None: it holds now. `values` fill the sentence.

    `actions` are the ids of the sign-ins and audit entries that make it up, `records` what the service said.
    `severity` overrides the rule's own.
    """

    at: datetime | None = None
    values: dict[str, str] = {}
    actions: tuple[str, ...] = ()
    records: tuple[Json, ...] = ()
    severity: Severity | None = None


Condition: TypeAlias = Callable[[Facts, Thresholds], Iterable[Match]]
"""Where the rule holds in these facts."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`sentence` says what was seen, with {values}; `hint` what to do now; `thresholds` are the numbers used."""

    id: str
    category: Category
    source: Source
    severity: Severity
    condition: Condition
    sentence: str
    hint: str
    thresholds: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """A rule and one of its matches."""

    rule: Rule
    match: Match

    @property
    def severity(self) -> Severity:
        """How bad this one is."""
        return self.match.severity or self.rule.severity

    @property
    def sentence(self) -> str:
        """What was seen."""
        return self.rule.sentence.format(**self.match.values)

    @property
    def hint(self) -> str:
        """What to do now."""
        return self.rule.hint.format(**self.match.values)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def level(text: str) -> Severity | None:
    """Microsoft's risk level as a severity; None for "none", "hidden" and what is not known."""
    try:
        return Severity(text)
    except ValueError:
        return None
