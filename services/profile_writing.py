"""Writes a new tenant into the profile file: checked as a whole before the old file is replaced."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from services.errors import InvalidInput
from services.profile_file import load

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def add_tenant(path: Path, name: str, facts: Mapping[str, str | bool]) -> None:
    """Appends `[tenants.NAME]` with these keys, mode 0600; what stands in the file stays as it is.

    Raises `InvalidInput` when there is such a tenant already, or the file would not be right: then it is
    unchanged.
    """
    before = ""
    if path.exists():
        if name in load(path).tenants:
            raise InvalidInput(
                f"{path} already has a tenant {name!r}: choose another name, or edit the file."
            )
        before = path.read_text(encoding="utf-8-sig").rstrip() + "\n\n"
    # a dot in a bare name would be a table within a table
    key = name if _BARE.fullmatch(name) else json.dumps(name)
    lines = [f"{fact} = {json.dumps(value, ensure_ascii=False)}" for fact, value in facts.items()]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise InvalidInput(f"{path.parent} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(before + f"[tenants.{key}]\n" + "\n".join(lines) + "\n")
        _checked(Path(temporary), path)
        Path(temporary).replace(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _checked(written: Path, path: Path) -> None:
    try:
        load(written)
    except InvalidInput as error:
        raise InvalidInput(error.sentence.replace(str(written), str(path))) from None
