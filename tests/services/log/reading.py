"""What the tests of the log share: a recording to a file, and its lines read back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.log.recording import Log, recording


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Every line of the log, each a JSON object."""
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def logging_to(path: Path) -> Iterator[Log]:
    """Records to this file; at the end of the block every line is in it."""
    with recording(path) as log:
        yield log
