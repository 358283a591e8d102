"""Audit Logs: the directory's records and Rollcall's own in one list, newest first."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from services import undo
from services.errors import NotPermitted
from services.tabs import audit_logs
from services.tabs.tab import Page
from state.values import AuditEntry, ProcessStatus, StepClass
from tests.sandbox import running_sandbox
from tests.services.connected import ADELE, applied, connected, flip, put, records, reviewed, rows
from tests.tui.screens.program import StillClock

pytestmark = pytest.mark.anyio


async def test_both_logs_are_merged(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            before = await records(session, user, "audit-logs")
            assert {r.cells[5] for r in before} <= {"Directory"}
            beta = (await rows(session, user, "security-groups"))["Project Beta"]
            changes = [
                flip(user, "security-groups", beta),
                put(user, "basics", "city", None, "Ørsta [/x]"),
            ]
            await applied(session, await reviewed(session, changes))
            found = await records(session, user, "audit-logs")
            fresh = [r for r in found if r.key not in {b.key for b in before}]
            assert sorted(r.cells[5] for r in fresh) == ["Directory"] * 2 + ["Rollcall"] * 2
            assert [r.cells[0] for r in found] == sorted((r.cells[0] for r in found), reverse=True)
            assert len({r.key for r in found}) == len(found)
            own = next(r for r in fresh if r.cells[1].startswith("Set"))
            details = dict(own.details)
            assert details["Changed"] == "city: - → Ørsta [/x]"
            assert details["Operator"] == session.operator
            assert details["request-id"]
            theirs = next(r for r in fresh if r.cells[1] == "Update user")
            assert ("Category", "UserManagement") in theirs.details


async def test_what_one_process_did_to_several_users_stands_with_each_of_them(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            users = [await session.find_user(upn) for upn in (ADELE, "alexw@contoso.example")]
            changes = [put(user, "basics", "city", None, f"City of {user.name}") for user in users]
            plan = await reviewed(session, changes)
            backwards = [undo.back(line.operation) for line in plan.lines]
            assert [operation.user for operation in backwards if operation] == [user.id for user in users]
            process, _ = await applied(session, plan)
            assert (process.user, process.status) == ("", ProcessStatus.SUCCEEDED)
            for user in users:
                (own,) = await records(session, user, "audit-logs", log="own")
                assert dict(own.details)["Changed"] == f"city: - → City of {user.name}"


def test_what_the_tenant_showed_later_is_told_and_counts_as_no_failure() -> None:
    at = datetime(2026, 1, 15, tzinfo=UTC)
    refused = AuditEntry(at, "admin", "u1", "Beta", "Add", {}, {}, 7, StepClass.REFUSED, "r1")
    seen = msgspec.structs.replace(refused, note="The tenant shows it.")
    told = [audit_logs._own(entry) for entry in (refused, seen)]
    assert [(r.cells[3], dict(r.details).get("Seen since")) for r in told] == [
        ("refused", None),
        ("seen", "The tenant shows it."),
    ]
    failed = audit_logs._page(told, {"result": "failed"}, "")
    assert failed.rows == told[:1]
    assert told[0].key != told[1].key


async def test_own_entries_are_there_when_the_directory_keeps_its_own(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:status=403,path=directoryAudits",)) as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            change = put(user, "basics", "city", None, "Oslo")
            await applied(session, await reviewed(session, [change]))
            pages: list[Page] = []

            async def read() -> None:
                async for page in audit_logs.load(session.tenant, user):
                    pages.append(page)

            with pytest.raises(NotPermitted):
                await read()
            assert [len(page.rows) for page in pages] == [1]


async def test_what_the_user_did_is_there_too_and_can_be_narrowed(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path, clock=StillClock()) as session:
            user = await session.find_user(ADELE)
            both = await records(session, user, "audit-logs")
            on = await records(session, user, "audit-logs", whose="on")
            by = await records(session, user, "audit-logs", whose="by")
            assert "Consent to application" in {r.cells[1] for r in by}
            assert {r.key for r in both} == {r.key for r in on} | {r.key for r in by}
            assert len({r.key for r in both}) == len(both)
            week = await records(session, user, "audit-logs", days="7")
            assert 0 < len(week) < len(both)
            assert await records(session, user, "audit-logs", log="own") == []
            assert await records(session, user, "audit-logs", result="failed") == []
            found = dict(both[0].details)
            assert found["Record id"] == both[0].key
            assert found["Operation"]


async def test_own_entries_of_one_instant_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_logs, "_OWN_PAGE", 2)
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            for city in ("Oslo", "Rome"):
                changes = [put(user, "basics", "city", None, city), put(user, "basics", "state", None, city)]
                group = (await rows(session, user, "security-groups"))["Project Beta"]
                await applied(
                    session, await reviewed(session, [*changes, flip(user, "security-groups", group)])
                )
            found = await records(session, user, "audit-logs", log="own")
            every = await session.tenant.audit.of_user(user.id, 100)
            assert len(found) == len(every) > 3
            assert [r.cells[0] for r in found] == sorted((r.cells[0] for r in found), reverse=True)
