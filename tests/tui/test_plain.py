"""No text reaches a cell with anything in it that a terminal would obey."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.stage import HOSTILE
from tui.glyphs import ASCII, UNICODE
from tui.plain import cut, pad, plain, printable, wrap

TEXTS = st.text() | st.sampled_from(HOSTILE)


@given(TEXTS)
def test_printable_text_has_no_control_characters(text: str) -> None:
    assert all(char.isprintable() or char in "\u200c\u200d" for char in printable(text))
    assert printable(printable(text)) == printable(text)


@given(TEXTS, st.integers(0, 40))
def test_padded_text_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(pad(printable(text), width)) == width
    assert cell_len(cut(printable(text), width)) <= width


@given(TEXTS, st.integers(2, 40))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    assert all(cell_len(line) <= width for line in wrap(text, width))


def test_wrapping_breaks_at_spaces() -> None:
    assert wrap("one two three\nfour", 7) == ["one two", "three", "four"]


def test_plain_never_reads_markup() -> None:
    for text in HOSTILE:
        assert not plain(text).spans
    assert plain("[b]x[/b]").plain == "[b]x[/b]"


def test_the_ascii_alphabet_is_ascii() -> None:
    for name in ASCII.__struct_fields__:
        assert getattr(ASCII, name).isascii()
        assert cell_len(getattr(UNICODE, name)) <= 1
