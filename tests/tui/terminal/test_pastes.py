"""What is pasted is text, whatever it holds: no escape in it ends the paste, and nothing of it becomes a key."""

from textual import events

from tui.terminal.driver import _Parser
from tui.terminal.pace import ANSWER
from tui.terminal.pastes import END, START

PASTED = "Adele\r\n\x1b[31mred\x1b[0m\r\x1b\x1bq"


def _read(*parts: str, answers: list[None] | None = None) -> list[str]:
    told: list[str] = []
    parser = _Parser(lambda: None if answers is None else answers.append(None))
    for part in parts:
        for message in parser.feed(part):
            if isinstance(message, events.Paste):
                told.append(f"pasted {message.text}")
            elif isinstance(message, events.Key):
                told.append(message.key)
    return told


def test_an_escape_in_a_paste_does_not_end_it() -> None:
    """Else the line end after it would press Enter."""
    assert _read(f"a{START}{PASTED}{END}b") == ["a", f"pasted {PASTED}".replace("\x1b", "\ufffd"), "b"]


def test_a_paste_may_come_in_any_parts() -> None:
    """The line may be cut anywhere, amid a mark as well."""
    whole = f"a{START}{PASTED}{END}b{START}c{END}\x1b[A"
    for size in (1, 2, 3, 5, 7):
        parts = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert _read(*parts) == ["a", f"pasted {PASTED}".replace("\x1b", "\ufffd"), "b", "pasted c", "up"]


def test_an_answer_amid_a_paste_is_no_part_of_it() -> None:
    """Whole or in two parts, it is counted once."""
    for cut in range(len(ANSWER)):
        answers: list[None] = []
        assert _read(f"{START}a{ANSWER[:cut]}", f"{ANSWER[cut:]}b{END}", answers=answers) == ["pasted ab"]
        assert len(answers) == 1


def test_keys_outside_of_a_paste_stay_keys() -> None:
    """Also those that begin as a paste does."""
    assert _read("\x1b[20~", "\x1b", "[A", "x") == ["f9", "up", "x"]
