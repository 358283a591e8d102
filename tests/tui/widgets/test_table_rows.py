"""Order and filter of a table's rows, without a screen."""

from hypothesis import given
from hypothesis import strategies as st

from services.matching import natural
from services.record import Record
from tui.widgets.row_list import RowList

WORDS = st.lists(st.text("abAB1 2é", max_size=6), max_size=12)


def rows_of(names: list[str]) -> list[Record]:
    return [Record(f"k{n}", (name,)) for n, name in enumerate(names)]


def shown(rows: RowList[Record]) -> list[str]:
    return [rows.items[i].key for i in rows.view]


def test_numbers_sort_by_value() -> None:
    assert sorted(["a 10", "A 9", "a 09b", "B", "a"], key=natural) == ["a", "A 9", "a 09b", "a 10", "B"]


@given(WORDS, WORDS)
def test_typing_on_gives_the_same_as_filtering_anew(names: list[str], typed: list[str]) -> None:
    slow, fast = RowList[Record](), RowList[Record]()
    fast.replace(rows_of(names))
    text = ""
    for character in "".join(typed):
        text += character
        fast.filter(text, None)
    slow.replace(rows_of(names))
    slow.filter(text, None)
    assert shown(fast) == shown(slow)
    words = text.casefold().split()
    assert shown(slow) == [r.key for r in slow.items if all(w in r.cells[0].casefold() for w in words)]


@given(WORDS, WORDS, st.booleans())
def test_pages_end_up_in_the_same_order_as_all_at_once(
    first: list[str], second: list[str], backwards: bool
) -> None:
    together, paged = RowList[Record](), RowList[Record]()
    every = rows_of(first + second)
    together.replace(every)
    together.sort(lambda row: natural(row.cells[0]), backwards)
    paged.replace(every[: len(first)])
    paged.sort(lambda row: natural(row.cells[0]), backwards)
    paged.extend(every[len(first) :])
    assert shown(paged) == shown(together)


@given(WORDS, WORDS, st.lists(st.tuples(st.integers(0, 11), st.text("abAB1 2é", max_size=6)), max_size=3))
def test_a_page_comes_to_the_same_order_as_a_sort_of_all_rows(
    first: list[str], second: list[str], renamed: list[tuple[int, str]]
) -> None:
    """Also where names tie, rows were in another order before, and rows got other names in their place."""
    every = rows_of(first + second)
    paged = RowList[Record]()
    paged.replace(every[: len(first)])
    paged.sort(lambda row: f"{len(row.cells[0]):02}")
    paged.sort(lambda row: natural(row.cells[0]))
    before = shown(paged)
    paged.update([Record(f"k{n}", (name,)) for n, name in renamed])
    assert shown(paged) == before
    paged.extend(every[len(first) :])
    keys = before + [row.key for row in every[len(first) :]]
    names = {row.key: natural(row.cells[0]) for row in paged.items}
    assert shown(paged) == sorted(keys, key=names.__getitem__)


def test_the_filter_finds_what_is_not_made_ready_for_it_yet() -> None:
    rows = RowList[Record]()
    rows.replace(rows_of(["one", "two", "one more"]))
    assert not rows.prepare(1)
    rows.filter("one", None)
    assert shown(rows) == ["k0", "k2"]
    assert rows.prepare(1)
    rows.extend([Record("a", ("another one",))])
    assert shown(rows) == ["k0", "k2", "a"]


def test_a_short_word_is_not_looked_for_in_ids_that_come_later() -> None:
    number = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    rows = RowList[Record]()
    rows.replace([Record("a", ("App 3", "")), Record("b", ("App", ""))])
    rows.filter("3", None)
    assert shown(rows) == ["a"]
    rows.update([Record("b", ("App", number))])
    rows.extend([Record("c", ("Tool", number))])
    assert shown(rows) == ["a"]
    rows.filter(number[:8], None)
    assert shown(rows) == ["b", "c"]


def test_a_key_that_comes_again_takes_the_place_of_the_old_row() -> None:
    rows = RowList[Record]()
    rows.replace([Record("a", ("one",)), Record("b", ("two",)), Record("a", ("three",))])
    assert [(r.key, r.cells) for r in rows.items] == [("b", ("two",)), ("a", ("three",))]
    rows.filter("o", None)
    rows.extend([Record("a", ("four",)), Record("c", ("o",))])
    assert shown(rows) == ["b", "a", "c"]
    assert rows.place("c") == 2
    assert rows.place("nowhere") is None
    assert rows.places(["c", "b", "x"]) == [0, 2]


def test_new_values_are_found_by_the_filter_and_the_order() -> None:
    rows = RowList[Record]()
    rows.replace(rows_of(["m", "n"]))
    rows.filter("m", None)
    rows.filter("", None)
    rows.sort(lambda row: natural(row.cells[0]))
    assert rows.update([Record("k0", ("z",)), Record("k9", ("none",))]) == [0]
    assert shown(rows) == ["k0", "k1"]
    rows.extend([])
    assert shown(rows) == ["k1", "k0"]
    rows.filter("z", None)
    assert shown(rows) == ["k0"]
    assert rows.shows("k0")
    assert not rows.shows("k1")


def test_a_word_that_grows_into_an_id_finds_its_row() -> None:
    rows = RowList[Record]()
    rows.replace([Record(n, (f"App {n}", f"60487e1{n}-580d-45ab-9c3e-0123456789ab")) for n in "123"])
    rows.filter("app 3", None)
    assert shown(rows) == ["3"]
    for end in range(1, 9):
        rows.filter("60487e12"[:end], None)
    assert shown(rows) == ["2"]
