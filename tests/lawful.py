"""What a lawful request is: the query options, headers, bodies and batches that Graph and Exchange take.

`tests.contracts` knows what the published descriptions say; here is what they leave to the prose of the manuals
(`ConsistencyLevel`, `/$ref`, one-user properties, page sizes). Everything raises AssertionError with a sentence.
"""

import re
from typing import Any
from urllib.parse import unquote

from tests import contracts

Query = list[tuple[str, str]]
Headers = dict[str, str]

ONE_USER_ONLY = frozenset(
    {"aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "preferredName"}
    | {"responsibilities", "schools", "skills", "mailboxSettings"}
)
"""User properties that a list never has, and that are written in a request of their own."""

_COLLECTION = frozenset({"$filter", "$search", "$orderby", "$top", "$count"})
_LARGEST = {"/identityProtection": 500, "/auditLogs": 1000, "/deviceManagement": 1000}
_REFERENCE = re.compile(r"/(members|owners)(/[^/]+)?$|/manager$")
_DEVICE_USER = re.compile(r"https://graph\.microsoft\.com/beta/users/[^/?#]+")
_REFERRED = re.compile(r"https://graph\.microsoft\.com/v1\.0/(directoryObjects|users)/[^/?#]+")
_EXPANDED = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?")
_FILTERED = re.compile(
    r"(?:startswith|endswith|contains)\((\w+),|(?<![/\w'])([a-z]\w*) (?:eq|ne|ge|gt|le|lt|in) "
)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_OTHER_SETS = {
    "Get-MailboxFolderStatistics": frozenset({"Database", "StoreMailboxIdentity"}),
    "Add-MailboxPermission": frozenset({"Owner"}),
    "Remove-MailboxPermission": frozenset({"ClearAutoMapping", "ResetDefault"}),
    "Set-Mailbox": frozenset(
        {
            "ExcludeFromAllHolds",
            "IsExchangeCloudManaged",
            "RecalculateInactiveMailbox",
            "RemoveDelayHoldApplied",
        }
        | {"RemoveComplianceTagHoldApplied", "RemoveDelayReleaseHoldApplied", "RemoveDisabledArchive"}
    ),
}
"""Parameters that are required in another parameter set than the one that Rollcall uses."""

_TEXT_TYPES = ("String", "Unlimited", "SmtpAddress", "Guid")


VERSIONS = ("v1.0", "beta")
_BETA = (
    ("GET", re.compile(r"/roleManagement/directory/transitiveRoleAssignments")),
    ("GET", re.compile(r"/deviceManagement/managedDevices/[^/]+/users")),
    ("POST", re.compile(r"/deviceManagement/managedDevices/[^/]+/users/\$ref")),
    ("DELETE", re.compile(r"/deviceManagement/managedDevices/[^/]+/users/\$ref")),
    ("GET", re.compile(r"/auditLogs/signIns")),
)
"""The calls that only the beta has, and the one list of which it has more (`api-map.md` §1, §3.5, §3.13, §3.16)."""


def graph(
    method: str, path: str, query: Query, headers: Headers, body: Any, *, version: str = "v1.0"
) -> None:
    """Fails unless Graph takes this request; `path` follows the version, header names are in lower case."""
    what = f"{method} {path}"
    _of_version(what, version, method, path, dict(query))
    assert path.startswith("/"), f"{what}: no path"
    assert "//" not in path, f"{what}: an empty segment"
    names = [name for name, _ in query]
    options = dict(query)
    assert len(names) == len(options), f"{what}: an option twice"
    followed = {"$skiptoken", "$deltatoken"} & set(options)
    contracts.validate_request(method, path, {} if followed else options, body)
    picture = method == "PUT" and path.endswith("/photo/$value")
    if method != "GET":
        assert not options, f"{what}: options on a write"
    if method == "DELETE" and _REFERENCE.search(path):
        raise AssertionError(f"{what}: would delete the object itself")
    if body is None:
        assert "content-type" not in headers or method != "GET", f"{what}: a content type without a body"
    else:
        assert method in ("POST", "PATCH", "PUT"), f"{what}: a body"
        kind = "image/jpeg" if picture else "application/json"
        assert headers.get("content-type", "").startswith(kind), f"{what}: no content type"
        assert picture == isinstance(body, bytes), f"{what}: a picture is bytes, all else is JSON"
        if not picture:
            _body(what, path, body)
    if method == "GET" and not followed:
        _options(what, path, options, headers)


def _of_version(what: str, version: str, method: str, path: str, options: dict[str, str]) -> None:
    """The beta is for what v1.0 does not have, and for nothing else."""
    on_beta = any(method == verb and shape.fullmatch(path) for verb, shape in _BETA)
    if path == "/auditLogs/signIns":
        on_beta = "signInEventTypes" in options.get("$filter", "") or "$skiptoken" in options
        assert version == "v1.0" or on_beta, f"{what}: interactive sign-ins are on v1.0"
        assert version == "beta" or not on_beta or "$skiptoken" in options, (
            f"{what}: this filter needs the beta"
        )
        return
    assert on_beta is (version == "beta"), f"{what}: not a call of {version}"


def _options(what: str, path: str, options: dict[str, str], headers: Headers) -> None:
    found = contracts.operation("GET", path)[1]
    entity, listed = _answered(found)
    delta = path.rstrip("()").endswith("/delta")
    given = _COLLECTION & set(options)
    assert listed or not given, f"{what}: {given} on a single object"
    assert not delta or not given | ({"$expand"} & set(options)), f"{what}: {given} on a delta query"
    names = options["$select"].split(",") if "$select" in options else []
    assert len(names) == len(set(names)), f"{what}: a name is selected twice"
    single = {n for n in names if n in ONE_USER_ONLY}
    assert not (listed and single), f"{what}: {single} is not on a list"
    if "$top" in options:
        most = next((n for start, n in _LARGEST.items() if path.startswith(start)), 999)
        assert options["$top"].isdigit(), f"{what}: $top={options['$top']}"
        assert 1 <= int(options["$top"]) <= most, f"{what}: $top={options['$top']}"
    assert options.get("$count", "true") in ("true", "false"), f"{what}: $count"
    _expanded(what, entity, options.get("$expand", ""))
    _filtered(what, entity, options.get("$filter", ""))
    if reason := advanced(path, options):
        assert headers.get("consistencylevel") == "eventual", f"{what}: {reason} needs ConsistencyLevel"
        assert options.get("$count") == "true", f"{what}: {reason} needs $count=true"


def advanced(path: str, options: dict[str, str]) -> str:
    """Why directory objects take this only as an advanced query; "" when they take it plainly."""
    condition = _LITERAL.sub("''", options.get("$filter", ""))
    if "/microsoft.graph." in path and options:
        return "a cast with options"
    if "$search" in options:
        return "$search"
    if "$count" in options:
        return "$count"
    if path.endswith("/transitiveRoleAssignments"):
        return "every query of transitive assignments"
    if not path.startswith(("/users", "/groups", "/directory", "/servicePrincipals")):
        return ""
    if "$filter" in options and "$orderby" in options:
        return "$filter with $orderby"
    if re.search(r"\bne\b|\bnot\b|endswith\(|/\$count", condition, re.IGNORECASE):
        return "this $filter"
    return ""


def _expanded(what: str, entity: str, text: str) -> None:
    # the one nested expansion: the rules of the policy of a role (Graph's reference)
    if not text or (text == "policy($expand=rules)" and "roleManagementPolicyAssignments" in what):
        return
    match = _EXPANDED.fullmatch(text)
    assert match, f"{what}: $expand={text}"
    known = contracts.properties(entity)
    assert match[1] in known, f"{what}: {entity} has no {match[1]}"
    if match[2]:
        inner = contracts.properties(contracts.target(entity, match[1]))
        assert set(match[2].split(",")) <= inner, f"{what}: $expand={text}"


def _filtered(what: str, entity: str, text: str) -> None:
    known = contracts.properties(entity) if entity else set()
    bare = _LITERAL.sub("''", text)
    names = {name for pair in _FILTERED.findall(bare) for name in pair if name}
    names -= set(re.findall(r"/any\((\w+):", bare))
    assert not known or names <= known, f"{what}: $filter={text} names {names - known}"
    assert not text or names or "any(" in text, f"{what}: $filter={text} cannot be read"
    assert bare.count("(") == bare.count(")"), f"{what}: $filter={text}"


def _body(what: str, path: str, body: Any) -> None:
    if path.endswith("/$ref"):
        assert set(body) == {"@odata.id"}, f"{what}: {body}"
        shape = _DEVICE_USER if path.startswith("/deviceManagement") else _REFERRED
        assert shape.fullmatch(body["@odata.id"]), f"{what}: {body}"
    elif path.startswith("/users/") and path.count("/") == 2:
        assert body, f"{what}: nothing to set"
        alone = ONE_USER_ONLY & set(body)
        assert not alone or alone == set(body), f"{what}: {alone} must go alone"
    for name, value in _leaves(body):
        assert value != "", f"{what}: {name} is an empty text, which no property takes"


def _leaves(body: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(body, dict):
        return [leaf for key, value in body.items() for leaf in _leaves(value, key)]
    if isinstance(body, list):
        return [leaf for value in body for leaf in _leaves(value, name)]
    return [(name, body)]


def _answered(found: dict[str, Any]) -> tuple[str, bool]:
    """The entity that an operation answers with, and whether it answers with many."""
    answers = found["responses"].get("200", {}).get("content", {}).get("application/json", {})
    schema = answers.get("schema", {})
    items = schema.get("properties", {}).get("value", {}).get("items", {})
    return str(schema.get("$ref") or items.get("$ref", "")).rsplit("/", 1)[-1], bool(items)


def batch(body: Any, *, most: int, absolute: str = "") -> list[dict[str, Any]]:
    """The items of a lawful batch: Graph's are relative, Exchange's begin with the root `absolute`."""
    assert isinstance(body, dict), "a batch is an object"
    assert set(body) == {"requests"}, f"a batch with {set(body)}"
    items: list[dict[str, Any]] = body["requests"]
    assert 1 <= len(items) <= most, f"a batch of {len(items)}"
    ids = [item["id"].lower() for item in items]
    assert len(ids) == len(set(ids)), "the ids of a batch are not unique"
    for item in items:
        assert not set(item) - {"id", "method", "url", "headers", "body"}, f"an item with {set(item)}"
        assert item["method"] == item["method"].upper(), item["method"]
        assert item["url"].startswith(absolute or "/"), f"item {item['url']}"
        assert absolute or "://" not in item["url"], f"item {item['url']}"
        assert "$batch" not in item["url"], "a batch in a batch"
        assert item.get("body", {}) is not None, "a body of null"
        names = {name.lower() for name in item.get("headers", {})}
        assert "body" not in item or "content-type" in names, "a body without a content type"
        assert "authorization" not in names, "a token inside a batch"
    return items


def anchored(headers: Headers) -> None:
    """Fails unless a cmdlet says where it is routed to (`api-map.md` §5.1)."""
    anchor = headers.get("x-anchormailbox", "")
    assert re.fullmatch(r"UPN:[^@]+@[^@]+|APP:SystemMailbox\{[0-9a-f-]{36}\}@[0-9a-f-]{36}", anchor), (
        f"X-AnchorMailbox: {anchor}"
    )


def cmdlet(body: Any, query: Query) -> None:
    """Fails unless Exchange takes this InvokeCommand: name, parameters, their types, what is required."""
    assert isinstance(body, dict), f"no envelope: {body}"
    assert set(body) == {"CmdletInput"}, f"an envelope with {set(body)}"
    given = body["CmdletInput"]
    assert set(given) == {"CmdletName", "Parameters"}, f"a cmdlet with {set(given)}"
    name, parameters = given["CmdletName"], given["Parameters"]
    contracts.validate_cmdlet(name, parameters)
    facts = contracts.cmdlet_facts()[name]
    missing = {p for p, kind in facts.items() if kind.endswith("!")} - set(parameters)
    missing -= _OTHER_SETS.get(name, frozenset())
    assert not missing, f"{name} needs {missing}"
    for parameter, value in parameters.items():
        _typed(f"{name} -{parameter}", facts[parameter].rstrip("!"), value)
    if name.startswith(("Remove-", "Disable-")):
        assert parameters.get("Confirm") is False, f"{name} would ask"
    assert {n for n, _ in query} <= {"$select"}, f"{name}: {query}"


def _typed(what: str, kind: str, value: Any) -> None:
    if kind in ("SwitchParameter", "Boolean", "System.Boolean"):
        assert isinstance(value, bool), f"{what} is no boolean: {value}"
    elif value is None:
        return  # $null clears it
    elif kind == "Int32":
        assert type(value) is int, f"{what} is no number: {value}"
    elif kind in _TEXT_TYPES or kind.endswith("IdParameter"):
        assert isinstance(value, str), f"{what} is no text: {value}"
        assert value, f"{what} is empty"


def parsed(query: str) -> Query:
    """The options of a raw query string. Fails where it is not percent-encoded."""
    assert not set(query) & set(" \"<>'"), f"not encoded: {query}"
    pairs = [part.partition("=") for part in query.split("&") if part]
    return [(unquote(name), unquote(value)) for name, _, value in pairs]
