"""Exports from the journal to the file: whole or not there, whatever happens in the middle."""

import asyncio
import csv
import json
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import openpyxl
import pytest

from services.errors import InvalidInput, RollcallError
from services.export.exporter import TabExporter
from services.export.order import order, suggested, target
from services.export.spreadsheet import harmless
from services.session import Session
from services.tabs.registry import BY_ID, TABS
from services.tabs.tab import RecordTab, Row, ToggleTab
from services.task import Export, Format
from services.user import User
from state.clock import SystemClock
from state.values import Process, ProcessStatus, Step, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, ended, records, rows

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[3]
EXPORTING = [tab.id for tab in TABS if isinstance(tab, ToggleTab | RecordTab) and tab.export]
NAMED = {
    "distribution-groups",
    "security-groups",
    "directory-roles",
    "shared-mailboxes",
    "equipment-mailboxes",
    "room-mailboxes",
    "microsoft-365-groups",
    "mail-security-groups",
    "application-groups",
    "sign-ins",
}
"""The tabs that the specification gives an export; SharePoint may join them."""


class Ahead(SystemClock):
    """A minute later than the machine says: whoever held a process then holds it no more."""

    def now(self) -> datetime:
        """A minute later."""
        return super().now() + timedelta(minutes=1)


class Seeded(SystemClock):
    """Noon of the day that the sandbox was seeded for."""

    def now(self) -> datetime:
        """Always that."""
        return datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A tenant whose names are hostile."""
    with running_sandbox(hostile=True) as found:
        yield found


@pytest.fixture(scope="module")
def slow() -> Iterator[Endpoints]:
    """A tenant that takes its time."""
    with running_sandbox(latency_ms=400) as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with the hostile tenant."""
    async with connected(tenant, tmp_path / "state") as found:
        yield found


async def exported(session: Session, asked: Export) -> tuple[Process, Step]:
    """The process and its one step at their end."""
    process, (step,) = await ended(session, await session.export(asked, "Adele Vance"))
    return process, step


def read_csv(path: Path) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """Header, titles and rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file, strict=True))
    blank = next(n for n, record in enumerate(found) if not any(record))
    return {r[0]: r[1] for r in found[:blank]}, found[blank + 1], found[blank + 2 :]


def read_xlsx(path: Path) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """Header, titles and rows."""
    sheet = openpyxl.load_workbook(path).active
    found = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    blank = next(n for n, record in enumerate(found) if not any(record))
    return {r[0]: r[1] for r in found[:blank]}, found[blank + 1], found[blank + 2 :]


READ = {Format.CSV: read_csv, Format.XLSX: read_xlsx}


def leftovers(folder: Path) -> list[str]:
    """What an export left behind beside its file."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_the_tabs_that_are_to_have_an_export_have_one() -> None:
    assert set(EXPORTING) - {"sharepoint"} == NAMED


@pytest.mark.parametrize("kind", Format)
@pytest.mark.parametrize("tab", [tab for tab in EXPORTING if isinstance(BY_ID[tab], ToggleTab)])
async def test_every_row_and_switch_is_in_the_file(
    session: Session, tmp_path: Path, tab: str, kind: Format
) -> None:
    user = await session.find_user(ADELE)
    path = tmp_path / f"file.{kind}"
    process, step = await exported(session, order(BY_ID[tab], user, path))
    assert (process.status, step.state) == (ProcessStatus.SUCCEEDED, StepClass.DONE), step.sentence
    about, titles, found = READ[kind](path)
    known = BY_ID[tab]
    assert isinstance(known, ToggleTab)
    assert about["Tab"] == known.title
    assert user.upn in about["User"]
    assert session.profile.tenant_id in about["Tenant"]
    toggles = [toggle.title for toggle in known.toggles]
    locks = [f"{title} cannot be changed" for title in toggles]
    columns = [column.title for column in known.columns]
    assert titles == [columns[0], "Id", *columns[1:], *toggles, *locks]
    words = {True: "on", False: "off", None: "not known"}
    wanted = {
        row.key: [row.cells[0], row.key, *row.cells[1:], *(words[on] for on in row.on), *_locks(row)]
        for row in (await rows(session, user, tab)).values()
    }
    named = {row[1]: row for row in found}
    # rows of one name are one row for `rows`, and each of them in the file
    assert set(wanted) <= set(named)
    assert len(named) == len(found)
    for key, cells in wanted.items():
        assert named[key] == ([harmless(cell) for cell in cells] if kind is Format.CSV else cells)
    assert f"{len(found):,} rows" in step.sentence
    assert str(path) in step.sentence
    assert path.stat().st_mode & 0o777 == 0o600
    assert leftovers(tmp_path) == []


