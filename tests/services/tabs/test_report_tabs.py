"""Sign-ins and License changes: what is shown, how it is paged, and a tenant that does not have them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.errors import NotPermitted
from services.reports import NO_PREMIUM
from services.session import Session
from services.tabs import license_changes, sign_ins
from services.tabs.tab import Page
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, flip, pages, records, reviewed, rows

E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A tenant whose history ends now."""
    with running_sandbox(epoch="") as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session of the test's own."""
    async with connected(tenant, tmp_path) as found:
        yield found


@pytest.mark.anyio
async def test_sign_ins_come_in_pages_newest_first(session: Session) -> None:
    adele = await session.find_user(ADELE)
    read: list[Page] = [page async for page in sign_ins.load(session.tenant, adele)]
    assert [page.replace for page in read] == [True, *[False] * (len(read) - 1)]
    assert len(read) in (3, 4)
    found = [record for page in read for record in page.rows]
    times = [record.cells[0] for record in found]
    assert times == sorted(times, reverse=True)
    pairs = dict(found[0].details)  # type: ignore[union-attr]
    assert pairs["Application"] == found[0].cells[1]
    assert pairs["Country"]
    assert pairs["appliedConditionalAccessPolicies/1/displayName"] == "Require MFA for everybody"
    assert {record.cells[2].split()[0] for record in found} == {"signed", "failed"}


@pytest.mark.anyio
async def test_sign_ins_are_narrowed(session: Session) -> None:
    adele = await session.find_user(ADELE)
    week = {r.key: r for r in await records(session, adele, "sign-ins")}
    failed = {r.key for r in await records(session, adele, "sign-ins", result="failed")}
    good = {r.key for r in await records(session, adele, "sign-ins", result="ok")}
    assert failed == {key for key, r in week.items() if r.cells[2].startswith("failed")}
    # a tenant that goes on living may have had one more between two questions
    assert good >= set(week) - failed
    assert not good & failed
    day = await records(session, adele, "sign-ins", days="1")
    assert 0 < len(day) < len(week)
    silent = await records(session, adele, "sign-ins", kind="nonInteractiveUser", days="1")
    assert {dict(r.details)["Interactive"] for r in silent} == {"no"}
    assert not {r.key for r in silent} & set(week)


@pytest.mark.anyio
async def test_what_the_tabs_ask_is_lawful_and_no_more_than_is_looked_at(
    tenant: Endpoints, tmp_path: Path
) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            adele = await session.find_user(ADELE)
            recorder.calls.clear()
            first = await anext(sign_ins.load(session.tenant, adele))
            assert len(first.rows) == 100
            assert len(recorder.calls) == 1
            await pages(session, adele, "sign-ins", result="ok", days="1")
            await pages(session, adele, "sign-ins", kind="nonInteractiveUser", days="1")
            await pages(session, adele, "audit-logs")
            await pages(session, adele, "license-changes")
            asked = [(s.service, s.path, s.status) for s in recorder.said()]
    assert asked == [
        ("graph", "/auditLogs/signIns", 200),
        ("graph", "/auditLogs/signIns", 200),
        ("graph-beta", "/auditLogs/signIns", 200),
        *[("graph", "/auditLogs/directoryAudits", 200)] * 3,
    ]


@pytest.mark.anyio
async def test_licence_changes_are_told_by_name(session: Session) -> None:
    lee = await session.find_user("leeg@contoso.example")
    for name in ("Microsoft 365 E5", "Microsoft 365 E5"):
        row = (await rows(session, lee, "licenses"))[name]
        _, (step,) = await applied(session, await reviewed(session, [flip(lee, "licenses", row)]))
        assert step.state == "done"
    gone, came = (await records(session, lee, "license-changes"))[:2]
    assert came.cells[1] == "+ Microsoft 365 E5"
    assert gone.cells[1] == "− Microsoft 365 E5"
    assert came.cells[2:] == ("admin@contoso.example", "success")
    assert ("Assigned", "Microsoft 365 E5") in came.details
    assert ("Removed", "Microsoft 365 E5") in gone.details


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", {}),
        ("[]", {}),
        ("not a list at all", {}),
        ('[{"SkuId": 5}, null', {}),
        (f'[{{"SkuId":"{E5}"}}]', {"Microsoft 365 E5": frozenset()}),
        (f'"[{{\\"skuId\\":\\"{E5}\\"}}]"', {"Microsoft 365 E5": frozenset()}),
        (f'["[SkuName=SPE_E5, AccountId=a, SkuId={E5}, DisabledPlans=[]]"]', {"Microsoft 365 E5": frozenset()}),
        (f"[SkuName=X, SkuId={E5}, DisabledPlans=[{E5}, {E5}]]", {"Microsoft 365 E5": frozenset({E5})}),
        ('["[SkuName=NEW_THING]","[SkuName=FLOW_FREE]"]',
         {"NEW_THING": frozenset(), "Microsoft Power Automate Free": frozenset()}),
    ],
)  # fmt: skip
def test_what_the_log_writes_of_licences(value: str, found: dict[str, frozenset[str]]) -> None:
    assert license_changes.licences_in(value) == found


@pytest.mark.anyio
async def test_without_the_licence_the_tab_says_so(tmp_path: Path) -> None:
    with running_sandbox(users=10, groups=15, faults=("no-premium",)) as found:
        async with connected(found, tmp_path) as session:
            adele = await session.find_user(ADELE)
            with pytest.raises(NotPermitted) as refused:
                await records(session, adele, "sign-ins")
            assert refused.value.sentence == NO_PREMIUM.format(what="sign-ins")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tab", "what"), [("audit-logs", "audit logs"), ("license-changes", "licence changes")]
)
async def test_every_report_says_that_the_licence_is_missing(tmp_path: Path, tab: str, what: str) -> None:
    answer = "no-premium-audits"
    with running_sandbox(users=10, groups=15, faults=(answer,)) as found:
        async with connected(found, tmp_path) as session:
            adele = await session.find_user(ADELE)
            with pytest.raises(NotPermitted) as refused:
                await records(session, adele, tab)
            assert refused.value.sentence == NO_PREMIUM.format(what=what)
