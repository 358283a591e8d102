"""Packed rows are a list like any other."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.record import Record
from services.tabs.tab import Row
from tui.widgets.packed_rows import BLOCK, PackedRows

NUMBERS = st.integers(0, 3 * BLOCK)


def record(number: int, name: str = "") -> Record:
    return Record(
        f"k{number}", (name or f"Name {number} 財務部", ""), (("mail", f"{number}@contoso.example"),)
    )


@given(st.lists(NUMBERS, max_size=6), st.lists(st.tuples(NUMBERS, st.text(max_size=5)), max_size=9))
def test_pages_and_other_rows_in_their_place(sizes: list[int], changes: list[tuple[int, str]]) -> None:
    rows, model = PackedRows[Record](), list[Record]()
    for size in sizes:
        page = [record(number) for number in range(len(model), len(model) + size)]
        rows.extend(page)
        model += page
        assert len(rows) == len(model)
    put = {number: record(number, name) for number, name in changes if number < len(model)}
    assert [rows[number] for number in put] == [model[number] for number in put]
    rows.put(put)
    for number, row in put.items():
        model[number] = row
    assert [rows[number] for number in range(len(model))] == model
    assert list(rows) == model
    assert rows[::7] == model[::7]
    assert rows[BLOCK // 2 : 2 * BLOCK] == model[BLOCK // 2 : 2 * BLOCK]
    for start, stop in ((0, len(model)), (BLOCK // 2, min(2 * BLOCK + 1, len(model)))):
        assert list(rows.cells(start, stop)) == [row.cells for row in model[start:stop]]
    if model:
        assert rows[-1] == model[-1]
    assert rows.at(put) == [model[number] for number in put]
    with pytest.raises(IndexError):
        rows[len(model)]


def test_all_parts_of_a_row_come_back() -> None:
    facts = MappingProxyType({"web": "https://contoso.example"})
    odd = Row("a", "Ä", ("Ä", ""), (True, False, None), ("", "locked", ""), facts)
    rows = PackedRows[Row]()
    rows.extend([odd, Row("b", "B", ("B", ""), (None, None, None))] * BLOCK)
    assert len(rows) > BLOCK
    assert (rows[0].on, rows[0].locks, rows[0].facts) == (
        odd.on,
        odd.locks,
        {"web": "https://contoso.example"},
    )
    assert (rows[1].on, rows[1].locks, rows[1].facts) == ((None,) * 3, (), {})


def test_a_row_that_is_looked_at_again_is_the_same_object() -> None:
    rows = PackedRows[Record]()
    rows.extend(record(number) for number in range(BLOCK))
    assert rows[3] is rows[3]
    rows.put({3: record(3, "other")})
    assert rows[3].cells[0] == "other"


def test_many_rows_that_are_looked_at_stay_right() -> None:
    rows = PackedRows[Record]()
    rows.extend(record(number) for number in range(40 * BLOCK))
    for number in (*range(0, 40 * BLOCK, 3), *range(40 * BLOCK - 1, 0, -2)):
        assert rows[number] == record(number)