def _locks(row: Row) -> list[str]:
    return [row.lock(number) for number in range(len(row.on))]


async def test_records_bring_their_details(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path / "state", clock=Seeded()) as session:
        user = await session.find_user(ADELE)
        wanted = await records(session, user, "sign-ins")
        process, _ = await exported(session, order(BY_ID["sign-ins"], user, tmp_path / "file.csv"))
    about, titles, found = read_csv(tmp_path / "file.csv")
    assert process.status is ProcessStatus.SUCCEEDED
    assert wanted
    assert about["Note"] == "last 7 days"
    assert [row[-1] for row in found] == [record.key for record in wanted]
    for row, record in zip(found, wanted, strict=True):
        told = dict(zip(titles, row, strict=True))
        for label, text in record.details:
            if label not in [column.title for column in BY_ID["sign-ins"].columns]:  # type: ignore[union-attr]
                assert told[label] == harmless(text)


async def test_a_page_behind_a_row_is_exported_too(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    top = BY_ID["sharepoint"]
    assert isinstance(top, ToggleTab)
    assert top.opens is not None
    for row in (await rows(session, user, "sharepoint")).values():
        (tab,) = top.opens(user, row).tabs
        assert isinstance(tab, ToggleTab)
        wanted = {r.key async for page in tab.load(session.tenant, user) for r in page.rows}
        if len(wanted) > 1:
            break
    with pytest.raises(InvalidInput, match="cannot be exported"):
        order(tab, user, tmp_path / "file.xlsx")
    asked = order(tab, user, tmp_path / "file.xlsx", behind=row)
    process, step = await exported(session, asked)
    assert process.status is ProcessStatus.SUCCEEDED, step.sentence
    about, _, found = read_xlsx(tmp_path / "file.xlsx")
    assert about["Tab"] == tab.title
    assert {cells[1] for cells in found} == wanted


async def test_the_filter_the_mode_and_the_columns_travel_with_the_order(
    session: Session, tmp_path: Path
) -> None:
    user = await session.find_user(ADELE)
    every = (await rows(session, user, "security-groups")).values()
    word = next(row.name for row in every if True in row.on).split()[0].upper()
    for mode, staged, wanted in (
        ("all", (), {r.key for r in every if word.casefold() in "\n".join(r.cells).casefold()}),
        (
            "members",
            (),
            {r.key for r in every if word.casefold() in "\n".join(r.cells).casefold() and True in r.on},
        ),
    ):
        path = tmp_path / f"{mode}.csv"
        asked = order(
            BY_ID["security-groups"], user, path, filter=word, mode=mode, staged=staged, columns=("source",)
        )
        await exported(session, asked)
        about, titles, found = read_csv(path)
        assert titles == ["Source", "Member"]
        assert len(found) == len(wanted) > 0
        assert f'filter "{word}"' in about["Rows"]
    picked = next(iter(every)).key
    asked = order(BY_ID["security-groups"], user, tmp_path / "c.csv", mode="changed", staged=(picked,))
    await exported(session, asked)
    assert [row[1] for row in read_csv(tmp_path / "c.csv")[2]] == [picked]


async def test_a_file_that_is_there_stays_unless_it_may_go(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    path = tmp_path / "file.csv"
    path.write_text("mine")
    process, step = await exported(session, order(BY_ID["directory-roles"], user, path))
    assert (process.status, step.state) == (ProcessStatus.FINISHED, StepClass.REFUSED)
    assert "is there already" in step.sentence
    assert path.read_text() == "mine"
    _, step = await exported(session, order(BY_ID["directory-roles"], user, path, overwrite=True))
    assert step.state is StepClass.DONE
    assert read_csv(path)[0]["Tab"] == "Directory roles"
    assert leftovers(tmp_path) == []


async def test_without_hard_links_a_file_that_is_there_stays_too(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    user = await session.find_user(ADELE)
    for state in (StepClass.DONE, StepClass.REFUSED):
        _, step = await exported(session, order(BY_ID["directory-roles"], user, tmp_path / "file.csv"))
        assert step.state is state, step.sentence
    assert leftovers(tmp_path) == []


async def test_a_folder_that_is_gone_is_told(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    _, step = await exported(session, order(BY_ID["directory-roles"], user, tmp_path / "gone" / "file.csv"))
    assert step.state is StepClass.REFUSED
    assert f"{tmp_path / 'gone'} is not there" in step.sentence


async def test_what_a_user_does_not_have_is_refused(session: Session, tmp_path: Path) -> None:
    nobody = User(id="3c1d2e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")
    _, step = await exported(session, order(BY_ID["directory-roles"], nobody, tmp_path / "file.csv"))
    assert (step.state, step.status) == (StepClass.REFUSED, 404)
    empty = await session.find_user("leeg@contoso.example")
    _, step = await exported(session, order(BY_ID["distribution-groups"], empty, tmp_path / "file.csv"))
    assert "no Exchange licence" in step.sentence
    assert not (tmp_path / "file.csv").exists()


async def test_a_read_only_session_exports_and_runs_nothing_else(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path / "state", readonly=True) as session:
        user = await session.find_user(ADELE)
        process, _ = await exported(session, order(BY_ID["directory-roles"], user, tmp_path / "file.csv"))
        assert process.status is ProcessStatus.SUCCEEDED


async def test_who_exported_what_is_in_the_audit(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    path = tmp_path / "file.csv"
    process, _ = await exported(session, order(BY_ID["directory-roles"], user, path))
    (entry,) = [e for e in await session.tenant.audit.of_user(user.id, 100) if e.process == process.id]
    assert (entry.action, entry.target) == ("Export Directory roles", str(path))
    assert (entry.operator, entry.outcome) == (session.operator, StepClass.DONE)


async def test_cancelled_in_the_middle_it_leaves_nothing(slow: Endpoints, tmp_path: Path) -> None:
    async with connected(slow, tmp_path / "state") as session:
        user = await session.find_user(ADELE)
        path = tmp_path / "file.csv"
        news = asyncio.Event()
        session.on_change = news.set
        number = await session.export(order(BY_ID["shared-mailboxes"], user, path), user.name)
        while not leftovers(tmp_path):
            news.clear()
            await news.wait()
        await session.processes.cancel(number, session.clock.now())
        process, (step,) = await ended(session, number)
        assert (process.status, step.state) == (ProcessStatus.CANCELLED, StepClass.CANCELLED)
        assert "no file was written" in step.sentence
        assert not path.exists()
        assert leftovers(tmp_path) == []


async def test_left_in_the_middle_it_starts_over_at_the_next_start(slow: Endpoints, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    async with connected(slow, tmp_path / "state") as session:
        user = await session.find_user(ADELE)
        news = asyncio.Event()
        session.on_change = news.set
        number = await session.export(order(BY_ID["shared-mailboxes"], user, path), user.name)
        while not leftovers(tmp_path):
            news.clear()
            await news.wait()
    assert not path.exists()
    async with connected(slow, tmp_path / "state") as session:
        process, (step,) = await ended(session, number)
        assert (process.status, step.attempts) == (ProcessStatus.SUCCEEDED, 1)
    assert read_csv(path)[0]["Tab"] == "Shared mailboxes"
    assert leftovers(tmp_path) == []


async def test_killed_in_the_middle_it_leaves_no_final_file_and_is_finished_later(
    slow: Endpoints, tmp_path: Path
) -> None:
    path = tmp_path / "file.xlsx"
    arguments = [json.dumps(msgspec.to_builtins(slow)), str(tmp_path / "state"), str(path)]
    command = [sys.executable, "-m", "tests.services.export.victim", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as victim:  # noqa: ASYNC220
        assert victim.stdout is not None
        begun, number = victim.stdout.readline().split()
        victim.kill()
        assert "ended" not in victim.stdout.read()
    assert begun == "begun"
    assert not path.exists()
    async with connected(slow, tmp_path / "state", clock=Ahead()) as session:
        process, (step,) = await ended(session, int(number))
        assert (process.status, step.attempts) == (ProcessStatus.SUCCEEDED, 2)
        log = [line for _, line in await session.processes.log(int(number), 50)]
        assert any("written anew" in line for line in log)
    assert read_xlsx(path)[0]["Tab"] == "Shared mailboxes"
    assert leftovers(tmp_path) == []


async def test_killed_between_its_place_and_the_journal_it_is_done(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    path = tmp_path / "file.csv"
    asked = order(BY_ID["directory-roles"], user, path)
    # as it stands when the file has its name and the journal was not told
    await TabExporter(session.tenant, session.learn).write(asked, lambda *_: None)
    assert leftovers(tmp_path)
    before = path.read_bytes()
    _, step = await exported(session, asked)
    assert step.state is StepClass.DONE
    assert "finished just before" in step.sentence
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


async def test_a_full_disk_is_told_and_leaves_nothing(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    exporter = TabExporter(session.tenant, session.learn)
    asked = order(BY_ID["security-groups"], user, tmp_path / "file.csv")
    await exported(session, msgspec.structs.replace(asked, path=str(tmp_path / "first.csv")))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(RollcallError, match="Make room") as caught:
            await exporter.write(asked, lambda *_: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert type(caught.value) is RollcallError
    await exporter.tidy(asked)
    assert not (tmp_path / "file.csv").exists()
    assert leftovers(tmp_path) == []


async def test_a_service_that_fails_is_tried_again(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:status=503,path=roleManagement,first=6",)) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            user = await session.find_user(ADELE)
            process, step = await exported(
                session, order(BY_ID["directory-roles"], user, tmp_path / "file.csv")
            )
            assert process.status is ProcessStatus.SUCCEEDED, step.sentence


def test_what_is_typed_becomes_a_path_or_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert target("~/x", Format.CSV) == tmp_path / "x.csv"
    assert target(f"{tmp_path}/x.CSV", Format.CSV) == tmp_path / "x.CSV"
    assert target(f" {tmp_path}/x.csv ", Format.XLSX) == tmp_path / "x.csv.xlsx"
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "plain").touch()
    for typed, said in (
        ("", "Type the name"),
        (f"{tmp_path}/", "Type the name"),
        (f"{tmp_path}/no/x", "does not exist"),
        (f"{tmp_path}/plain/x", "is no folder"),
        (f"{tmp_path}/folder", "is a folder"),
        ("~nobody-has-this/x", "home directory"),
        (f"{tmp_path}/{'x' * 300}", "cannot be used"),
        ("a\0b", "cannot be used"),
    ):
        with pytest.raises(InvalidInput, match=said):
            target(typed, Format.CSV)


def test_the_suggested_name_holds_user_tab_and_time_and_nothing_hostile(tmp_path: Path) -> None:
    user = User(id="u", user_principal_name="../../é=cmd|'x' \n#EXT#@contoso.example")
    path = suggested(tmp_path, user, BY_ID["sign-ins"], Format.XLSX, SystemClock().now())
    assert path.parent == tmp_path / "exports"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.name.startswith("é_cmd_x_EXT_@contoso.example-sign-ins-20")
    assert path.suffix == ".xlsx"
