"""Mailbox storage: sizes as people type them, kept exact, in their order."""

from typing import Any

import msgspec
import pytest

from services.errors import InvalidInput
from services.plan import Finding
from services.session import Session
from services.tabs import mailbox_storage
from services.tabs.tab import FieldValue
from services.user import User
from state.values import Change, ProcessStatus, StepClass
from tests import contracts
from tests.services.connected import ADELE, applied, fields, put, reviewed

pytestmark = pytest.mark.anyio

TAB = "mailbox-storage"
GB = 1 << 30
CHECKS = {p.id: p.check for p in mailbox_storage.PROPERTIES}


def _edit(user: User, before: FieldValue, typed: str) -> Change:
    check = CHECKS[before.id]
    assert check is not None
    change = put(user, TAB, before.id, before.value, check(typed))
    return msgspec.structs.replace(change, facts=before.facts)


def _put(field: str, after: Any, **now: Any) -> Change:
    facts = {f"now:{name}": str(value) for name, value in now.items()}
    return Change("u-1", "ann@x.example", TAB, "", field, field, 50 * GB, after, facts)


def test_one_cmdlet_for_all() -> None:
    changes = [_put("ProhibitSendQuota", 48 * GB), _put("RetainDeletedItemsFor", "30.00:00:00")]
    (found,) = mailbox_storage.plan(changes)
    given = found.request.body["CmdletInput"]
    contracts.validate_cmdlet(given["CmdletName"], given["Parameters"])
    assert given == {
        "CmdletName": "Set-Mailbox",
        "Parameters": {
            "Identity": "u-1",
            "ProhibitSendQuota": "48GB",
            "RetainDeletedItemsFor": "30.00:00:00",
        },
    }
    assert found.changes == tuple(c.key for c in changes)
    assert found.objection == ""


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        (
            [_put("IssueWarningQuota", 50 * GB), _put("ProhibitSendQuota", 49 * GB)],
            ("Warn at", "Stop sending at"),
        ),
        (
            [_put("IssueWarningQuota", 50 * GB, ProhibitSendQuota="49 GB (52,613,349,376 bytes)")],
            ("Warn at", "49 GB"),
        ),
        ([_put("ProhibitSendReceiveQuota", 40 * GB, ProhibitSendQuota=41 * GB)], ("40 GB", "41 GB")),
        ([_put("ProhibitSendReceiveQuota", 40 * GB, IssueWarningQuota=41 * GB)], ("40 GB", "41 GB")),
    ],
)
def test_quotas_out_of_order_are_objected_to(changes: list[Change], names: tuple[str, ...]) -> None:
    (found,) = mailbox_storage.plan(changes)
    assert all(name in found.objection for name in names)
    assert found.objection.endswith("change one of them.")


@pytest.mark.parametrize(
    "changes",
    [
        [_put("IssueWarningQuota", 50 * GB, ProhibitSendQuota=49 * GB), _put("ProhibitSendQuota", 50 * GB)],
        [_put("ProhibitSendReceiveQuota", "Unlimited", ProhibitSendQuota=41 * GB)],
        [_put("IssueWarningQuota", 1)],
    ],
)
def test_quotas_in_order_are_not(changes: list[Change]) -> None:
    assert mailbox_storage.plan(changes)[0].objection == ""


@pytest.mark.parametrize(
    ("field", "typed"),
    [("IssueWarningQuota", "50"), ("RetainDeletedItemsFor", "14 days"), ("RetainDeletedItemsFor", "0")],
)
def test_what_may_be_typed(field: str, typed: str) -> None:
    check = CHECKS[field]
    assert check is not None
    assert check(typed) in (50, "14.00:00:00", "0.00:00:00")


@pytest.mark.parametrize(
    ("field", "typed"),
    [("IssueWarningQuota", "9999 TB"), ("IssueWarningQuota", ""), ("RetainDeletedItemsFor", "31")],
)
def test_what_may_not_be_typed(field: str, typed: str) -> None:
    check = CHECKS[field]
    assert check is not None
    with pytest.raises(InvalidInput):
        check(typed)


async def test_what_a_mailbox_uses(session: Session) -> None:
    found = await fields(session, await session.find_user(ADELE), TAB)
    assert isinstance(found["TotalItemSize"].value, int)
    assert "bytes" not in found["TotalItemSize"].shown
    assert all(
        found[name].lock for name in ("TotalItemSize", "ItemCount", "TotalDeletedItemSize", "ArchiveSize")
    )
    assert [found[n].shown for n in ("IssueWarningQuota", "ProhibitSendQuota")] == ["98 GB", "99 GB"]
    assert found["RetainDeletedItemsFor"].shown == "14 days"


async def test_archives_are_shown_where_there_are_some(session: Session) -> None:
    people = [p async for page in session.tenant.users.listing() for p in page.objects]
    shown = set()
    for person in people[:30]:
        user = await session.find_user(person.id)
        if user.has_exchange and not user.guest and not user.deleted:
            shown.add((await fields(session, user, TAB))["ArchiveSize"].shown.split(" ")[-1])
    assert "archive" in shown
    assert shown & {"KB", "MB", "GB"}


async def test_quotas_reach_the_mailbox_exactly(session: Session) -> None:
    user = await session.find_user("alexw@contoso.example")
    before = await fields(session, user, TAB)
    typed = {"IssueWarningQuota": "1.2 GB (1,288,490,188 bytes)", "ProhibitSendQuota": "49.5GB",
             "RetainDeletedItemsFor": "30"}  # fmt: skip
    found = await reviewed(session, [_edit(user, before[f], text) for f, text in typed.items()])
    assert [line.finding for line in found.lines] == [Finding.READY]
    process, (step,) = await applied(session, found)
    assert (process.status, step.state) == (ProcessStatus.SUCCEEDED, StepClass.DONE)
    now = await fields(session, user, TAB)
    assert (now["IssueWarningQuota"].value, now["ProhibitSendQuota"].shown) == (1_288_490_188, "49.5 GB")
    assert now["RetainDeletedItemsFor"].shown == "30 days"


async def test_a_plan_with_an_objection_is_not_applied(session: Session) -> None:
    user = await session.find_user("isaiahl@contoso.example")
    before = await fields(session, user, TAB)
    found = await reviewed(session, [_edit(user, before["IssueWarningQuota"], "99.5 GB")])
    assert "Stop sending at" in found.lines[0].reason
    with pytest.raises(InvalidInput, match="99 GB"):
        await applied(session, found)
    assert await session.processes.recent(5) == []
    assert len(await session.pending.all()) == 1


@pytest.mark.parametrize(
    ("field", "after", "told"),
    [
        ("IssueWarningQuota", 100 * GB, "keep their order"),
        ("ProhibitSendReceiveQuota", 200 * GB, "licence allows"),
    ],
)
async def test_what_exchange_refuses(session: Session, field: str, after: int, told: str) -> None:
    user = await session.find_user("admin@contoso.example")
    found = await reviewed(session, [put(user, TAB, field, 98 * GB, after)])
    _, (step,) = await applied(session, found)
    assert step.state is StepClass.REFUSED
    assert told in step.sentence


async def test_what_is_objected_to_is_never_called_ready(session: Session) -> None:
    user = await session.find_user("alexw@contoso.example")
    before = await fields(session, user, TAB)
    found = await reviewed(session, [_edit(user, before["IssueWarningQuota"], "100 GB")])
    assert [line.finding for line in found.lines] == [Finding.OBJECTED]
    with pytest.raises(InvalidInput):
        await session.apply(found, "test")
    assert await session.pending.all()
