"""SharePoint's answers without metadata, its query options, and its errors."""

import re

from services.sandbox.answers import ENCODE, Call, Json, Refusal, Reply

QUERY = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
DENIED = "-2147024891, System.UnauthorizedAccessException"
JSON_TYPE = "application/json;odata=nometadata;streaming=true;charset=utf-8"

_PROPERTIES = {
    "web": frozenset(
        {"Configuration", "Created", "Description", "Id", "Language", "ServerRelativeUrl", "Title", "Url"}
        | {"WebTemplate"}
    ),
    "site": frozenset({"GroupId", "Id", "ServerRelativeUrl", "Url"}),
    "group": frozenset({"Description", "Id", "IsHiddenInUI", "LoginName", "OwnerTitle", "PrincipalType", "Title"}),
    "user": frozenset({"Email", "Id", "IsHiddenInUI", "IsSiteAdmin", "LoginName", "PrincipalType", "Title"}),
}  # fmt: skip
_EXPANDED = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?")


def shown(call: Call, entity: str, facts: dict[str, Json], links: frozenset[str] = frozenset()) -> Reply:
    """One object with what was selected; `links` are the properties that only an $expand brings."""
    select, expand = _options(call, entity, links, {"$select", "$expand"} if links else {"$select"})
    answer = {name: value for name, value in facts.items() if name not in links and name in select}
    for name, fields in expand.items():
        answer[name] = _reduced(facts[name], fields)
    return Reply(200, ENCODE(answer), content_type=JSON_TYPE)


def listed(call: Call, entity: str, found: list[dict[str, Json]]) -> Reply:
    """All objects of a list: SharePoint does not cut these into pages."""
    select, _ = _options(call, entity, frozenset(), {"$select"})
    value = [{name: one[name] for name in one if name in select} for one in found]
    return Reply(200, ENCODE({"value": value}), content_type=JSON_TYPE)


def refused(refusal: Refusal, headers: tuple[tuple[str, str], ...]) -> Reply:
    """The error body that the service publishes without metadata."""
    code = (
        refusal.code if "," in refusal.code else f"-1, Microsoft.SharePoint.Client.{refusal.code or 'Error'}"
    )
    error = {"code": code, "message": {"lang": "en-US", "value": refusal.message}}
    return Reply(refusal.status, ENCODE({"odata.error": error}), headers, JSON_TYPE)


def no_resource(name: str) -> Refusal:
    """What is said of an address that the service does not have."""
    code = "-1, Microsoft.SharePoint.Client.ResourceNotFoundException"
    return Refusal(404, code, f"Cannot find resource for the request {name}.")


def refuse_options(call: Call) -> None:
    """For calls that take no options at all."""
    if call.query:
        raise Refusal(400, QUERY, f"The query option '{next(iter(call.query))}' is not supported here.")


def _options(
    call: Call, entity: str, links: frozenset[str], allowed: set[str]
) -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    unknown = {name for name in call.query if name not in allowed and not name.startswith("@")}
    if unknown:
        raise Refusal(400, QUERY, f"The query option '{min(unknown)}' is not supported here.")
    named = frozenset(filter(None, call.query.get("$select", "").split(",")))
    for name in named - links:
        _known(entity, name)
    expand = {}
    for part in filter(None, re.split(r",(?![^(]*\))", call.query.get("$expand", ""))):
        found = _EXPANDED.fullmatch(part.strip())
        if found is None or found[1] not in links:
            raise Refusal(400, QUERY, f"The expression '{part}' in $expand is not valid.")
        fields = tuple(filter(None, (found[2] or "").split(",")))
        for field in fields:
            _known("group", field)
        expand[found[1]] = fields
    return named or _PROPERTIES[entity], expand


def _known(entity: str, name: str) -> None:
    if name not in _PROPERTIES[entity]:
        raise Refusal(400, QUERY, f"The field or property '{name}' does not exist.")


def _reduced(value: Json, fields: tuple[str, ...]) -> Json:
    if not fields:
        return value
    if isinstance(value, list):
        return [_reduced(one, fields) for one in value]
    return {name: value[name] for name in fields}
