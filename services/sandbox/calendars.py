"""The calendars of a mailbox, in the language of their owner, and the entries of those who may see them."""

import base64
from collections.abc import Iterable

import msgspec

from services.sandbox.mailboxes import Mailbox, Record

DEFAULT, ANONYMOUS = "Default", "Anonymous"
SPECIAL = {DEFAULT.casefold(): DEFAULT, ANONYMOUS.casefold(): ANONYMOUS}
USUAL = ("Calendar",)


class Entry(msgspec.Struct):
    """What one may do; `flags` are those of a delegate."""

    rights: list[str]
    flags: list[str] = []


class Folder(msgspec.Struct):
    """One calendar; `entries` by the id of the object, the special name, or a SID that nobody bears any more."""

    id: str
    name: str
    default: bool
    entries: dict[str, Entry]


def folders(mailbox: Mailbox) -> list[Folder]:
    """The calendars of a mailbox: those that were stored, else the one that everybody has."""
    stored = mailbox.record.calendars
    return msgspec.convert(stored, list[Folder]) if stored else made(mailbox.id, USUAL)


def made(mailbox: str, names: Iterable[str]) -> list[Folder]:
    """New calendars, the first of them the default one, with the entries that each has from the start."""
    return [
        Folder(
            folder_id(mailbox, number),
            name,
            number == 0,
            {DEFAULT: Entry(["AvailabilityOnly"]), ANONYMOUS: Entry(["None"])},
        )
        for number, name in enumerate(names)
    ]


def keep_in(record: Record, changed: list[Folder]) -> None:
    """Puts calendars into a mailbox's record, which is still to be stored."""
    record.calendars = [msgspec.to_builtins(folder) for folder in changed]


def folder_id(mailbox: str, number: int) -> str:
    """An id as Exchange makes them: base64 of bytes that mean nothing outside."""
    raw = b"\x2e\0\0\0\0" + bytes.fromhex(mailbox.replace("-", "")) + b"\x01\0" + bytes([number]) * 7
    return base64.b64encode(raw).decode()
