"""A few real kills, by the documented command; the long form makes a thousand of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(120)
def test_a_program_that_is_killed_again_and_again_ends_with_the_truth() -> None:
    command = [sys.executable, "-m", "tests.faults", "--kills", "5", "--seed", "20", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"([\d,]+) kills in .*: 0 wrong", done.stdout)
    assert told, done.stdout
    assert int(told[1].replace(",", "")) >= 5
