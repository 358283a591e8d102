"""What the marketplace takes and answers, by the protocol that `services.marketplace` publishes."""

import re
from typing import Any

_FIELDS = {"userId", "userPrincipalName", "displayName", "skuId", "product", "disabledPlans"}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATUSES = {"pending", "approved", "rejected", "fulfilled", "cancelled"}


def request(method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str], body: Any) -> None:
    """Fails unless the marketplace takes this request; header names are in lower case."""
    what = f"{method} {path}"
    assert "//" not in path, what
    if method == "GET":
        assert body is None, what
        assert re.fullmatch(r"/requests(/[^/]+)?", path), what
        assert [name for name, _ in query] == (["userId"] if path == "/requests" else []), what
        return
    assert method == "POST", what
    assert not query, what
    assert headers["content-type"].startswith("application/json"), what
    if path == "/requests":
        assert re.fullmatch(r"[0-9a-f]{16,64}", headers["idempotency-key"]), what
        assert set(body) == _FIELDS, what
        assert _GUID.fullmatch(body["skuId"]), what
        assert all(_GUID.fullmatch(plan) for plan in body["disabledPlans"]), what
    else:
        assert re.fullmatch(r"/requests/[^/]+/cancel", path), what
        assert body == {}, what


def answer(path: str, status: int, body: Any) -> None:
    """Fails unless this is an answer of the protocol."""
    if status >= 400:
        assert body["error"]["code"], path
        assert body["error"]["message"], path
        return
    for one in body.get("value", [body]):
        assert one["id"], path
        assert one["status"] in _STATUSES, path
