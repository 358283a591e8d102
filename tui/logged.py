"""Logged: a command's own beginning and end in the log that the operator asked for, by flag or in the profile file."""

import argparse
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.log.events import tell
from services.log.recording import Log, recording
from services.profile import Config


@contextmanager
def logged(arguments: argparse.Namespace, config: Config, command: str) -> Iterator[Log]:
    """Records as long as the command runs.

    Raises `InvalidInput` when the log cannot be written as it must be.
    """
    named = Path(config.log) if config.log else None
    with recording(arguments.log or named) as log:
        tell("started", command=command, python=platform.python_version())
        try:
            yield log
        finally:
            error = sys.exc_info()[0]
            tell("ended", command=command, error=error.__name__ if error else "")
