"""Order: what the operator asks for becomes an export that can be journaled, or a sentence that says why not."""

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType

import msgspec

from services.errors import InvalidInput
from services.places import private_dir
from services.tabs.registry import BY_ID
from services.tabs.tab import PropertyTab, RecordTab, Row, Tab, ToggleTab
from services.task import Export, Format
from services.user import User

_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONGEST = 60
_MODES = {"all": "all rows", "members": "members only", "changed": "rows with staged changes"}
_UNFIT = re.compile(r"[^\w.@+-]+")


def exportable(tab: Tab, behind: Row | None = None) -> str:
    """Why this tab, or that of the page behind a row, cannot be exported; "" when it can."""
    if not isinstance(tab, ToggleTab | RecordTab) or not tab.export:
        return f"{tab.title} cannot be exported"
    known = BY_ID.get(tab.id)
    if known is not tab and (behind is None or not isinstance(known, ToggleTab) or known.opens is None):
        return f"{tab.title} of this page cannot be exported; the tab of that name on the user's page can"
    return ""


def suggested(state_dir: Path, user: User, tab: Tab, kind: Format, now: datetime) -> Path:
    """A file in the operator's documents, or else beside the state, named after user, tab and time.

    Raises `InvalidInput` when neither place can be used.
    """
    import platformdirs

    place = platformdirs.user_documents_path()
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        place = private_dir(state_dir / "exports")
    who = _UNFIT.sub("_", user.upn)[:_LONGEST].strip("._") or "user"
    return place / f"{who}-{tab.id}-{now.astimezone():%Y%m%d-%H%M%S}.{kind}"


def target(typed: str, kind: Format) -> Path:
    """The file that was typed, whole, with the ending of its kind. Blocks.

    Raises `InvalidInput` when nothing can be written there.
    """
    try:
        path = Path(typed.strip()).expanduser()
    except RuntimeError:
        raise InvalidInput(f"{typed.strip()} names a home directory that nobody has.") from None
    if not typed.strip() or not path.name or typed.strip().endswith("/"):
        raise InvalidInput("Type the name of a file.")
    path = Path(os.path.abspath(path))
    if path.suffix.lower() != f".{kind}":
        path = path.with_name(f"{path.name}.{kind}")
    try:
        _usable(path)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", "") or error
        raise InvalidInput(f"That path cannot be used ({said}); choose another: {path}") from None
    return path


def _usable(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        missing = "That is no folder" if folder.exists() else "That folder does not exist"
        raise InvalidInput(f"{missing}; make it, or choose another: {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(f"You may not write to that folder; choose another: {folder}")
    if _there(path) and path.is_dir():
        raise InvalidInput(f"That is a folder; type the name of a file in it: {path}")


def rows_of(order: Export) -> str:
    """Which rows are asked for, in words."""
    found = _MODES.get(order.mode, order.mode)
    tab = BY_ID.get(order.tab)
    if isinstance(tab, RecordTab):
        labels = {(f.id, value): label for f in tab.facets for value, label in f.options}
        chosen = [labels.get(pair, pair[1]) for pair in order.narrow.items()]
        found = ", ".join([found, *chosen])
    return f'{found}, filter "{order.filter}"' if order.filter else found


def columns_of(order: Export) -> str:
    """Which columns are asked for, in words."""
    tab = BY_ID.get(order.tab)
    if not order.columns or isinstance(tab, PropertyTab | None):
        return "all, with the id"
    return ", ".join(column.title for column in tab.columns if column.id in order.columns)


def told(order: Export) -> list[tuple[str, str]]:
    """What an export was asked to write, as labels and texts."""
    return [
        ("Format", order.format.value.upper()),
        ("Rows", rows_of(order)),
        ("Columns", columns_of(order)),
        ("A file of that name", "is replaced" if order.overwrite else "is left alone"),
    ]


def _there(path: Path) -> bool:
    """Whether something has this name. Raises `OSError` and `ValueError` for what cannot be a name."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def order(
    tab: Tab,
    user: User,
    path: Path,
    *,
    columns: tuple[str, ...] = (),
    filter: str = "",  # noqa: A002 (the field's name)
    narrow: Mapping[str, str] = _NOTHING,
    mode: str = "all",
    staged: tuple[str, ...] = (),
    overwrite: bool = False,
    behind: Row | None = None,
) -> Export:
    """The export of a tab to a file; the ending says its kind. Raises `InvalidInput`."""
    if objection := exportable(tab, behind):
        raise InvalidInput(f"{objection}.")
    return Export(
        title=f"Export {tab.title}",
        tab=tab.id,
        user=user.id,
        path=str(path),
        token=token_hex(8),
        format=Format(path.suffix[1:].lower()),
        columns=columns,
        filter=filter,
        narrow=dict(narrow),
        mode=mode,
        staged=staged if mode != "all" else (),
        overwrite=overwrite,
        behind=None if behind is None else msgspec.to_builtins(behind),
    )
