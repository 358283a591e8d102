"""The pseudo-terminal itself: what is pressed arrives, what is drawn is seen, an end is an end."""

import sys
import unicodedata

import pytest

from tests.journeys.terminal import Terminal

ECHO = """
import os, sys, termios, tty
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
while (keys := os.read(0, 100)) != b"q":
    print(ascii(keys.decode()), end="\\r\\n", flush=True)
sys.exit(3)
"""


@pytest.mark.parametrize(
    ("key", "bytes_sent"),
    [
        ("down", r"'\x1b[B'"),
        ("shift+f6", r"'\x1b[17;2~'"),
        ("f2", r"'\x1bOQ'"),
        ("ctrl+x", r"'\x18'"),
        ("é", r"'\xe9'"),
    ],
)
def test_keys_arrive_as_a_terminal_sends_them(key: str, bytes_sent: str) -> None:
    with Terminal([sys.executable, "-c", ECHO]) as terminal:
        terminal.wait_for("ready")
        terminal.press(key)
        terminal.wait_for(bytes_sent)
        terminal.press("q")
        assert terminal.wait_for_exit() == 3


def test_a_killed_program_is_gone_and_a_missing_text_shows_the_screen() -> None:
    with Terminal([sys.executable, "-c", ECHO], columns=40, rows=10) as terminal:
        terminal.wait_for("ready")
        with pytest.raises(AssertionError, match=r"went by before .*'nowhere'.*\n\|ready"):
            terminal.wait_for("nowhere", timeout=0.05)
        terminal.kill()
        assert terminal.closed
        assert len(terminal.screen) == 10


HALVES = """
import os, sys, termios, tty
tty.setraw(0)
os.write(1, b"\\x1b[?2026$")
os.write(1, b"p\\x1b[5n")
answer = b""
while len(answer) < 15:
    answer += os.read(0, 100)
os.write(1, b"begun\\r\\n")
os.read(0, 1)
os.write(1, b"\\x1b[?2026hone\\r\\n")
os.read(0, 1)
os.write(1, ascii(answer.decode()).encode() + b"\\x1b[?2026l")
"""


def test_questions_are_answered_and_half_a_frame_is_not_read() -> None:
    with Terminal([sys.executable, "-c", HALVES]) as terminal:
        terminal.wait_for("begun")
        terminal.press("x")
        with pytest.raises(AssertionError, match=r"went by before .*'one'.*\n\|begun\n\|one"):
            terminal.wait_for("one", timeout=0.5)
        terminal.press("x")
        terminal.wait_for("one")
        assert terminal.screen[2] == r"'\x1b[?2026;2$y\x1b[0n'"


@pytest.mark.parametrize(
    "name", ["ประเสริฐ ศรีสุข", "नमस्ते", "渡邉健太", "e\u0301", "👩\u200d🔬 lab", "یک\u200cروز"]
)
def test_names_with_marks_and_joiners_are_seen_whole(name: str) -> None:
    with Terminal([sys.executable, "-c", f"print({name!r}, 'end')"]) as terminal:
        terminal.wait_for("end")
        assert terminal.screen[0] == f"{unicodedata.normalize('NFC', name)} end"
