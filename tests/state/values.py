"""Values the tests of this floor share."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from state.database import Database
from state.values import AuditEntry, Change, Json, NewProcess, NewStep, StepClass

NOON = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
APPLY = NewProcess(kind="apply", title="Apply 3 changes", operator="admin@contoso.example", user="u1")


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def change(row: str, *, before: Json = False, after: Json = True, user: str = "u1") -> Change:
    """A staged membership of one user."""
    return Change(
        user=user,
        user_name=f"User {user}",
        tab="security-groups",
        row=row,
        row_name=f"Group {row}",
        field="member",
        before=before,
        after=after,
        facts={"kind": "security"},
    )


def new_steps(count: int, *, serials: Sequence[str] = ()) -> list[NewStep]:
    """Steps on distinct objects, or on these."""
    named = serials or [f"group {number}" for number in range(1, count + 1)]
    return [NewStep(b"{}", f"Add to {serial}", serial, serial) for serial in named]


def audited(n: int) -> AuditEntry:
    """One write that went through: a membership in the group g1, g2 ..."""
    before, after = {"member": False}, {"member": True}
    return AuditEntry(later(n), "admin", "u1", f"g{n}", "Add", before, after, 1, StepClass.DONE, "r")


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """The state file at `path`, closed at the end."""
    database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()
