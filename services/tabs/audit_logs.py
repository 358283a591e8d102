"""Audit Logs: everything that was done to this user, by the directory's records and by Rollcall's own."""

from collections.abc import AsyncIterator
from datetime import datetime

from services.operation import Json
from services.record import Record
from services.reports import audits_of, initiator, report_pages
from services.tabs.details import shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Column, Page, RecordTab
from services.tenant import Tenant
from services.user import User
from state.values import AuditEntry

_DAYS = 30
"""How long the directory keeps its records with a premium licence; 7 days without."""


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """Rollcall's own entries at once, then the directory's, page by page as they are asked for."""
    own = [_own(entry) for entry in await tenant.audit.of_user(user.id, 500)]
    yield Page(_newest(own), replace=True, note="reading the directory's records")
    shown = own
    async for found in report_pages(tenant, audits_of(user, tenant.clock.now(), _DAYS), "audit logs"):
        shown = shown + [_directory(record) for record in found]
        yield Page(_newest(shown), replace=True)
    yield Page(_newest(shown), replace=True)


def _newest(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda r: r.cells[0], reverse=True)


def _time(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _own(entry: AuditEntry) -> Record:
    changed = "; ".join(
        f"{name}: {text_of(entry.before.get(name)) or '-'} → {text_of(value) or '-'}"
        for name, value in entry.after.items()
    )
    cells = (_time(entry.at), entry.action, entry.operator, str(entry.outcome), entry.target, "Rollcall")
    return Record(
        f"rollcall:{entry.process}:{entry.request_id}:{entry.at.isoformat()}:{entry.target}",
        cells,
        (
            ("Time", _time(entry.at)),
            ("Action", entry.action),
            ("Operator", entry.operator),
            ("Target", entry.target),
            ("Changed", changed),
            ("Result", str(entry.outcome)),
            ("Process", f"#{entry.process}"),
            ("request-id", entry.request_id),
        ),
    )


def _directory(record: dict[str, Json]) -> Record:
    at = shown_moment(record.get("activityDateTime"))
    targets = record.get("targetResources") or []
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
    return Record(str(record.get("id")), cells, _details(record, at, who, targets))


def _details(
    record: dict[str, Json], at: str, who: str, targets: list[dict[str, Json]]
) -> tuple[tuple[str, str], ...]:
    details = [
        ("Time", at),
        ("Action", text_of(record.get("activityDisplayName"))),
        ("Category", text_of(record.get("category"))),
        ("By", who),
        ("Result", text_of(record.get("result"))),
        ("Reason", text_of(record.get("resultReason"))),
        ("Service", text_of(record.get("loggedByService"))),
        ("Correlation id", text_of(record.get("correlationId"))),
    ]
    for target in targets:
        details.append(
            ("Target", f"{target.get('type') or ''} {target.get('displayName') or target.get('id')}")
        )
        for changed in target.get("modifiedProperties") or []:
            before, after = text_of(changed.get("oldValue")), text_of(changed.get("newValue"))
            details.append((text_of(changed.get("displayName")), f"{before or '-'} → {after or '-'}"))
    return tuple(details)


TAB = RecordTab(
    id="audit-logs",
    title="Audit Logs",
    about="What was done to this user: the directory's records of 30 days and Rollcall's own.",
    columns=(
        Column("time", "Time", width=19),
        Column("action", "Action", least=16),
        Column("by", "By", least=12),
        Column("result", "Result", width=10),
        Column("target", "Target", least=12, wide=True),
        Column("source", "Log", width=9),
    ),
    load=load,
)
