"""Devices and OneDrive: what is shown, and what a refusal becomes."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from services.errors import NotPermitted
from services.record import Record
from services.session import Session
from services.summary import Summary
from services.tabs import device, devices, onedrive
from services.tabs.details import details
from services.tabs.sizes import size
from services.tabs.tab import Page, RecordTab
from tests import contracts
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, pages, records


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A tenant nobody writes to."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session of the test's own."""
    async with connected(tenant, tmp_path) as found:
        yield found


@pytest.mark.anyio
async def test_computers_first_with_their_primary_users(session: Session) -> None:
    adele = await session.find_user(ADELE)
    found = await records(session, adele, "devices")
    assert [record.cells[0] for record in found] == ["Computer", "Computer", "Mobile", "Mobile"]
    assert [record.cells[4] for record in found] == ["Alex Wilber", *["Adele Vance"] * 3]
    pairs = dict(found[0].details)
    assert (pairs["Primary user"], pairs["Enrolled for"]) == ("Alex Wilber", ADELE)
    assert pairs["Model"] == "ThinkPad T14 Gen 5"
    assert pairs["Serial number"] == found[0].cells[7]
    lee = await session.find_user("leeg@contoso.example")
    assert await records(session, lee, "devices") == []


@pytest.mark.anyio
async def test_what_it_asks_is_in_the_contract(tenant: Endpoints, tmp_path: Path) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            adele = await session.find_user(ADELE)
            recorder.calls.clear()
            held = await records(session, adele, "devices")
    listed, batch = recorder.calls
    path, _, query = listed.target.removeprefix("/v1.0").partition("?")
    contracts.validate_request(listed.method, path, dict(parse_qsl(query)), None)
    contracts.validate_answer(listed.method, path, listed.status, listed.answer)
    assert batch.target == "/beta/$batch"
    assert len(batch.body["requests"]) == len(held)
    answers = {a["id"]: a for a in batch.answer["responses"]}
    for item in batch.body["requests"]:
        path, _, query = item["url"].partition("?")
        contracts.validate_request(item["method"], path, dict(parse_qsl(query)), None)
        contracts.validate_answer(item["method"], path, 200, answers[item["id"]]["body"])


async def _page_of(session: Session, number: int) -> tuple[Page, dict[str, str]]:
    """The page of one of Adele's devices, and its texts by title."""
    adele = await session.find_user(ADELE)
    opening = devices.TAB.opens
    assert opening is not None
    found = opening(adele, (await records(session, adele, "devices"))[number])
    (tab,) = found.tabs
    assert isinstance(tab, RecordTab)
    assert (found.title, found.subject) == (tab.title, adele)
    (page,) = [page async for page in tab.load(session.tenant, adele)]
    return page, {record.cells[1]: record.cells[2] for record in page.rows if isinstance(record, Record)}


@pytest.mark.anyio
async def test_the_page_of_a_device_by_lawful_calls(tenant: Endpoints, tmp_path: Path) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            page, told = await _page_of(session, 0)
        asked = [one.path for one in recorder.check()]
    assert told["Name"].startswith("LAP-")
    assert (told["Primary user"], told["Enrolled for"]) == ("Alex Wilber", "Adele Vance")
    assert told["Compliance"]
    assert " ago)" in told["Last sync"] or "(today)" in told["Last sync"]
    assert "Grace period ends" not in told, "Intune writes the year 1 where there is none"
    assert page.summary is not None
    (chart,) = page.summary.charts
    assert (chart.title, chart.bars[0].shown.endswith(" free")) == ("Storage", True)
    device = told["Intune device id"]
    assert asked[-2:] == [
        f"/deviceManagement/managedDevices/{device}",
        f"/deviceManagement/managedDevices/{device}/users",
    ]


@pytest.mark.anyio
async def test_a_device_that_is_told_in_part_says_why(tmp_path: Path) -> None:
    faults = ("error-item:status=403,path=users",)
    with running_sandbox(users=10, groups=15, faults=faults) as tenant:
        async with connected(tenant, tmp_path) as session:
            _, told = await _page_of(session, 0)
    assert told["Primary user"].startswith("not readable: ")
    assert told["Model"] == "ThinkPad T14 Gen 5"


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ({}, ("", "", "")),
        ({"complianceState": "inGracePeriod", "complianceGracePeriodExpirationDateTime": "2026-01-20T12:00:00Z"},
         ("in grace period: not compliant, but let in until it ends", "2026-01-20 12:00 (in 5 days)", "")),
        ({"complianceState": "somethingNew", "lastSyncDateTime": "0001-01-01T00:00:00Z",
          "complianceGracePeriodExpirationDateTime": "9999-12-31T23:59:59Z"}, ("somethingNew", "", "never")),
        ({"complianceState": None, "lastSyncDateTime": "yesterday"}, ("", "", "yesterday")),
    ],
)  # fmt: skip
def test_what_intune_may_say_of_a_device(found: dict[str, object], shown: tuple[str, ...]) -> None:
    now = datetime(2026, 1, 15, 12, tzinfo=UTC)
    names = ("complianceState", "complianceGracePeriodExpirationDateTime", "lastSyncDateTime")
    assert tuple(device.field_text(name, found, now) for name in names) == shown


