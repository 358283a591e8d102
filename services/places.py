"""Where things lie on this machine: the profile file, the state directory and what is in it."""

import stat
from pathlib import Path

from services.errors import InvalidInput


def default_config() -> Path:
    """The profile file that is read when none is named."""
    import platformdirs

    return platformdirs.user_config_path("rollcall") / "config.toml"


def default_state() -> Path:
    """The state directory that is used when none is named."""
    import platformdirs

    return platformdirs.user_state_path("rollcall")


def state_file(state_dir: Path) -> Path:
    """The database with pending changes, processes, cache and audit."""
    return state_dir / "rollcall.db"


def sandbox_dir(state_dir: Path) -> Path:
    """The embedded tenant's data, locks and endpoint."""
    return state_dir / "sandbox"


def private_dir(path: Path) -> Path:
    """The directory, made (0700) where it is missing. Raises `InvalidInput` when it cannot be used safely."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.stat().st_mode
    except OSError as error:
        raise InvalidInput(f"The directory {path} cannot be used: {error.strerror}.") from None
    if stat.S_IMODE(mode) & 0o022:
        raise InvalidInput(f"Others can write to the directory {path}: chmod 700 {path}")
    return path
