"""Audit Logs: what was done to this user and by them, by the directory's records and by Rollcall's own."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from services.columns import Column
from services.operation import Json, Request
from services.record import Record
from services.reports import audits_by, audits_of, initiator, report_pages
from services.tabs.details import details, shown_moment
from services.tabs.fields import text_of
from services.tabs.newest_first import Dated, newest_first
from services.tabs.tab import Chosen, Facet, Load, Page, RecordTab, always
from services.tenant import Tenant
from services.user import User
from state.values import AuditEntry

_OWN_PAGE = 200
_FACETS = (
    Facet("days", "Time", (("30", "last 30 days"), ("7", "last 7 days"), ("1", "last 24 hours"))),
    Facet("whose", "Actions", (("", "on and by the user"), ("on", "on the user"), ("by", "by the user"))),
    Facet("log", "Log", (("", "all"), ("directory", "the directory's"), ("own", "Rollcall's own"))),
    Facet("result", "Result", (("", "all"), ("failed", "failed only"))),
)
"""30 days are what the directory keeps with a premium licence; 7 without."""

_SEEN = "seen"
_GOOD = frozenset({"success", "", "done", "already so", _SEEN})


async def load(tenant: Tenant, user: User, chosen: Chosen | None = None) -> AsyncIterator[Page]:
    """Rollcall's own entries at once, then all together, page by page as they are asked for."""
    chosen = chosen or {}
    now, days = tenant.clock.now(), int(chosen.get("days") or 30)
    lists: dict[str, AsyncIterator[Sequence[Dated[Record]]]] = {}
    if chosen.get("log") != "directory" and chosen.get("whose") != "by":
        first = await tenant.audit.of_user(user.id, _OWN_PAGE)
        since = now - timedelta(days=days)
        shown = [_own(entry) for entry in first if entry.at >= since]
        yield _page(shown, chosen, "reading the directory's records", partial=True)
        lists["own"] = _own_pages(tenant, user, first, since)
    if chosen.get("log") != "own":
        requests = {"on": audits_of(user, now, days), "by": audits_by(user, now, days)}
        lists |= {
            whose: _directory_pages(tenant, request)
            for whose, request in requests.items()
            if chosen.get("whose") in (None, "", whose)
        }
    begun = False
    async for records in newest_first(lists):
        yield _page(records, chosen, "", replace=not begun)
        begun = True
    if not begun:
        yield Page([], replace=True)


def _page(
    records: Sequence[Record], chosen: Chosen, note: str, *, replace: bool = True, partial: bool = False
) -> Page:
    failed = chosen.get("result") == "failed"
    rows = [r for r in records if not failed or r.cells[3].casefold() not in _GOOD]
    return Page(rows, replace=replace, note=note, partial=partial)


async def _own_pages(
    tenant: Tenant, user: User, first: list[AuditEntry], since: datetime
) -> AsyncIterator[Sequence[Dated[Record]]]:
    """Rollcall's own entries, older and older. Those of one instant stay together: the log is asked by time."""
    entries, size = first, _OWN_PAGE
    while True:
        last = len(entries) < size
        whole = entries if last else [e for e in entries if e.at != entries[-1].at]
        records = [(entry.at.astimezone(UTC), _own(entry)) for entry in whole if entry.at >= since]
        yield [(at, record.key, record) for at, record in records]
        if last or (whole and whole[-1].at < since):
            return
        if whole:
            before, size = whole[-1].at, _OWN_PAGE
        else:
            # more than a page of one instant
            before, size = entries[-1].at + timedelta(microseconds=1), size * 2
        entries = await tenant.audit.of_user(user.id, size, before)


async def _directory_pages(tenant: Tenant, request: Request) -> AsyncIterator[Sequence[Dated[Record]]]:
    async for page in report_pages(tenant, request, "audit logs"):
        yield [
            (_moment(audit.get("activityDateTime")), str(audit.get("id")), _directory(audit))
            for audit in page
        ]


def _moment(value: Json) -> datetime:
    """What has no time is the oldest of all."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _time(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _own(entry: AuditEntry) -> Record:
    changed = "; ".join(
        f"{name}: {text_of(entry.before.get(name)) or '-'} → {text_of(value) or '-'}"
        for name, value in entry.after.items()
    )
    result = _SEEN if entry.note else str(entry.outcome)
    cells = (_time(entry.at), entry.action, entry.operator, result, entry.target, "Rollcall")
    return Record(
        f"rollcall:{entry.process}:{entry.request_id}:{entry.at.isoformat()}:{entry.target}:{result}",
        cells,
        (
            ("Time", _time(entry.at)),
            ("Action", entry.action),
            ("Operator", entry.operator),
            ("Target", entry.target),
            ("Changed", changed),
            ("Result", str(entry.outcome)),
            *([("Seen since", entry.note)] if entry.note else []),
            ("Process", f"#{entry.process}"),
            ("request-id", entry.request_id),
        ),
    )


def _directory(record: dict[str, Json]) -> Record:
    at = shown_moment(record.get("activityDateTime"))
    targets = [target for target in record.get("targetResources") or [] if isinstance(target, dict)]
    names = ", ".join(str(t.get("displayName") or t.get("userPrincipalName") or t.get("id")) for t in targets)
    who = initiator(record.get("initiatedBy") or {})
    cells = (
        at,
        text_of(record.get("activityDisplayName")),
        who,
        text_of(record.get("result")),
        names,
        "Directory",
    )
    return Record(str(record.get("id")), cells, _details(record, who, targets))


_LABELS = {
    "activityDateTime": "Time",
    "activityDisplayName": "Action",
    "category": "Category",
    "operationType": "Operation",
    "result": "Result",
    "resultReason": "Reason",
    "loggedByService": "Service",
    "correlationId": "Correlation id",
    "initiatedBy/user/ipAddress": "From",
    "id": "Record id",
}


def _details(
    record: dict[str, Json], who: str, targets: list[dict[str, Json]]
) -> tuple[tuple[str, str], ...]:
    """Who, what and what changed in words, then every field that the directory has."""
    found = [("By", who)]
    for target in targets:
        name = target.get("displayName") or target.get("userPrincipalName") or target.get("id")
        found.append(("Target", f"{target.get('type') or ''} {name}".strip()))
        for changed in target.get("modifiedProperties") or []:
            before, after = text_of(changed.get("oldValue")), text_of(changed.get("newValue"))
            found.append((text_of(changed.get("displayName")), f"{before or '-'} → {after or '-'}"))
    every = details(record, _LABELS)
    return (*every[:5], *found, *every[5:])


def _narrow(chosen: Chosen) -> Load:
    return partial(load, chosen=dict(chosen))


TAB = RecordTab(
    id="audit-logs",
    title="Audit Logs",
    about="What was done to this user and by them: the directory's records of 30 days and Rollcall's own.",
    columns=(
        Column("time", "Time", width=19),
        Column("action", "Action", least=16),
        Column("by", "By", least=12),
        Column("result", "Result", width=10),
        Column("target", "Target", least=12, wide=True),
        Column("source", "Log", width=9),
    ),
    load=load,
    facets=_FACETS,
    narrow=_narrow,
    # reports tell of who is in the recycle bin, too
    visible=always,
)