@pytest.mark.anyio
async def test_a_drive_and_how_full_it_is(session: Session) -> None:
    (page,) = await pages(session, await session.find_user(ADELE), "onedrive")
    found = {record.cells[0]: record.cells[1] for record in page.rows}
    assert found["Quota"] == "1.0 TB (1,099,511,627,776 bytes)"
    assert found["Address"].startswith("https://")
    assert found["State"] in ("normal", "nearing", "critical", "exceeded")
    assert page.summary is not None
    (bar,) = page.summary.charts[0].bars
    used = found["Used"].partition(" (")[0]
    assert bar.shown == f"{used} of 1.0 TB, {bar.value / bar.of:.0%}, {found['State']}".replace("%", " %")
    assert bar.of == bar.most == 1024**4


@pytest.mark.anyio
async def test_a_user_without_a_drive_is_no_error(session: Session) -> None:
    (page,) = await pages(session, await session.find_user("leeg@contoso.example"), "onedrive")
    assert not page.rows
    assert page.summary == Summary(notes=(onedrive.NOT_PROVISIONED,))


@pytest.mark.parametrize(
    ("quota", "level", "shown"),
    [
        ({"used": 5, "total": 10, "state": "normal"}, "", "5 bytes of 10 bytes, 50 %, normal"),
        ({"used": 12, "total": 10, "state": "exceeded"}, "error", "12 bytes of 10 bytes, 120 %, exceeded"),
        ({"used": 9, "total": 10, "state": "nearing"}, "warning", "9 bytes of 10 bytes, 90 %, nearing"),
        ({"used": 1, "total": 10, "state": None}, "", "1 bytes of 10 bytes, 10 %"),
        ({"used": 1, "total": 10, "state": "later"}, "", "1 bytes of 10 bytes, 10 %, later"),
    ],
)
def test_the_bar_of_a_quota(quota: dict[str, object], level: str, shown: str) -> None:
    (bar,) = onedrive._usage({"quota": quota}).charts[0].bars
    assert (bar.level, bar.shown) == (level, shown)
    assert bar.value <= bar.of


@pytest.mark.parametrize("quota", [None, {}, {"used": 5}, {"used": 5, "total": 0}, {"total": 5}])
def test_a_quota_that_says_nothing_has_no_bar(quota: object) -> None:
    assert onedrive._usage({"quota": quota}) == Summary()


@pytest.mark.anyio
async def test_refusals_are_sentences(tmp_path: Path) -> None:
    faults = ("error:status=403,path=drive", "error-item:status=403,path=deviceManagement")
    with running_sandbox(users=10, groups=15, faults=faults) as tenant:
        async with connected(tenant, tmp_path) as session:
            adele = await session.find_user(ADELE)
            with pytest.raises(NotPermitted) as refused:
                await records(session, adele, "onedrive")
            assert refused.value.sentence == onedrive.NOT_SHOWN
            found = await records(session, adele, "devices")
            assert {record.cells[4] for record in found} == {
                "not readable: Insufficient privileges to complete the operation."
            }


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KB (1,024 bytes)"),
        (1024**2 - 1, "1.0 MB (1,048,575 bytes)"),
        (1_288_490_188, "1.2 GB (1,288,490,188 bytes)"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_details_name_what_they_know_and_keep_the_rest() -> None:
    record = {
        "@odata.type": "#x",
        "at": {"city": "Oslo", "spare": None},
        "many": [{"a": 1}, {"a": [2, 3]}],
        "createdDateTime": "2026-01-02T03:04:05Z",
        "flag": False,
        "goneDateTime": "0001-01-01T00:00:00Z",
    }
    assert details(record, {"createdDateTime": "Time", "at/city": "City", "gone": "Gone"}) == (
        ("Time", "2026-01-02 03:04:05"),
        ("City", "Oslo"),
        ("Gone", ""),
        ("many/1/a", "1"),
        ("many/2/a", "2, 3"),
        ("flag", "no"),
        ("goneDateTime", "never"),
    )
