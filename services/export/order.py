"""Order: what the operator asks for becomes an export that can be journaled, or a sentence that says why not."""

import os
import re
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from services.errors import InvalidInput
from services.places import private_dir
from services.tabs.registry import BY_ID
from services.tabs.tab import RecordTab, Tab, ToggleTab
from services.task import Export, Format
from services.user import User

_LONGEST = 60
_UNFIT = re.compile(r"[^\w.@+-]+")


def exportable(tab: Tab) -> str:
    """Why this tab cannot be exported; "" when it can."""
    if not isinstance(tab, ToggleTab | RecordTab) or not tab.export:
        return f"{tab.title} cannot be exported"
    if BY_ID.get(tab.id) is not tab:
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
        raise InvalidInput(f"{path} cannot be used: {getattr(error, 'strerror', '') or error}.") from None
    return path


def _usable(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        missing = "is no folder" if folder.exists() else "does not exist"
        raise InvalidInput(f"The folder {folder} {missing}. Make it, or choose another.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(f"The folder {folder} is not writable for you. Choose another.")
    if _there(path) and path.is_dir():
        raise InvalidInput(f"{path} is a folder. Type the name of a file in it.")


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
    mode: str = "all",
    staged: tuple[str, ...] = (),
    overwrite: bool = False,
) -> Export:
    """The export of a tab to a file; the ending says its kind. Raises `InvalidInput`."""
    if objection := exportable(tab):
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
        mode=mode,
        staged=staged if mode != "all" else (),
        overwrite=overwrite,
    )
