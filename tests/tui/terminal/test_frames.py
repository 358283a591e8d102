"""What goes to the terminal: cells that changed, everything else in its order, and nothing it does not know."""

import re
import subprocess
import sys
from collections.abc import Sequence

import pytest
from rich.style import Style

from tests.tui.terminal.screens import frame
from tui.terminal.abilities import FULL, LEAST, Abilities
from tui.terminal.frames import Frames

PLAIN = Style()
REVERSE = Style(reverse=True)
ALL = 1 << 20
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"


def frames(can: Abilities = FULL, *, encoding: str = "utf-8") -> Frames:
    """A terminal of 20x5 that has been entered."""
    found = Frames(20, 5, can, line_feed="\n", encoding=encoding)
    found.write("\x1b[?1049h")
    found.take(ALL)
    return found


def drawn(*lines: str, style: Style = PLAIN) -> str:
    """A frame of these lines."""
    return frame([(0, y, [(line, style)]) for y, line in enumerate(lines)], (0, 0))


def all_of(found: Frames) -> str:
    """What is told when the line takes everything."""
    text = []
    while found.due or found.waiting:
        text.append(found.take(ALL))
    return "".join(text)


def test_the_mark_of_a_list_that_moves_costs_the_mark() -> None:
    found = frames()
    found.write(drawn("▸ one", "  two", "  three"))
    all_of(found)
    found.write(drawn("  one", "▸ two", "  three"))
    assert all_of(found) == " \n▸\x1b[H"


def test_a_frame_that_was_not_told_gives_way_to_the_next() -> None:
    found = frames()
    for number in range(1, 101):
        found.write(drawn(f"{number:20}"))
    told = all_of(found)
    assert "100" in told
    assert "99" not in told
    assert len(told) < 40


def test_what_is_no_frame_is_kept_in_its_place_among_the_frames() -> None:
    found = frames()
    found.write(drawn("before"))
    found.write("\x07")
    found.write("\x1b]52;c;YQ==\x07")
    found.write(drawn("behind"))
    told = all_of(found)
    places = [told.index(part) for part in ("before", "\x07", "\x1b]52;c;YQ==\x07", "hind")]
    assert places == sorted(places)


def test_a_large_frame_is_told_in_bits_of_whole_lines_and_what_is_newer_meanwhile_with_it() -> None:
    found = frames()
    found.write(drawn(*"abcde"))
    assert "a" in found.take(1)
    found.write(drawn("A", "b", "c", "d", "E"))
    told = all_of(found)
    assert "A" in told
    assert "E" in told
    assert "e" not in told


def test_lines_that_change_all_the_time_do_not_keep_others_waiting() -> None:
    found = frames()
    found.write(drawn(*["x" * 20] * 5))
    told = ""
    for number in range(10):
        found.write(drawn(f"{number}" * 20))
        told += found.take(1)
    assert told.count("x" * 20) == 4


def test_only_large_frames_are_held_together_by_a_terminal_that_can() -> None:
    found = frames()
    found.write(BEGIN + drawn("small") + END)
    assert "2026" not in all_of(found)
    found.write(
        BEGIN + drawn(*["漢字" * 5] * 5, style=Style(color="#102030", link="https://" + "x" * 300)) + END
    )
    told = all_of(found)
    assert told.startswith(BEGIN)
    assert told.endswith(END)


def test_cells_under_a_picture_are_written_again_when_the_text_comes_back() -> None:
    found = frames()
    found.write(drawn(*["text of a line"] * 4))
    all_of(found)
    found.write("\x1b[2;3H\x1bPq#0~\x1b\\\x1b[4;9H")
    told = all_of(found)
    assert "\n\x1b[3G\x1bPq#0~\x1b\\" in told
    found.write(drawn(*["text of a line"] * 4))
    told = all_of(found)
    assert told.count("xt of a line") == 3
    assert "text" not in told


def test_nothing_is_drawn_while_another_program_has_the_terminal_and_all_when_it_is_back() -> None:
    found = frames()
    found.write(drawn("one", "two"))
    all_of(found)
    found.write("\x1b[?1049l")
    found.write(drawn("one", "TWO"))
    assert all_of(found) == "\x1b[?1049l"
    found.write("\x1b[?1049h")
    told = all_of(found)
    assert "one" in told
    assert "TWO" in told


def test_after_what_is_not_known_everything_drawn_is_written() -> None:
    found = frames()
    found.write(drawn("one"))
    all_of(found)
    found.write("\x1b[2J")
    found.write(drawn("one"))
    told = all_of(found)
    assert told.index("\x1b[2J") < told.index("one")


def test_a_terminal_without_utf8_keeps_its_columns() -> None:
    found = frames(encoding="latin-1")
    found.write(drawn("é漢▸x"))
    assert "é???x" in all_of(found)


def test_a_wide_character_of_uncertain_width_is_followed_by_a_motion() -> None:
    found = frames()
    found.write(drawn("🚀x漢y"))
    assert "🚀\x1b[3Gx漢y" in all_of(found)


def known_of(term: str) -> Abilities:
    """Its abilities, as a process finds them that starts in it."""
    question = f"from tui.terminal.abilities import abilities; print(abilities({term!r}))"
    answer = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=True
    ).stdout
    words = dict(re.findall(r"(\w+)=(True|False)", answer))
    return Abilities(**{name: value == "True" for name, value in words.items()})


SEQUENCES = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])")


@pytest.mark.parametrize(
    ("term", "ends", "taken_back"),
    [
        ("xterm", "ABCDGHJKXdm", True),
        ("tmux", "ABCDGHJKdm", True),
        ("screen", "ABCDGHJKdm", True),
        ("linux", "ABCDGHJKXdm", True),
        ("vt100", "ABCDHJKm", False),
        ("no-such-terminal", "ABCDHm", False),
    ],
)
def test_only_what_the_terminal_knows_is_written(term: str, ends: str, taken_back: bool) -> None:
    found = frames(known_of(term))
    looks: Sequence[Style] = (
        PLAIN,
        REVERSE,
        Style(bold=True, color="red"),
        Style(color="red"),
        Style(dim=True),
    )
    told = ""
    for number in range(40):
        style = looks[number % len(looks)]
        segments = [("ab" * (number % 4) + " " * 11, style), ("x", looks[number % 3])]
        found.write(
            frame([(number % 2, number * 7 % 5, segments), (3, 4, [("z", style)])], (number % 20, number % 5))
        )
        told += all_of(found)
    sequences = SEQUENCES.findall(told)
    assert {end for _, end in sequences} <= set(ends)
    codes = {code for given, end in sequences if end == "m" for code in given.split(";")}
    assert (bool(codes & {"22", "27", "39"})) is taken_back


def test_a_terminal_of_which_nothing_is_known_gets_what_every_one_knows() -> None:
    found = frames(LEAST)
    found.write(frame([(5, 3, [("x", PLAIN)])], (19, 4)))
    assert all_of(found) == "\x1b[4;6H\x1b[mx\n\x1b[19C"
