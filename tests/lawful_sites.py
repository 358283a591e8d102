"""What a lawful request to SharePoint is (`api-map.md` §6). Everything raises AssertionError with a sentence."""

import re
from typing import Any

Query = list[tuple[str, str]]
Headers = dict[str, str]

_WEB = r"(?:/(?!_api)[^/]+)*"
_ROLE = "(?:visitor|member|owner)"
_GROUPS = frozenset({"AssociatedVisitorGroup", "AssociatedMemberGroup", "AssociatedOwnerGroup"})
_LOGIN = re.compile(r"i:0#\.f\|membership\|\S+@\S+")
_ALIAS = re.compile(r"'i:0#\.f\|membership\|(?:[^']|'')+'")

_READS: dict[str, frozenset[str]] = {
    "/_api/site": frozenset({"GroupId"}),
    "/_api/web": frozenset({"Title", "Url"}),
    "/_api/web/webs": frozenset({"Id", "Title", "Url"}),
    rf"/_api/web/associated{_ROLE}group/users": frozenset({"Id", "Title", "LoginName", "PrincipalType"}),
    r"/_api/web/siteusers\(@v\)": frozenset(),
}
_WRITES = (
    "/_api/web/ensureuser",
    rf"/_api/web/associated{_ROLE}group/users",
    rf"/_api/web/associated{_ROLE}group/users/removebyid\(\d+\)",
)


def request(method: str, path: str, query: Query, headers: Headers, body: Any) -> None:
    """Fails unless SharePoint takes this request; header names are in lower case."""
    what = f"{method} {path}"
    assert "//" not in path, f"{what}: an empty segment"
    assert headers.get("accept") == "application/json;odata=nometadata", f"{what}: {headers.get('accept')}"
    agent = headers.get("user-agent", "")
    assert re.fullmatch(r"NONISV\|[^|]+\|[^|/]+/[\w.]+", agent), f"{what}: user agent {agent}"
    assert "x-requestdigest" not in headers, f"{what}: a digest beside the bearer token"
    assert len(query) == len(dict(query)), f"{what}: an option twice"
    if method == "GET":
        _read(what, path, dict(query))
        assert body is None, f"{what}: a body"
        assert "content-type" not in headers, f"{what}: a content type without a body"
        return
    assert method == "POST", f"{what}: no such method"
    assert not query, f"{what}: options on a write"
    place = next((p for p in _WRITES if re.fullmatch(_WEB + p, path)), "")
    assert place, f"{what}: no such place"
    _write(what, place, headers, body)


def _read(what: str, path: str, options: dict[str, str]) -> None:
    place = next((p for p in _READS if re.fullmatch(_WEB + p, path)), "")
    assert place, f"{what}: no such place"
    allowed = {"$select"} if _READS[place] else {"@v"}
    allowed |= {"$expand"} if place == "/_api/web" else set()
    assert set(options) <= allowed, f"{what}: {set(options) - allowed}"
    names = options["$select"].split(",") if "$select" in options else []
    assert set(names) <= _READS[place], f"{what}: $select={names}"
    assert len(names) == len(set(names)), f"{what}: a name is selected twice"
    expanded = options["$expand"].split(",") if "$expand" in options else []
    assert set(expanded) <= _GROUPS, f"{what}: $expand={expanded}"
    if "@v" in allowed:
        assert _ALIAS.fullmatch(options.get("@v", "")), f"{what}: @v={options.get('@v')}"


def _write(what: str, place: str, headers: Headers, body: Any) -> None:
    if place == _WRITES[2]:
        assert body is None, f"{what}: a body"
        assert headers.get("content-length", "0") == "0", f"{what}: a length"
        return
    kind = headers.get("content-type", "")
    if place == _WRITES[0]:
        assert kind.startswith("application/json"), f"{what}: {kind}"
        assert set(body) == {"logonName"}, f"{what}: {body}"
        login = body["logonName"]
    else:
        assert kind == "application/json;odata=verbose", f"{what}: {kind or 'no content type'}"
        assert set(body) == {"__metadata", "LoginName"}, f"{what}: {body}"
        assert body["__metadata"] == {"type": "SP.User"}, f"{what}: {body}"
        login = body["LoginName"]
    assert _LOGIN.fullmatch(login), f"{what}: {login}"


def answer(status: int, body: Any) -> None:
    """Fails unless the answer is one of SharePoint's: an object, or its error."""
    if 200 <= status < 300:
        assert isinstance(body, dict), body
    elif status == 401 and "odata.error" not in body:
        assert body["error_description"], body
    else:
        error = body["odata.error"]
        assert re.match(r"-?\d+, [\w.]+", error["code"]), error
        assert error["message"]["value"], error
