"""Risks: what the rules find in the last seven days, by category, beside all that was done in them."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from services.columns import Column
from services.record import Record
from services.risk.facts import DAYS, Facts
from services.risk.rule import Category, Finding, Severity, Source
from services.risk.rules import RULES, findings
from services.risk.thresholds import Thresholds
from services.summary import Bar, Chart, Summary
from services.tabs import sign_ins
from services.tabs.details import details
from services.tabs.risk_sources import Missing, Reading, readings
from services.tabs.tab import Page, RecordTab, always
from services.tenant import Tenant
from services.user import User

_MOST_RECORDS = 5
"""Records of a service in one detail window; the number of all of them is told."""

_LABELS = {Source.SIGN_INS: sign_ins.LABELS}
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning"}


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The findings whenever a source has answered, with what is not looked at and why. Raises `RollcallError`."""
    limits = tenant.profile.risk
    yield Page([], partial=True, replace=True, summary=Summary(), note="reading what is known of the user")
    async for reading in readings(tenant, user):
        yield _page(reading, limits)


def _page(reading: Reading, limits: Thresholds) -> Page:
    facts, found = reading.facts, findings(reading.facts, limits)
    risky = {action for finding in found for action in finding.match.actions}
    rows = [_record(finding, number, limits) for number, finding in enumerate(found)]
    rows += [_unseen(missing) for missing in reading.missing]
    moments = _actions(facts)
    known = {identity: at for identity, at in moments.items() if at >= facts.since}
    note = f"{len(risky & set(known)):,} risky of {len(known):,} actions in {DAYS} days"
    if reading.waiting:
        note = f"reading {', '.join(reading.waiting)}"
    charts = (_categories(found, reading), _days(reading, known, risky))
    summary = Summary(charts, _notes(reading.missing))
    return Page(rows, replace=True, partial=bool(reading.waiting), note=note, summary=summary)


def _actions(facts: Facts) -> dict[str, datetime]:
    """Everything that was done by the user or to them, by its id."""
    return {s.id: s.at for s in facts.sign_ins} | {a.id: a.at for a in facts.audits}


def _categories(found: Sequence[Finding], reading: Reading) -> Chart:
    numbers = Counter(finding.rule.category for finding in found)
    most = max(1, *(numbers[category] for category in Category))
    bars = []
    for category in Category:
        number = numbers[category]
        high = sum(f.severity is Severity.HIGH and f.rule.category is category for f in found)
        # settings of the account are always known, and say next to nothing
        sources = {rule.source for rule in RULES if rule.category is category} - {Source.ACCOUNT}
        words = f"{number:,}, {high} high" if high else f"{number:,}" if number else _none(sources, reading)
        bars.append(Bar(category, number, number, most, words, "error" if high else ""))
    return Chart("Findings", tuple(bars))


def _none(sources: set[Source], reading: Reading) -> str:
    """What may be said where nothing was found: that there is nothing takes all the sources."""
    away = {missing.source for missing in reading.missing} | set(reading.waiting)
    if sources <= away:
        return "not looked at"
    return "none seen" if sources & away else "none"


def _days(reading: Reading, known: dict[str, datetime], risky: set[str]) -> Chart:
    every = Counter(at.astimezone().date() for at in known.values())
    bad = Counter(known[action].astimezone().date() for action in risky & set(known))
    nothing = _none({Source.SIGN_INS, Source.AUDITS}, reading)
    today = reading.facts.now.astimezone().date()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    most = max(1, *(every[day] for day in days))
    bars = tuple(
        Bar(
            f"{day:%a %d}",
            bad[day],
            every[day],
            most,
            f"{bad[day]:,} of {every[day]:,}" if every[day] else nothing,
        )
        for day in days
    )
    return Chart("Actions", bars, ("risky", "normal"))


def _notes(missing: Sequence[Missing]) -> tuple[str, ...]:
    """One line for all that is not looked at, each reason once."""
    reasons: dict[str, list[str]] = {}
    for one in missing:
        reasons.setdefault(one.why, []).append(one.source)
    parts = [f"{', '.join(sources)} ({why})" for why, sources in reasons.items()]
    return (f"Not looked at: {', '.join(parts)}",) if parts else ()


def _record(finding: Finding, number: int, limits: Thresholds) -> Record:
    rule, match = finding.rule, finding.match
    at = match.at.astimezone() if match.at is not None else None
    category = rule.category.split(" ")[0]
    cells = (f"{at:%m-%d %H:%M}" if at else "now", category, finding.severity, finding.sentence)
    used = ", ".join(f"{name} = {getattr(limits, name)}" for name in rule.thresholds)
    pairs = [
        ("What was seen", finding.sentence),
        ("What to do", finding.hint),
        ("When", f"{at:%Y-%m-%d %H:%M:%S}" if at else "now"),
        ("Category", rule.category),
        ("Severity", finding.severity),
        ("Rule", rule.id),
        ("Thresholds", used or "none"),
        ("Source", rule.source),
        *((name.capitalize(), value) for name, value in match.values.items()),
    ]
    if match.actions:
        pairs.append(("Actions", f"{len(match.actions):,}"))
    for place, record in enumerate(match.records[:_MOST_RECORDS], 1):
        pairs.append(("Record", f"{place} of {len(match.records):,}"))
        pairs += [pair for pair in details(record, _LABELS.get(rule.source, {})) if pair[1]]
    return Record(f"{rule.id}:{number}", cells, tuple(pairs), name=finding.sentence)


def _unseen(missing: Missing) -> Record:
    what = f"Not looked at: {missing.source}, {missing.why}"
    pairs = [("Not looked at", missing.source), ("Why", missing.sentence)]
    pairs += [("request-id", missing.request_id)] if missing.request_id else []
    return Record(f"missing:{missing.source}", ("", "", "", what), tuple(pairs), name=what)


TAB = RecordTab(
    id="risks",
    title="Risks",
    about="What was risky in the last 7 days, by category; Enter tells how it was found and what to do.",
    columns=(
        Column("when", "When", width=11),
        Column("category", "Category", width=13),
        Column("severity", "Level", width=6),
        Column("what", "What", least=24),
    ),
    load=load,
    empty="Nothing risky was found",
    # reports tell of who is in the recycle bin, too
    visible=always,
)
