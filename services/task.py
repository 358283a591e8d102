"""Task: what one step of a process is, as plain data: a call to a service, or the export of a tab."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from services.operation import ENCODER, Json, Operation
from state.values import NewStep

EXPORT = "export"
"""The kind of a process that writes a file and nothing else."""


class Format(StrEnum):
    """What kind of file is written; the value is the file name's ending, too."""

    CSV = "csv"
    XLSX = "xlsx"


class Export(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="task", tag=EXPORT):
    """One tab of one user, written to a file: enough to do it days later, without a screen.

    `tab` and `user` are ids. `columns` are ids of the tab's columns (none: every one, with the id and why
    switches are locked). `filter`, `narrow` (by facet) and `mode` say which rows, as on the screen: `mode` is "all",
    "members" (a switch is on, or one is staged) or "changed"; `staged` are the keys of the rows that had
    staged changes. `token` names the half file, so that whoever takes the export up again finds it.
    `behind` is the row of that tab on whose page it was asked for, None where it was the tab itself.
    """

    title: str
    tab: str
    user: str
    path: str
    token: str
    format: Format = Format.CSV
    columns: tuple[str, ...] = ()
    filter: str = ""
    narrow: dict[str, str] = {}
    mode: str = "all"
    staged: tuple[str, ...] = ()
    overwrite: bool = False
    behind: Json = None


Task: TypeAlias = Operation | Export


class _Head(msgspec.Struct):
    task: str = ""


_HEAD = msgspec.json.Decoder(_Head)
_DECODERS: dict[str, msgspec.json.Decoder[Operation] | msgspec.json.Decoder[Export]] = {
    "": msgspec.json.Decoder(Operation),
    EXPORT: msgspec.json.Decoder(Export),
}


def decode(stored: bytes) -> Task:
    """What a step of the journal is. Raises `msgspec.ValidationError` for what this version does not know."""
    kind = _HEAD.decode(stored).task
    if kind not in _DECODERS:
        raise msgspec.ValidationError(f"a step of the kind {kind!r}")
    return _DECODERS[kind].decode(stored)


def export_step(order: Export) -> NewStep:
    """The step as it is journaled; two exports to one file are never under way at once."""
    return NewStep(ENCODER.encode(order), order.title, order.path, serial=f"file:{order.path}")
