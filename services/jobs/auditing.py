"""Auditing: what the audit log keeps of one write that was sent."""

from datetime import datetime

from services.operation import Operation
from state.values import AuditEntry, Process, StepClass


def entry(
    process: Process, operation: Operation, at: datetime, outcome: StepClass, request_id: str, note: str = ""
) -> AuditEntry:
    """What became of an operation of the process, on the user whose page it came from."""
    return AuditEntry(
        at=at,
        operator=process.operator,
        user=operation.user or process.user,
        target=operation.target,
        action=operation.title,
        before=operation.before,
        after=operation.after,
        process=process.id,
        outcome=outcome,
        request_id=request_id,
        note=note,
    )
