"""The published contracts as checks of requests, answers and cmdlets. Missing files skip the test.

The files are looked for in $ROLLCALL_CONTRACTS, else in `shared/contracts` beside the repository.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_GRAPH = "graph-openapi-subset.json"
_CMDLETS = "exchange-cmdlets.json"
_OPTIONS = frozenset(
    {"$select", "$filter", "$search", "$orderby", "$top", "$count", "$expand", "$skiptoken", "$deltatoken"}
)

_BETA_TWINS = {
    (
        "GET",
        "/roleManagement/directory/transitiveRoleAssignments",
    ): "/roleManagement/directory/roleAssignments"
}
"""Calls of the beta that the contract does not describe, and the call of v1.0 whose answer they share."""
_OWN = re.compile(r"(/roleManagement/directory/\w+ScheduleInstances)/filterByCurrentUser\(on='principal'\)")
"""A function of PIM that answers a part of what the list does: the caller's own (Graph's reference, v1.0)."""

_UNDESCRIBED = {
    ("GET", "/policies/roleManagementPolicyAssignments"): frozenset({"$filter", "$expand"}),
}
"""Calls of v1.0 that the subset leaves out, and the options that Graph's reference gives them."""

_SIZED = re.compile(r"/users/[^/]+/photos/\d+x\d+/\$value")
"""A photo in a size (`api-map.md` §3.2), which the subset leaves out; its answer is that of the photo."""

_OF_PATH = {"/sites": frozenset({"search"})}
"""Options that one path alone takes (`api-map.md` §6)."""


def folder() -> Path:
    """Where the contract files are."""
    named = os.environ.get("ROLLCALL_CONTRACTS")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "contracts"


@cache
def _load(name: str) -> Any:
    path = folder() / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _contract(name: str) -> Any:
    found = _load(name)
    if found is None:
        pytest.skip(f"the contract {name} is not beside the repository (set ROLLCALL_CONTRACTS)")
    return found


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for template in _contract(_GRAPH)["paths"]:
        parts = [
            "[^/]+" if part.startswith("{") else re.escape(part).replace(r"\(\)", r"(?:\(\))?")
            for part in template.split("/")
        ]
        found.append((re.compile("/".join(parts)), template))
    return sorted(found, key=lambda pair: pair[1].count("{"))


