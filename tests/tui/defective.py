"""A Rollcall with a mistake in it: `python -m tests.tui.defective PLACE ARGUMENTS…` breaks at that place.

What it raises holds, in its messages, its causes and the variables of its functions, everything that must get into
no file and onto no terminal.
"""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from services.secret import Secret

PASSWORD = "Tr0ub4dor-and-3"
TOKEN = "eyJhbGciOiJub25lIn0.eyJ1cG4iOiJyb290In0.c2lnbmF0dXJl"
PERSON = "Grace Hopper-Quux"
UPN = "grace.quux@contoso.example"
UNTOLD = (PASSWORD, TOKEN, PERSON, UPN, "Quux", "Tr0ub4dor")
"""What nobody may ever find."""


def broken(*_: object, **__: object) -> None:
    """Fails while it handles a failure, with everybody's data at hand."""
    password, token, held = PASSWORD, TOKEN, Secret(PASSWORD)
    person = {"displayName": PERSON, "userPrincipalName": UPN, "passwordProfile": {"password": password}}
    try:
        _inner(person, token)
    except KeyError as error:
        raise ExceptionGroup(
            f"two of {person} failed", [ValueError(f"{password} {held.reveal()}"), TypeError(PERSON)]
        ) from error


def _inner(person: dict[str, Any], token: str) -> None:
    try:
        raise LookupError(f"Bearer {token} of {UPN}")
    except LookupError:
        raise KeyError(person["displayName"]) from None


async def broken_later(*_: object, **__: object) -> Any:
    """The same for what is awaited."""
    broken()


def _tab() -> None:
    from services.tabs import basics

    msgspec.structs.force_setattr(basics.TAB, "load", broken_later)


def _runner() -> None:
    from services.jobs import flight

    flight.carry = broken_later


def _key() -> None:
    from tui.screens.users import UsersScreen

    UsersScreen.action_help = broken  # type: ignore[method-assign]


def _form() -> None:
    from tui.screens.dialogs.form import FormDialog

    FormDialog.action_whole_plan = broken  # type: ignore[method-assign]


def _doctor() -> None:
    import services.reach

    services.reach.reach = broken_later


def _beside() -> None:
    """In a thread, and in a task that nobody waits for; the program itself goes on."""
    import tui.doctor

    before = tui.doctor._tenant

    async def instead(profile: Any, state_dir: Path) -> Any:
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
        task = asyncio.ensure_future(broken_later())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait({task}, timeout=5)
        del task
        return await before(profile, state_dir)

    tui.doctor._tenant = instead


PLACES: dict[str, Callable[[], None]] = {
    "tab": _tab,
    "runner": _runner,
    "key": _key,
    "form": _form,
    "doctor": _doctor,
    "beside": _beside,
}

if __name__ == "__main__":
    from tui.cli import main

    PLACES[sys.argv[1]]()
    sys.exit(main(sys.argv[2:]))
