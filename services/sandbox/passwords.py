"""Passwords of the tenant: set at once for cloud users, written back for synced ones; never given to anybody."""

import hashlib
import re
import secrets
import sqlite3
import string
from pathlib import Path

from services.sandbox import audit_trail
from services.sandbox.answers import (
    ENCODE,
    Call,
    Json,
    Refusal,
    Reply,
    bad_request,
    new_id,
    not_found,
    now_iso,
    ok,
)
from services.sandbox.directory_reads import user_of
from services.sandbox.document_list import add, find, remove
from services.sandbox.odata_query import refuse_options
from services.sandbox.store import Store, Thing

METHOD = "28c10230-6103-485e-b985-444c60001490"
RULES = (
    "The specified password does not comply with password complexity requirements. Please provide a different"
    " password."
)
_FIELDS = {
    "password": str,
    "forceChangePasswordNextSignIn": bool,
    "forceChangePasswordNextSignInWithMfa": bool,
}
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation + " ")
_BANNED = ("password", "contoso", "qwerty", "12345678")
_SPELLED = str.maketrans("0134@$5", "oieaass")
_POLLS = 2
"""How often a write-back says that it is still under way."""


def check_profile(value: Json, user_name: str) -> None:
    """Refuses a passwordProfile that the directory would not take. Raises Refusal."""
    if not isinstance(value, dict) or not value:
        raise bad_request("Invalid value specified for property 'passwordProfile' of resource 'User'.")
    for name, given in value.items():
        if name not in _FIELDS:
            raise bad_request(f"Invalid property '{name}'.")
        if type(given) is not _FIELDS[name]:
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")
    if "password" in value:
        _check(value["password"], user_name)


def set_profile(store: Store, user: Thing, value: dict[str, Json]) -> dict[str, Json]:
    """Sets it; returns what of it the user's document shows."""
    if "password" not in value:
        return {}
    return _set(store, user, _hashed(value["password"]))


def reset(store: Store, call: Call, key: str, method: str) -> Reply:
    """POST …/authentication/methods/{id}/resetPassword: 202, and a place that tells how it ends."""
    refuse_options(call)
    user = user_of(store, key)
    if method.lower() != METHOD:
        raise not_found(method)
    body = call.json()
    if set(body) - {"newPassword"}:
        raise bad_request(f"Invalid property '{min(set(body) - {'newPassword'})}'.", "badRequest")
    if user.id == store.fact("admin_id"):
        raise Refusal(
            403, "accessDenied", "The password of your own account cannot be reset by this operation."
        )
    text = body.get("newPassword")
    if not isinstance(text, str):
        raise bad_request("A new password must be specified: this tenant makes none up.", "badRequest")
    document = user.read()
    upn = str(document["userPrincipalName"])
    _check(text, upn)
    operation = {
        "id": new_id(),
        "user": user.id,
        "created": now_iso(),
        "polls": 0,
        "hash": _hashed(text),
        "refused": _named(text, upn) and document.get("onPremisesSyncEnabled") is True,
    }
    with store.transaction():
        add(store, "passwordOperations", operation)
    place = f"{call.root}/users/{user.id}/authentication/operations/{operation['id']}"
    answer = {
        "@odata.context": f"{call.root}/$metadata#microsoft.graph.passwordResetResponse",
        "newPassword": None,
    }
    return Reply(202, ENCODE(answer), (("Location", place), ("Retry-After", "1")))


def operation(store: Store, call: Call, key: str, identity: str) -> Reply:
    """GET …/authentication/operations/{id}: how far a reset is."""
    user = user_of(store, key)
    kept = find(store, "passwordOperations", identity)
    if kept is None or kept.doc["user"] != user.id:
        raise not_found(identity)
    found = {**kept.doc, "polls": kept.doc["polls"] + 1}
    ended = found["polls"] > _POLLS
    with store.transaction():
        if ended and not found["refused"] and "done" not in found:
            store.save(user, user.read() | _set(store, user, found["hash"]))
            found["done"] = now_iso()
        remove(store, "passwordOperations", identity)
        add(store, "passwordOperations", found)
    status, detail = ("running" if found["polls"] > 1 else "notStarted"), None
    if ended:
        status = "failed" if found["refused"] else "succeeded"
        refused = "The password does not meet the password policy of the on-premises Active Directory."
        detail = refused if found["refused"] else "ResetSuccess"
    return ok(
        {
            "@odata.context": f"{call.root}/$metadata#users('{user.id}')/authentication/operations/$entity",
            "id": identity,
            "createdDateTime": found["created"],
            "lastActionDateTime": now_iso(),
            "resourceLocation": f"{call.root}/users/{user.id}/authentication/methods/{METHOD}",
            "status": status,
            "statusDetail": detail,
        }
    )


def matches(data: Path, user: str, text: str) -> bool:
    """Whether this is the password that was set for the user with this id, in the tenant's file."""
    with sqlite3.connect(f"file:{data}?mode=ro", uri=True) as db:
        row = db.execute("SELECT value FROM tenant WHERE key=?", (f"password:{user}",)).fetchone()
    return row is not None and _hashed(text, row[0].partition("$")[0]) == row[0]


def _check(text: str, user_name: str) -> None:
    kinds = sum(bool(set(text) & set(kind)) for kind in _KINDS)
    plain = re.sub(r"[^a-z0-9]", "", text.casefold().translate(_SPELLED))
    wrong = not 8 <= len(text) <= 256 or kinds < 3 or any(not " " <= c <= "~" for c in text)
    if wrong or any(word in plain and len(plain) < len(word) + 6 for word in _BANNED):
        raise bad_request(RULES)


def _named(text: str, user_name: str) -> bool:
    return user_name.partition("@")[0].casefold() in text.casefold()


def _set(store: Store, user: Thing, hashed: str) -> dict[str, Json]:
    with store.transaction():
        store.db.execute("INSERT OR REPLACE INTO tenant VALUES (?,?)", (f"password:{user.id}", hashed))
        audit_trail.write(
            store, "Reset user password", "UserManagement", "Update", [audit_trail.target(user)]
        )
    return {"lastPasswordChangeDateTime": now_iso()}


def _hashed(text: str, salt: str = "") -> str:
    salt = salt or secrets.token_hex(16)
    return f"{salt}${hashlib.scrypt(text.encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()}"
