"""Risks: what is found in a tenant, what is not looked at and why, and how often the services are asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services import people
from services.errors import Unreachable
from services.session import Session
from services.tabs.tab import Page
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, pages
from tests.tui.screens.program import StillClock

pytestmark = pytest.mark.anyio

ALEX, MEGAN, LEE = (f"{name}@contoso.example" for name in ("alexw", "meganb", "leeg"))
ISAIAH, BACKUP = "isaiahl@contoso.example", "svc-backup@contoso.example"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A tenant nobody writes to, with the quotas of the real services."""
    with running_sandbox(quotas=True, quota_scale=20) as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session of the test's own, at noon of the day that the tenant was made for."""
    async with connected(tenant, tmp_path, clock=StillClock()) as found:
        yield found


def rules(page: Page) -> Counter[str]:
    """How often each rule was found."""
    return Counter(record.key.partition(":")[0] for record in page.rows)


async def of(session: Session, name: str) -> Page:
    """The last page of a user's tab, with everything."""
    return (await pages(session, await session.find_user(name), "risks"))[-1]


async def test_each_source_tells_something_of_somebody(session: Session) -> None:
    adele = await of(session, ADELE)
    assert {"new-country", "impossible-travel", "unmanaged-device", "consent-given"} <= set(rules(adele))
    alex = await of(session, ALEX)
    wanted = {"failures-then-success", "second-factor-denied", "failed-addresses", "user-at-risk"}
    assert wanted | {"anonymised-address", "method-removed", "application-secret"} <= set(rules(alex))
    megan = await of(session, MEGAN)
    assert {"no-second-factor", "role-assigned", "policy-changed"} <= set(rules(megan))
    assert "blocked-account" in rules(await of(session, ISAIAH))
    assert "legacy-protocol" in rules(await of(session, BACKUP))


async def test_nothing_is_called_none_before_everything_was_looked_at(session: Session) -> None:
    for page in await pages(session, await session.find_user(ADELE), "risks"):
        if page.summary is None or not page.summary.charts or not page.note.startswith("reading"):
            continue
        if "sign-ins" in page.note or "audit logs" in page.note:
            assert "none" not in {bar.shown for chart in page.summary.charts for bar in chart.bars}, page.note


async def test_bars_count_what_is_listed_and_what_was_done(session: Session) -> None:
    page = await of(session, ADELE)
    assert page.summary is not None
    kinds, days = page.summary.charts
    assert [bar.label for bar in kinds.bars] == [
        "Network",
        "Configuration",
        "Endpoint security",
        "Identity access",
    ]
    found = Counter(record.cells[1] for record in page.rows)
    assert [bar.value for bar in kinds.bars] == [found[b.label.split()[0]] for b in kinds.bars]
    assert [bar.label for bar in days.bars] == [
        "Thu 15", "Wed 14", "Tue 13", "Mon 12", "Sun 11", "Sat 10", "Fri 09",
    ]  # fmt: skip
    assert all(0 <= bar.value <= bar.of <= bar.most for bar in days.bars)
    risky, everything = sum(bar.value for bar in days.bars), sum(bar.of for bar in days.bars)
    assert page.note == f"{risky} risky of {everything} actions in 7 days"
    assert 0 < risky < everything
    assert days.parts == ("risky", "normal")
    assert page.summary.notes == ()


async def test_a_finding_says_how_it_was_found_and_what_to_do(session: Session) -> None:
    page = await of(session, ALEX)
    (record,) = [r for r in page.rows if r.key.startswith("failures-then-success")]
    pairs = dict(record.details)  # type: ignore[union-attr]
    assert record.name == record.cells[3] == pairs["What was seen"]
    assert "reset the password" in pairs["What to do"]
    assert pairs["Thresholds"] == "failures = 5, failure_minutes = 60"
    assert (pairs["Rule"], pairs["Source"], pairs["Actions"]) == ("failures-then-success", "sign-ins", "7")
    assert pairs["Category"] == "Identity access"
    assert pairs["IP address"]
    moments = [r.cells[0] for r in page.rows]
    assert moments == sorted(moments, key=lambda text: "9" if text == "now" else text, reverse=True)


