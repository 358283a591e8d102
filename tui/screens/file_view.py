"""FileView: an exported file opened where the program runs: in a pager, or by saying how to fetch it."""

import asyncio
import getpass
import os
import shlex
import shutil
import signal
import socket
from pathlib import Path
from types import FrameType

from textual.app import App, SuspendNotSupported

from services.task import Export, Format, decode
from state.values import Step, StepClass
from tui.screens.dialogs.details import Details
from tui.screens.page import Page


def exported_file(step: Step) -> bool:
    """Whether the step is an export that wrote its file."""
    return step.state is StepClass.DONE and isinstance(decode(step.operation), Export)


async def open_exported(page: Page, step: Step | None) -> None:
    """Opens the file that a step wrote, or says why there is none."""
    if step is None or not isinstance(decode(step.operation), Export):
        page.say("This wrote no file. Only exports do.")
    elif step.state is not StepClass.DONE:
        page.say(f"There is no file: the export is {step.state.value}. {step.sentence}")
    else:
        await open_file(page.app, Path(step.target))


async def open_file(app: App[None], path: Path) -> None:
    """Shows a CSV file in `$PAGER` (less, more); of a workbook, which no terminal shows, where to fetch it."""
    if not await asyncio.to_thread(path.is_file):
        app.push_screen(Details("The file is gone", [("File", str(path)), ("Why", _GONE)]))
        return
    command = _pager() if path.suffix.lower() == f".{Format.CSV}" else ()
    if not command or app.is_headless or not await _paged(app, (*command, str(path))):
        app.push_screen(Details("Exported file", await asyncio.to_thread(_ways, path)))


_GONE = "It was moved or deleted since it was written. Export again if you need it."


def _pager() -> tuple[str, ...]:
    """The operator's pager; less keeps long lines long, and none of its kind starts another program."""
    for wanted in (os.environ.get("PAGER", ""), "less", "more"):
        try:
            words = shlex.split(wanted)
        except ValueError:
            continue
        if words and shutil.which(words[0]):
            return (*words, "-S") if Path(words[0]).name == "less" else tuple(words)
    return ()


async def _paged(app: App[None], command: tuple[str, ...]) -> bool:
    """Gives the terminal to the pager until it ends; False when it could not.

    What runs goes on meanwhile. Nothing is drawn, as Textual's writer stands still while it is suspended.
    """
    failed = True
    try:
        with app.batch_update(), app.suspend():
            # Ctrl+C is for the pager alone
            before = signal.signal(signal.SIGINT, _ignored)
            try:
                viewer = await asyncio.create_subprocess_exec(*command, env={**os.environ, "LESSSECURE": "1"})
                failed = await viewer.wait() not in (0, -signal.SIGINT)
            except OSError:
                # said by the caller, with other ways
                failed = True
            finally:
                signal.signal(signal.SIGINT, before)
    except SuspendNotSupported:
        return False
    return not failed


def _ignored(number: int, frame: FrameType | None) -> None:
    return None


def _ways(path: Path) -> list[tuple[str, str]]:
    """Where the file is, and how it comes to the operator's own machine."""
    whole = f"{getpass.getuser()}@{socket.gethostname()}:{shlex.quote(str(path))}"
    return [
        ("File", str(path)),
        ("Size", f"{path.stat().st_size:,} bytes"),
        ("Fetch it with", f"scp {shlex.quote(whole)} ."),
    ]
