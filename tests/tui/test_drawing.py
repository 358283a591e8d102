"""How a photo is drawn: as well as the terminal says it can, without a word to it."""

import sys
from pathlib import Path

import pexpect
import pytest

from services.profile import Config
from tui.doctor import photos
from tui.drawing import Drawing, drawing

ROOT = Path(__file__).resolve().parents[2]
TRUE = {"COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"TERM": "xterm-kitty"}, Drawing.KITTY),
        ({"TERM": "xterm-ghostty"}, Drawing.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, Drawing.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Drawing.SIXEL),
        ({"TERM": "foot"}, Drawing.SIXEL),
        ({"TERM": "xterm-256color"}, Drawing.HALF_CELLS),
        ({"TERM": "xterm", **TRUE}, Drawing.HALF_CELLS),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "kitty"}, Drawing.HALF_CELLS),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux", **TRUE}, Drawing.HALF_CELLS),
        ({"TERM": "screen", "STY": "1.pts"}, Drawing.INITIALS),
        ({"TERM": "xterm"}, Drawing.INITIALS),
        ({"TERM": "linux"}, Drawing.INITIALS),
        ({"TERM": "vt100"}, Drawing.INITIALS),
        ({}, Drawing.INITIALS),
    ],
)
def test_what_the_environment_tells(env: dict[str, str], found: Drawing) -> None:
    assert drawing(env, "auto", plain=False) is found
    assert drawing(env, "auto", plain=True) is Drawing.INITIALS
    assert drawing({**env, "NO_COLOR": "1"}, "sixel", plain=False) is Drawing.INITIALS
    assert drawing(env, "sixel", plain=False) is Drawing.SIXEL


def test_the_doctor_tells_how() -> None:
    env = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    assert photos(env, Config()).words == 'half-cells; photo = "…" in the profile file changes it'
    assert photos(env, Config(photo="sixel")).words == "sixel; as the profile file says"
    assert photos({**env, "LANG": "C"}, Config()).words.startswith("initials; ")


def test_the_library_asks_a_real_terminal_nothing(tmp_path: Path) -> None:
    program = tmp_path / "load.py"
    program.write_text(
        "import io\n"
        "from PIL import Image\n"
        "from tui.widgets.photo import _loaded\n"
        "content = io.BytesIO()\n"
        "Image.new('RGB', (9, 9)).save(content, 'JPEG')\n"
        "library, _ = _loaded(content.getvalue())\n"
        "print('cells', *library.get_cell_size())\n",
        encoding="utf-8",
    )
    child = pexpect.spawn(
        sys.executable, [str(program)], env={"TERM": "xterm-kitty", "PYTHONPATH": str(ROOT)}, timeout=60
    )
    said = child.read()
    assert said == b"cells 10 20\r\n"