def operation(method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The template and operation of a path below the version. Fails for what the contract does not have."""
    paths = _contract(_GRAPH)["paths"]
    for pattern, template in _templates():
        if pattern.fullmatch(path) and method.lower() in paths[template]:
            return template, paths[template][method.lower()]
    if (method, path) in _BETA_TWINS:
        return path, operation(method, _BETA_TWINS[method, path])[1]
    if method == "GET" and (own := _OWN.fullmatch(path)):
        return operation(method, own[1])
    if (method, path) in _UNDESCRIBED:
        listed = {"type": "object", "required": ["value"], "properties": {"value": {"type": "array"}}}
        error = operation("GET", "/users")[1]["responses"]["default"]
        content = {"content": {"application/json": {"schema": listed}}}
        return path, {"responses": {"200": content, "default": error}}
    if method == "GET" and _SIZED.fullmatch(path):
        return operation(method, "/users/x/photo/$value")
    raise AssertionError(f"{method} {path} is not in the contract")


@cache
def _registry() -> Registry[Any]:
    resource: Resource[Any] = DRAFT202012.create_resource(_contract(_GRAPH))
    found: Registry[Any] = Registry().with_resource("urn:contract", resource)
    return found


def _validate(schema: dict[str, Any], value: Any, what: str) -> None:
    text = json.dumps(schema).replace('"#/components/', '"urn:contract#/components/')
    validator = jsonschema.Draft202012Validator(json.loads(text), registry=_registry())
    problems = [f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in validator.iter_errors(value)]
    assert not problems, f"{what}: {problems[:3]}"


def validate_request(method: str, path: str, query: dict[str, str], body: Any) -> None:
    """Fails when the request is not one that the contract knows: path, options, selected names, body."""
    template, found = operation(method, path)
    foreign = set(query) - _UNDESCRIBED.get((method, path), _OPTIONS) - _OF_PATH.get(template, frozenset())
    assert not foreign, f"{method} {template} has unknown options {foreign}"
    entity = _entity(found)
    if entity and "$select" in query:
        known = properties(entity)
        unknown = set(query["$select"].split(",")) - known if known else set()
        assert not unknown, f"{method} {template} selects {unknown}, which {entity} does not have"
    schema = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    assert (body is not None) <= ("requestBody" in found), f"{method} {template} takes no body"
    if schema is not None and body is not None:
        _validate(schema, body, f"body of {method} {template}")


def validate_answer(method: str, path: str, status: int, body: Any) -> None:
    """Fails when the answer is not what the contract says of the path; each item by its own `@odata.type`."""
    template, found = operation(method, path)
    what = f"{status} of {method} {template}"
    if status >= 400:
        assert status in (400, 401, 403, 404, 405, 409, 410, 413, 424, 429, 500, 501, 502, 503, 504), what
        _validate(found["responses"]["default"]["content"]["application/json"]["schema"], body, what)
        return
    assert str(status) in found["responses"], f"{what} is not a published status"
    schema = found["responses"][str(status)].get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return
    if "$ref" in schema:
        _validate(_typed(schema, body), body, what)
        return
    items = schema.get("properties", {}).get("value", {}).get("items")
    if items is None or not isinstance(body, dict) or "value" not in body:
        _validate(schema, body, what)
        return
    _validate(schema, {**body, "value": []}, what)
    for item in body["value"]:
        _validate(_typed(items, item), item, what)


def _typed(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """The schema that `@odata.type` names, when it is derived from (or is) the published one."""
    name = str(value.get("@odata.type", "")).lstrip("#") if isinstance(value, dict) else ""
    base = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    if name and name != base:
        assert name in _contract(_GRAPH)["x-derived"].get(base, ()), f"{name} is no {base}"
        return {"$ref": f"#/components/schemas/{name}"}
    return schema


def _entity(found: dict[str, Any]) -> str:
    schema = (
        found["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    reference = schema.get("$ref") or schema.get("properties", {}).get("value", {}).get("items", {}).get(
        "$ref", ""
    )
    return str(reference).rsplit("/", 1)[-1]


def needed() -> None:
    """Skips the test where the contracts are not there."""
    _contract(_GRAPH)
    _contract(_CMDLETS)


def properties(entity: str) -> set[str]:
    """The names of an entity's properties and of those derived from it."""
    contract = _contract(_GRAPH)
    names = [entity, *contract["x-derived"].get(entity, ())]
    return {p for name in names for p in contract["components"]["schemas"][name].get("properties", ())}


def target(entity: str, navigation: str) -> str:
    """The entity that a navigation property leads to."""
    contract = _contract(_GRAPH)
    for name in (entity, *contract["x-derived"].get(entity, ())):
        facts = contract["components"]["schemas"][name]["properties"].get(navigation, {})
        if "x-nav" in facts:
            return str(facts["x-nav"])
    raise AssertionError(f"{entity} has no navigation property {navigation}")


def validate_cmdlet(name: str, parameters: dict[str, Any]) -> None:
    """Fails when Exchange has no such cmdlet or parameter."""
    cmdlets = _contract(_CMDLETS)
    assert name in cmdlets, f"{name} is not in the contract"
    unknown = set(parameters) - set(cmdlets[name])
    assert not unknown, f"{name} has no parameters {unknown}"


def cmdlet_facts() -> dict[str, dict[str, str]]:
    """Cmdlet -> parameter -> type, with "!" after a required one."""
    return {
        name: {p: facts["type"] + ("!" if facts.get("required") else "") for p, facts in parameters.items()}
        for name, parameters in _contract(_CMDLETS).items()
    }
