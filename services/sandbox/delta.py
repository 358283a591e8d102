"""Delta queries of users and groups: everything once, then what changed since a token."""

import re
from typing import Any

from services.sandbox.answers import DECODE, ENCODE, Call, Json, Refusal, Reply
from services.sandbox.odata_query import open_token, seal_token
from services.sandbox.shapes import DEFAULTS, PROFILE_STORE, known, projection
from services.sandbox.store import Store, seq_range

_PAGE = 200
_MAX_PAGE = 999
_LATEST = "latest"
_OPTIONS = frozenset({"$select", "$deltatoken", "$skiptoken", "$format"})


def users(store: Store, call: Call) -> Reply:
    """GET /users/delta."""
    return _delta(store, call, "user", "users")


def groups(store: Store, call: Call) -> Reply:
    """GET /groups/delta; membership is not part of it."""
    return _delta(store, call, "group", "groups")


def _delta(store: Store, call: Call, kind: str, name: str) -> Reply:
    options = {(k if k.startswith("$") else f"${k}").lower(): v for k, v in call.query.items()}
    select, state = _state(store, call, kind, options)
    size = _size(call.headers.get("prefer", ""))
    rows = (
        _initial(store, kind, state, size) if state["since"] is None else _changed(store, kind, state, size)
    )
    fields = f"({','.join(select)})" if select else ""
    value = [_shown(kind, select, row) for row in rows[:size]]
    answer: dict[str, Json] = {"@odata.context": f"{call.root}/$metadata#{name}{fields}/delta"}
    if len(rows) > size:
        answer["@odata.nextLink"] = _link(call, name, "skiptoken", {**state, "after": rows[size - 1][0]})
    else:
        state |= {"since": state["until"], "after": 0}
        answer["@odata.deltaLink"] = _link(call, name, "deltatoken", state)
    answer["value"] = value
    return Reply(200, ENCODE(answer))


def _state(
    store: Store, call: Call, kind: str, options: dict[str, str]
) -> tuple[tuple[str, ...] | None, dict[str, Any]]:
    """What to select and where this round stands; the first call's options live in the token."""
    sealed = options.get("$deltatoken") or options.get("$skiptoken")
    if sealed and sealed != _LATEST:
        if set(options) - {"$deltatoken", "$skiptoken"}:
            raise Refusal(
                400, "BadRequest", "A delta token carries its options: no other option may be given."
            )
        state = open_token(sealed)
        _refuse_expired(store, call, state)
        if "$deltatoken" in options:
            state["until"] = store.version()
        return tuple(state["select"]) or None, state
    for option in set(options) - _OPTIONS:
        raise Refusal(
            400, "Request_UnsupportedQuery", f"The query option '{option}' is not supported by delta."
        )
    names = options.get("$select")
    select = tuple(dict.fromkeys(part.strip() for part in names.split(","))) if names else None
    known(kind, select or ())
    if kind == "user" and set(select or ()) & PROFILE_STORE:
        raise Refusal(501, "NotImplemented", "Profile properties can only be retrieved for a single user.")
    state = {
        "tenant": store.fact("incarnation"),
        "kind": kind,
        "select": select or (),
        "since": store.version() if sealed else None,
        "until": store.version(),
        "after": 0,
    }
    return select, state


def _refuse_expired(store: Store, call: Call, state: Any) -> None:
    if isinstance(state, dict) and state.get("tenant") == store.fact("incarnation"):
        return
    fresh = f"{call.root}/{'/'.join(call.segments)}?$deltatoken="
    raise Refusal(
        410, "syncStateNotFound", "The sync state generation is not found; start the synchronisation again.",
        (("Location", fresh),),
    )  # fmt: skip


def _size(prefer: str) -> int:
    match = re.search(r"odata\.maxpagesize\s*=\s*(\d+)", prefer, re.IGNORECASE)
    return min(_MAX_PAGE, max(1, int(match[1]))) if match else _PAGE


Row = tuple[int, str, int, bytes]
"""Place, id, deleted, document."""


def _initial(store: Store, kind: str, state: dict[str, Any], size: int) -> list[Row]:
    low, high = seq_range(kind)
    sql = (
        "SELECT seq, id, deleted, doc FROM objects CROSS JOIN docs USING (seq) "
        "WHERE seq > ? AND seq < ? AND deleted = 0 ORDER BY seq LIMIT ?"
    )
    return list(store.db.execute(sql, (max(low - 1, int(state["after"])), high, size + 1)))


def _changed(store: Store, kind: str, state: dict[str, Any], size: int) -> list[Row]:
    sql = (
        "SELECT version, id, deleted, doc FROM objects CROSS JOIN docs USING (seq) "
        "WHERE type = ? AND version > ? AND version <= ? ORDER BY version LIMIT ?"
    )
    start = max(int(state["since"]), int(state["after"]))
    return list(store.db.execute(sql, (kind, start, int(state["until"]), size + 1)))


def _shown(kind: str, select: tuple[str, ...] | None, row: Row) -> Json:
    _, identity, deleted, doc = row
    if deleted:
        return {"id": identity, "@removed": {"reason": "changed" if deleted == 1 else "deleted"}}
    shown = projection(kind, (*(select or DEFAULTS[kind]), "id"), False)(doc)
    # delta leaves out what an object does not have
    return {name: value for name, value in DECODE(ENCODE(shown)).items() if value is not None}


def _link(call: Call, name: str, option: str, state: dict[str, Any]) -> str:
    return f"{call.root}/{name}/delta?${option}={seal_token(state)}"
