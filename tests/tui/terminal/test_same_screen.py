"""Whatever is drawn, the screen is the one that Textual's own driver leaves: characters, looks and cursor."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.style import Style

from tests.tui.terminal.screens import Pair, Piece, frame, seen
from tui.terminal.abilities import FULL, LEAST, Abilities

COLUMNS, ROWS = 24, 6
WIDE = "漢字財務部한글かな"
NARROW = "ab ▸─é… x·  "
MARKED = ("e\u0301", "ก\u0e34", "न\u0941", "漢\u0301")
PLAIN = Style()
NONE = Abilities(erase_line=False, erase_cells=False, column=True, line=False, take_back=True, margins=False)
VT100 = Abilities(erase_line=True, erase_cells=False, column=False, line=False, take_back=False, margins=True)

colours = st.sampled_from(("default", "red", "bright_blue", "color(123)", "#e0e0e0", "#121212"))
styles = st.one_of(
    st.just(PLAIN),
    st.just(Style.parse("default on default")),
    st.just(Style(reverse=True)),
    st.builds(
        Style,
        color=st.none() | colours,
        bgcolor=st.none() | colours,
        bold=st.booleans(),
        dim=st.booleans(),
        italic=st.booleans(),
        underline=st.booleans(),
        reverse=st.booleans(),
        strike=st.booleans(),
        link=st.none() | st.just("https://contoso.example/"),
    ),
)
units = st.one_of(
    st.text(NARROW, min_size=2, max_size=2),
    st.just("  "),
    st.just(" " * 12),
    st.sampled_from(WIDE),
    st.sampled_from(MARKED).map(lambda c: c if c[0] == "漢" else c + "."),
)
"""An even number of cells, which begins and ends with a whole one."""
texts = st.lists(units, min_size=1, max_size=8).map("".join)
segments = st.lists(st.tuples(texts, styles), min_size=1, max_size=3)


def width(piece: Sequence[tuple[str, Style]]) -> int:
    """Cells of all segments."""
    from rich.cells import cell_len

    return sum(cell_len(text) for text, _ in piece)


@st.composite
def pieces(draw: st.DrawFn, columns: int = COLUMNS, rows: int = ROWS) -> Piece:
    """Segments somewhere on the screen, none of which runs over the edge."""
    found = draw(segments)
    while width(found) > columns:
        found = found[:-1] if len(found) > 1 else [("漢字", found[0][1])]
    x = draw(st.integers(0, columns - width(found)))
    return x, draw(st.integers(0, rows - 1)), found


def frames() -> st.SearchStrategy[str]:
    """One frame of a few repainted regions."""
    cursors = st.tuples(st.integers(0, COLUMNS - 1), st.integers(0, ROWS - 1))
    return st.builds(frame, st.lists(pieces(), min_size=1, max_size=5), cursors)


def full(text: str, columns: int, rows: int) -> str:
    """A frame of the whole screen."""
    line = (text * columns)[:columns]
    return frame([(0, y, [(line, PLAIN)]) for y in range(rows)], (0, 0))


asides = st.sampled_from(
    (
        "\x07",
        "\x1b]22;default\x07",
        "\x1b]52;c;YQ==\x07",
        "\x1b]2;Rollcall\x1b\\",
        "\x1b[?2026h",
        "\x1b[?2026l",
    )
)
known = st.sampled_from((FULL, LEAST, NONE, VT100))


@given(known, st.lists(st.one_of(frames(), asides), min_size=1, max_size=12))
@example(FULL, [full("x", COLUMNS, ROWS), full(" ", COLUMNS, ROWS)])
@settings(deadline=None, max_examples=150)
def test_told_frame_by_frame_every_screen_is_the_same(can: Abilities, written: list[str]) -> None:
    pair = Pair(COLUMNS, ROWS, can)
    for text in written:
        pair.write(text)
        pair.drain()
        assert seen(pair.ours) == seen(pair.stock)


@given(known, st.lists(st.tuples(st.one_of(frames(), asides), st.integers(0, 300)), min_size=1, max_size=20))
@settings(deadline=None, max_examples=150)
def test_told_in_bits_and_with_frames_left_out_the_last_screen_is_the_same(
    can: Abilities, written: list[tuple[str, int]]
) -> None:
    pair = Pair(COLUMNS, ROWS, can)
    for text, room in written:
        pair.write(text)
        if room:
            pair.tell(room)
    pair.drain()
    assert seen(pair.ours) == seen(pair.stock)


@given(known, st.lists(frames(), max_size=4), st.integers(10, 40), st.integers(3, 12), st.booleans())
@settings(deadline=None, max_examples=60)
def test_after_a_resize_the_next_whole_frame_makes_the_screens_the_same(
    can: Abilities, written: list[str], columns: int, rows: int, drained: bool
) -> None:
    pair = Pair(COLUMNS, ROWS, can)
    for text in written:
        pair.write(text)
    if drained:
        pair.drain()
    pair.resize(columns, rows)
    if drained:
        pair.drain()
    pair.write(full("new  ", columns, rows))
    pair.drain()
    assert seen(pair.ours) == seen(pair.stock)


@pytest.mark.parametrize("can", [FULL, LEAST])
def test_what_a_frame_says_again_is_not_written_again(can: Abilities) -> None:
    pair = Pair(COLUMNS, ROWS, can)
    pair.write(full("abc 漢字 ", COLUMNS, ROWS))
    pair.drain()
    before = pair.written
    pair.write(full("abc 漢字 ", COLUMNS, ROWS))
    pair.drain()
    assert pair.written == before
