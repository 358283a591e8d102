"""HalfFile: a folder of one's own beside the final file, so that under its name there is never half a file."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from services.errors import InvalidInput


class HalfFile:
    """The work of one try at one export. What earlier tries left behind is removed when it opens.

    All methods block, and raise `OSError` where nothing else is said.
    """

    def __init__(self, target: Path, token: str) -> None:
        self._target = target
        self._token = token
        self.folder = target.parent

    @property
    def path(self) -> Path:
        """Where the file is written."""
        return self.folder / "file"

    @property
    def spool(self) -> Path:
        """Where its rows are kept until they are written."""
        return self.folder / "rows"

    def placed(self) -> int | None:
        """The size of the whole file if an earlier try put it in its place and was cut off before it said so."""
        try:
            there = self._target.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        mine = any(_same(folder / "file", there) for folder in self._folders())
        return there.st_size if mine else None

    def open(self) -> None:
        """Makes the folder (0700)."""
        self.remove()
        self.folder = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self._target.parent))

    def place(self, *, overwrite: bool) -> None:
        """Gives the file its final name. Raises `InvalidInput` when there is one already and it may not go."""
        if overwrite:
            os.replace(self.path, self._target)
        else:
            self._link()
        directory = os.open(self._target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def remove(self) -> None:
        """Removes the folders of this export. What cannot be removed stays, hidden and readable by its owner alone."""
        for folder in self._folders():
            shutil.rmtree(folder, ignore_errors=True)

    def _link(self) -> None:
        taken = InvalidInput(
            f"{self._target} is there already and was left as it is. Export under another name."
        )
        try:
            os.link(self.path, self._target)
        except FileExistsError:
            raise taken from None
        except OSError:
            # a file system without hard links; the moment between the look and the move is all that is lost
            if os.path.lexists(self._target):
                raise taken from None
            os.rename(self.path, self._target)

    @property
    def _prefix(self) -> str:
        return f".rollcall-export-{self._token}-"

    def _folders(self) -> Iterator[Path]:
        try:
            found = list(self._target.parent.glob(f"{self._prefix}*"))
        except OSError:
            return
        yield from found


def _same(path: Path, there: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(follow_symlinks=False), there)
    except OSError:
        return False