async def test_the_profile_sets_thresholds(tenant: Endpoints, tmp_path: Path) -> None:
    from services.risk.thresholds import Thresholds

    limits = Thresholds(off=("failures-then-success",), denials=50)
    async with connected(tenant, tmp_path, clock=StillClock(), risk=limits) as session:
        found = rules(await of(session, ALEX))
    assert not {"failures-then-success", "second-factor-denied"} & set(found)
    assert "failed-addresses" in found


async def test_it_is_known_bit_by_bit(session: Session) -> None:
    found = await pages(session, await session.find_user(ADELE), "risks")
    assert [page.partial for page in found] == [*[True] * (len(found) - 1), False]
    assert all(page.replace for page in found)
    assert found[0].note.startswith("reading")


async def test_what_it_asks_is_in_the_contract_and_asked_once(tenant: Endpoints, tmp_path: Path) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path, clock=StillClock()) as session:
            alex = await session.find_user(ALEX)
            recorder.calls.clear()
            level, _ = await asyncio.gather(
                people.risk_of(session.tenant, alex), pages(session, alex, "risks")
            )
            assert level == "medium"
            said = recorder.check()
            assert {s.status for s in said} == {200}
            asked = Counter(s.cmdlet or s.path.replace(alex.id, "{}") for s in said)
            assert asked == {
                "/auditLogs/signIns": 1,
                "/auditLogs/directoryAudits": 2,
                "/reports/authenticationMethods/userRegistrationDetails/{}": 1,
                "/identityProtection/riskyUsers/{}": 1,
                "/identityProtection/riskyUsers/{}/history": 1,
                "/identityProtection/riskDetections": 1,
                "/users/{}/managedDevices": 1,
                "Get-Mailbox": 1,
                "Get-CASMailbox": 1,
                "Get-MailboxAutoReplyConfiguration": 1,
            }
            assert not any("batch" in c.target for c in recorder.calls if "identity" in c.target)
            recorder.calls.clear()
            await pages(session, alex, "risks")
            assert protection(recorder) == 0
            session.tenant.expire()
            await pages(session, alex, "risks")
            assert protection(recorder) == 3


def protection(recorder: Recorder) -> int:
    """Requests to Identity Protection."""
    return sum("/identityProtection/" in call.target for call in recorder.calls)


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        (
            "no-premium",
            "sign-ins, MFA registration (no Entra ID P1), user risk, risk detections (no Entra ID P2)",
        ),
        ("no-p2", "user risk, risk detections (no Entra ID P2)"),
        ("no-intune", "devices (no Intune licence)"),
        ("error:status=403,path=managedDevices", "devices (not permitted)"),
        ("error:status=403,path=riskDetections", "risk detections (no Entra ID P2, or no permission)"),
        ("error:status=501,path=identityProtection", "user risk, risk detections (not in this cloud)"),
        ("error:status=404,path=riskDetections", "risk detections (not in this cloud)"),
        (
            "error:status=404,path=userRegistrationDetails",
            "MFA registration (the report does not list this user)",
        ),
        ("error:status=500,path=directoryAudits", "audit logs (failed, F5 tries again)"),
    ],
)
async def test_what_cannot_be_read_is_said_and_stops_nothing(tmp_path: Path, fault: str, note: str) -> None:
    with running_sandbox(users=10, groups=15, faults=(fault,)) as tenant:
        async with connected(tenant, tmp_path, clock=StillClock()) as session:
            page = await of(session, ADELE)
    assert page.summary is not None
    (said,) = page.summary.notes
    assert said == f"Not looked at: {note}"
    missing = [record for record in page.rows if record.key.startswith("missing:")]
    assert len(missing) == sum(name in said for name in (
        "sign-ins", "MFA registration", "user risk", "risk detections", "devices", "audit logs"))  # fmt: skip
    assert all(dict(record.details)["Why"].endswith(".") for record in missing)  # type: ignore[union-attr]
    assert len(page.rows) > len(missing)


async def test_a_user_without_a_mailbox(session: Session) -> None:
    page = await of(session, LEE)
    assert page.summary is not None
    assert page.summary.notes == ("Not looked at: mailbox settings (no mailbox)",)


async def test_a_tenant_that_cannot_be_reached_is_an_error(tmp_path: Path) -> None:
    with running_sandbox(users=10, groups=15) as tenant:
        async with connected(tenant, tmp_path) as session:
            adele = await session.find_user(ADELE)
            await session.tenant.close()
            with pytest.raises(Unreachable):
                await pages(session, adele, "risks")
