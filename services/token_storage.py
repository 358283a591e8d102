"""Token storage: who was signed in last, and, where the operator asked for it, the tokens; and taking it all away.

By default tokens live in memory alone. "keyring" keeps them in the desktop's keyring (libsecret), "file" in a
file of mode 0600 that holds refresh tokens in the clear. Both are azure-identity's own stores, below
`~/.IdentityService`. The AuthenticationRecord holds no secret: it tells which account of the store to use.
"""

import importlib
import os
import tempfile
from pathlib import Path
from typing import Any, Literal, TypeAlias

from services.errors import InvalidInput

TokenStorage: TypeAlias = Literal["memory", "keyring", "file"]

_STORES = Path(".IdentityService")
_SUFFIXES = (".cae", ".nocae")


def record_file(state_dir: Path, tenant_id: str) -> Path:
    """Where the AuthenticationRecord of a tenant lies."""
    return state_dir / f"signed-in-{tenant_id}.json"


def options(storage: TokenStorage, tenant_id: str) -> dict[str, Any]:
    """The credential's settings for this storage; none for memory."""
    if storage == "memory":
        return {}
    identity = importlib.import_module("azure.identity")
    kept = identity.TokenCachePersistenceOptions(
        name=_name(tenant_id), allow_unencrypted_storage=storage == "file"
    )
    return {"cache_persistence_options": kept}


def recorded(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """The credential's settings, with who was signed in last where that is known.

    A record of another application, tenant or authority is not used: the record's own authority would be asked.
    """
    identity = importlib.import_module("azure.identity")
    try:
        record = identity.AuthenticationRecord.deserialize(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return settings
    known = (f"https://{record.authority}", record.client_id, record.tenant_id)
    if known != (settings["authority"], settings["client_id"], settings["tenant_id"]):
        return settings
    # azure-identity takes the authority from the record, and not a second time
    rest = {name: value for name, value in settings.items() if name != "authority"}
    return {**rest, "authentication_record": record}


def keep(path: Path, record: Any) -> None:
    """Writes the record so that it is whole or not there at all. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(record.serialize())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def forget(state_dir: Path, tenant_id: str, home: Path | None = None) -> list[str]:
    """Takes away all that a sign-in left behind; what was there, in words. Raises `InvalidInput`."""
    found = []
    try:
        record = record_file(state_dir, tenant_id)
        if record.exists():
            record.unlink()
            found.append("the account that was signed in")
        for suffix in _SUFFIXES:
            store = (home or Path.home()) / _STORES / f"{_name(tenant_id)}{suffix}"
            if store.exists():
                _empty_keyring(store)
                store.unlink()
                found.append(f"the tokens in {store}")
            store.with_name(f"{store.name}.lockfile").unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"{error.filename} could not be removed: {error.strerror}. Remove it by hand."
        ) from None
    return found


def _name(tenant_id: str) -> str:
    return f"rollcall-{tenant_id}"


def _empty_keyring(store: Path) -> None:
    """Overwrites what the keyring holds under this store's name; where there is no keyring, nothing is in one.

    The names are those that azure-identity gives (`azure/identity/_persistent_cache.py`).
    """
    extensions = importlib.import_module("msal_extensions")
    try:
        kept = extensions.LibsecretPersistence(
            str(store), store.name, {"MsalClientID": "Microsoft.Developer.IdentityService"}, label="MSALCache"
        )
    except (ImportError, OSError, ValueError, RuntimeError):
        return
    kept.save("{}")
