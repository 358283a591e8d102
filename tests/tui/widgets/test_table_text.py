"""Whatever a directory holds, a line is as wide as the table and obeys nobody."""

import asyncio
import unicodedata

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from services.columns import Column
from services.tabs.tab import Row
from tests.tui.widgets.table_app import BOTH, lines, running, strips, toggle_table
from tui.widgets.cell_text import fit, printable, width_of
from tui.widgets.column_fit import GAP, fit_columns

TRICKY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x1b\x07\x9b\u202e\u2066\u200d\u200c\ufe0f\u0301👩💻❤🏽🇩🇪漢ｱ가ﷺกำि\ud800\U000e0041\n\t"
        ),
    ),
    max_size=80,
)
ROW = st.builds(
    lambda name, about, mail, on, lock: Row("key", name, (name, about, mail), (on, None), (lock, "")),
    *(TRICKY,) * 3,
    st.sampled_from([True, False, None]),
    st.sampled_from(["", "synced"]),
)


def _obeyed(text: str) -> list[str]:
    return [c for c in text if not c.isprintable() and c != "\u200c"]


@given(TRICKY, st.integers(1, 60))
def test_a_cell_is_exactly_as_wide_as_it_should_be(text: str, width: int) -> None:
    fitted = fit(text, width)
    assert cell_len(fitted) == width
    assert not _obeyed(fitted)


@given(TRICKY)
def test_a_cell_with_room_shows_the_text_whole(text: str) -> None:
    text = text[:40]
    assert fit(text, 200).rstrip(" ") == printable(text).rstrip(" ")
    assert width_of(text) == cell_len(printable(text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(ROW, max_size=12), TRICKY, st.integers(1, 240), st.integers(2, 30), st.booleans(), st.booleans()
)
def test_every_line_is_as_wide_as_the_table(
    rows: list[Row], typed: str, width: int, height: int, ascii_only: bool, stage: bool
) -> None:
    async def run() -> None:
        table = toggle_table(
            [Row(f"{n}", r.name, r.cells, r.on, r.locks) for n, r in enumerate(rows)],
            BOTH,
            ascii_only=ascii_only,
        )
        if stage:
            table.stage([("0", 1, True), ("1", 0, False)])
        async with running(table, (width, height)) as (_, pilot):
            for keys in (("right", "shift+down"), ("escape", "s", "slash")):
                await pilot.press(*keys)
                for strip in strips(table):
                    assert strip.cell_length == width
                    assert sum(cell_len(segment.text) for segment in strip) == width
                    assert not _obeyed(strip.text)
            table.set_filter(typed)
            assert all(cell_len(line) == width and not _obeyed(line) for line in lines(table))

    asyncio.run(run())


@given(
    st.lists(
        st.tuples(
            st.integers(1, 30), st.one_of(st.none(), st.integers(1, 40)), st.booleans(), st.integers(0, 99)
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 250),
)
def test_columns_never_take_more_than_there_is(
    columns: list[tuple[int, int | None, bool, int]], room: int
) -> None:
    spec = [Column(str(n), "", least, width, wide) for n, (least, width, wide, _) in enumerate(columns)]
    widths = fit_columns(spec, [want for *_, want in columns], room, room + 10)
    shown = [width for width in widths if width]
    assert widths[0] > 0
    assert sum(shown) + GAP * (len(shown) - 1) <= room


def test_columns_share_by_what_they_hold() -> None:
    spec = [
        Column("a", "", 8),
        Column("b", "", 8),
        Column("c", "", 8, width=11),
        Column("d", "", 8, wide=True),
    ]
    assert fit_columns(spec, [20, 90, 0, 30], 66, 80) == [20, 31, 11, 0]
    assert fit_columns(spec, [20, 90, 0, 30], 190, 200) == [20, 90, 11, 30]
    assert fit_columns(spec, [20, 90, 0, 30], 20, 24) == [9, 9, 0, 0]
    assert fit_columns(spec, [20, 90, 0, 30], 12, 24) == [12, 0, 0, 0]


def test_what_terminals_join_differently_is_taken_apart() -> None:
    assert printable("👩\u200d💻") == "👩💻"
    assert printable("❤\ufe0f") == "❤"
    assert printable("می\u200cخواهم") == "می\u200cخواهم"
    assert printable("a\x1b]52;c;x\x07\u202eb") == "a\ufffd]52;c;x\ufffd\ufffdb"
    assert all(not unicodedata.category(c).startswith("C") for c in printable("\x00\x9f\ue000\ud800\u2028"))
