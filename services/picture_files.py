"""Picture files: what lies in a folder of this machine, to choose a photo from: folders, and pictures by content."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from services.errors import InvalidInput
from services.found import Found, Recipient
from services.picture import LARGEST_FILE
from services.tenant import Tenant

_MOST = 200
_BEGINNINGS = {
    b"\xff\xd8\xff": "JPG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
"""What files begin with, whatever they are called."""


async def find(tenant: Tenant, typed: str) -> Found:
    """`listed`, in a thread."""
    return await asyncio.to_thread(listed, typed)


def listed(typed: str) -> Found:
    """The folder that the typed path lies in: the one above, its folders, then its pictures with what they hold.

    Only names that hold what was typed behind the last "/". The ids are paths, a folder's with "/" at its end.
    Raises `InvalidInput` with a sentence where the folder cannot be read.
    """
    place, _, wanted = typed.rpartition("/")
    folder = Path(f"{place}/").expanduser()
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name.casefold())
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInput(f"The folder {folder} cannot be read ({why}).") from None
    fitting = [entry for entry in entries if _fits(entry.name, wanted)]
    files = [entry for entry in fitting if _is(entry.is_file)]
    pictures = [picture for entry in files if (picture := _picture(entry))]
    folders = [_folder(entry.path, entry.name, "folder") for entry in fitting if _is(entry.is_dir)]
    above = [_folder(str(folder.parent), "..", "the folder above")] if folder.parent != folder else []
    found = [*(() if wanted else above), *folders, *pictures]
    return Found(tuple(found[:_MOST]), _left_out(len(found) - _MOST, len(files) - len(pictures)))


def _fits(name: str, wanted: str) -> bool:
    """Hidden files are for who types a dot; a name that would not be drawn as it is cannot be typed either."""
    return (
        wanted.casefold() in name.casefold()
        and name.isprintable()
        and (wanted.startswith(".") or not name.startswith("."))
    )


def _is(asked: Callable[[], bool]) -> bool:
    """What the file system tells of an entry; what it does not tell is no."""
    try:
        return asked()
    except OSError:
        return False


def _folder(path: str, name: str, about: str) -> Recipient:
    return Recipient(f"{path.rstrip('/')}/", f"{name}/", about, "folder")


def _picture(entry: "os.DirEntry[str]") -> Recipient | None:
    try:
        with open(entry.path, "rb") as file:
            begins = file.read(8)
        size = entry.stat().st_size
    except OSError:
        return None
    kind = next((kind for beginning, kind in _BEGINNINGS.items() if begins.startswith(beginning)), "")
    if not kind:
        return None
    large = ": too large" if size >= LARGEST_FILE else ""
    return Recipient(entry.path, entry.name, f"{kind}, {-(-size // 1024):,} KB{large}", "file")


def _left_out(more: int, others: int) -> str:
    told = [f"{more:,} more: type part of the name"] if more > 0 else []
    if others:
        noun = "file is" if others == 1 else "files are"
        told.append(f"{others:,} {noun} no JPG, PNG or GIF that can be read")
    return "; ".join(told)
