"""Turns the $filter clauses that lists use most into SQL over indexed columns; the rest stays for Python."""

from datetime import datetime
from typing import Any

from services.sandbox.odata_filter import AnyOf, Both, Compare, Either, Literal, Node, Not, OneOf, Path, Text

Sql = tuple[str, list[Any]]

COLUMNS: dict[str, dict[str, str]] = {
    "user": {
        "id": "id", "displayName": "name", "userPrincipalName": "upn", "mail": "mail", "mailNickname": "nick",
        "accountEnabled": "enabled", "userType": "usertype", "onPremisesSyncEnabled": "synced",
        "createdDateTime": "created",
    },
    "group": {
        "id": "id", "displayName": "name", "mail": "mail", "mailNickname": "nick", "mailEnabled": "mailed",
        "securityEnabled": "security", "onPremisesSyncEnabled": "synced", "isAssignableToRole": "assignable",
        "createdDateTime": "created",
    },
}  # fmt: skip
_FLAGS = frozenset({"enabled", "synced", "mailed", "security", "assignable"})
_LISTS = {"Unified": "unified", "DynamicMembership": "dynamic"}
_OPS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def to_sql(entity: str, node: Node) -> Sql | None:
    """The node as a condition over the table of objects, None where Python has to look at the documents."""
    columns = COLUMNS.get(entity)
    return None if columns is None else _sql(columns, node)


def _sql(columns: dict[str, str], node: Node) -> Sql | None:
    match node:
        case Both(left, right) | Either(left, right):
            first, second = _sql(columns, left), _sql(columns, right)
            if first is None or second is None:
                return None
            word = "AND" if isinstance(node, Both) else "OR"
            return f"({first[0]} {word} {second[0]})", first[1] + second[1]
        case Not(inner):
            found = _sql(columns, inner)
            return None if found is None else (f"(NOT {found[0]})", found[1])
        case Compare(path, op, value):
            return _compare(columns, path, op, value)
        case OneOf(path, values):
            return _one_of(columns, path, values)
        case Text("startswith", path, value) if len(path) == 1 and path[0] in columns:
            low = value.casefold()
            column = columns[path[0]]
            if column in _FLAGS or column == "created" or not low:
                return None
            return f"(coalesce({column} >= ? AND {column} < ?, 0))", [low, low + "\U0010ffff"]
        case AnyOf(("groupTypes",), variable, Compare(path, "eq", value)) if "mailed" in columns.values():
            if path == (variable,) and isinstance(value, str) and value in _LISTS:
                return f"({_LISTS[value]} IS 1)", []
            return None
        case _:
            return None


def _compare(columns: dict[str, str], path: Path, op: str, value: Literal) -> Sql | None:
    if path == ("assignedLicenses", "$count") and "upn" in columns.values() and isinstance(value, int):
        sign = {"eq": "=", "ne": "<>", **_OPS}[op]
        return f"(licences {sign} ?)", [value]
    if len(path) != 1 or path[0] not in columns:
        return None
    column = columns[path[0]]
    plain = _plain(column, value)
    if plain is _UNFIT:
        return None
    if op in ("eq", "ne"):
        return f"({column} IS {'NOT ' if op == 'ne' else ''}?)", [plain]
    if column in _FLAGS or plain is None:
        return None
    return f"(coalesce({column} {_OPS[op]} ?, 0))", [plain]


def _one_of(columns: dict[str, str], path: Path, values: tuple[Literal, ...]) -> Sql | None:
    if len(path) != 1 or path[0] not in columns:
        return None
    column = columns[path[0]]
    plain = [_plain(column, value) for value in values]
    if any(p is _UNFIT or p is None for p in plain):
        return None
    return f"(coalesce({column} IN ({','.join('?' * len(plain))}), 0))", plain


_UNFIT = object()


def _plain(column: str, value: Literal) -> Any:
    if value is None:
        return None
    if column in _FLAGS:
        return int(value) if isinstance(value, bool) else _UNFIT
    if column == "created":
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else _UNFIT
    return value.casefold() if isinstance(value, str) else _UNFIT
