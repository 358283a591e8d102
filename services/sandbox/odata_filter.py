"""Reads $filter texts into small trees; refuses what the grammar does not know."""

import re
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from services.sandbox.answers import Refusal

Literal: TypeAlias = str | bool | int | float | datetime | None
Path: TypeAlias = tuple[str, ...]


class Compare(msgspec.Struct, frozen=True):
    """`path op value`; a path that ends in "$count" compares the length of a list."""

    path: Path
    op: str
    value: Literal


class Text(msgspec.Struct, frozen=True):
    """`startswith(path,'value')` and its kin."""

    function: str
    path: Path
    value: str


class OneOf(msgspec.Struct, frozen=True):
    """`path in (a, b)`."""

    path: Path
    values: tuple[Literal, ...]


class AnyOf(msgspec.Struct, frozen=True):
    """`path/any(x:body)`; no body asks for a list that is not empty. Paths inside start with the variable."""

    path: Path
    variable: str
    body: "Node | None"


class Not(msgspec.Struct, frozen=True):
    """`not node`."""

    node: "Node"


class Both(msgspec.Struct, frozen=True):
    """`left and right`."""

    left: "Node"
    right: "Node"


class Either(msgspec.Struct, frozen=True):
    """`left or right`."""

    left: "Node"
    right: "Node"


Node: TypeAlias = Compare | Text | OneOf | AnyOf | Not | Both | Either

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^']|'')*')
    |(?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)(?![\w-])
    |(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
    |(?P<number>-?\d+(?:\.\d+)?)(?!\w)
    |(?P<word>[@A-Za-z_$][\w.$]*(?:/[@A-Za-z_$][\w.$]*)*)
    |(?P<mark>[(),:]))""",
    re.VERBOSE,
)
_OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_TEXT = {"startswith": "startswith", "endswith": "endswith", "contains": "contains"}


def parse(text: str) -> Node:
    """The tree of a $filter. Raises Refusal 400 with the position of what cannot be read."""
    reader = _Reader(text)
    node = reader.either()
    reader.end()
    return node


def conjuncts(node: Node) -> list[Node]:
    """The parts that must all hold."""
    if isinstance(node, Both):
        return conjuncts(node.left) + conjuncts(node.right)
    return [node]


def moment(text: str) -> datetime:
    """An ISO date or time as aware UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class _Reader:
    """A recursive-descent reader over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.kind = ""
        self.lexeme = ""
        self._next()

    def _next(self) -> None:
        rest = self.text[self.at :]
        if not rest.strip():
            self.kind, self.lexeme = "end", ""
            return
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            raise self._wrong("Syntax error")
        self.kind = match.lastgroup or ""
        self.lexeme = match.group(self.kind)
        self.at = match.end()

    def _wrong(self, what: str) -> Refusal:
        return Refusal(
            400, "BadRequest", f"Invalid filter clause: {what} at position {self.at} in '{self.text}'."
        )

    def _word(self, *words: str) -> bool:
        return self.kind == "word" and self.lexeme.lower() in words

    def _take(self, mark: str) -> None:
        if self.kind != "mark" or self.lexeme != mark:
            raise self._wrong(f"'{mark}' expected")
        self._next()

    def end(self) -> None:
        """Refuses what is left over."""
        if self.kind != "end":
            raise self._wrong("Syntax error")

    def either(self) -> Node:
        """One or more conjunctions joined by `or`."""
        node = self._both()
        while self._word("or"):
            self._next()
            node = Either(node, self._both())
        return node

    def _both(self) -> Node:
        node = self._single()
        while self._word("and"):
            self._next()
            node = Both(node, self._single())
        return node

    def _single(self) -> Node:
        self.depth += 1
        if self.depth > 60:
            raise self._wrong("too deeply nested")
        try:
            if self._word("not"):
                self._next()
                return Not(self._single())
            if self.kind == "mark" and self.lexeme == "(":
                self._next()
                node = self.either()
                self._take(")")
                return node
            if self.kind != "word":
                raise self._wrong("a property is expected")
            return self._clause()
        finally:
            self.depth -= 1

    def _clause(self) -> Node:
        word = self.lexeme
        self._next()
        if self.kind == "mark" and self.lexeme == "(":
            return self._function(word)
        path = tuple(word.split("/"))
        if self.kind != "word":
            raise self._wrong("an operator is expected")
        operator = self.lexeme.lower()
        self._next()
        if operator == "in":
            return OneOf(path, self._list())
        if operator not in _OPERATORS:
            raise self._wrong(f"the operator '{operator}' is not known")
        return Compare(path, operator, self._literal())

    def _function(self, word: str) -> Node:
        *path, last = word.split("/")
        if path and last.lower() == "any":
            return self._any(tuple(path))
        name = _TEXT.get(word.lower())
        if name is None:
            raise self._wrong(f"An unknown function with name '{word}' was found")
        self._take("(")
        target = self.lexeme if self.kind == "word" else ""
        if not target:
            raise self._wrong("a property is expected")
        self._next()
        self._take(",")
        value = self._literal()
        self._take(")")
        if not isinstance(value, str):
            raise self._wrong("a string is expected")
        if self._word("eq"):  # `startswith(a,'b') eq true` is the long form of the same
            self._next()
            return Text(name, tuple(target.split("/")), value) if self._literal() is True else self._false()
        return Text(name, tuple(target.split("/")), value)

    def _false(self) -> Node:
        raise self._wrong("only 'eq true' may follow a function")

    def _any(self, path: Path) -> Node:
        self._take("(")
        if self.kind == "mark" and self.lexeme == ")":
            self._next()
            return AnyOf(path, "", None)
        variable = self.lexeme if self.kind == "word" else ""
        self._next()
        self._take(":")
        body = self.either()
        self._take(")")
        return AnyOf(path, variable, body)

    def _list(self) -> tuple[Literal, ...]:
        self._take("(")
        values = [self._literal()]
        while self.kind == "mark" and self.lexeme == ",":
            self._next()
            values.append(self._literal())
        self._take(")")
        return tuple(values)

    def _literal(self) -> Literal:
        kind, lexeme = self.kind, self.lexeme
        if kind == "word" and lexeme.lower() in ("true", "false", "null"):
            self._next()
            return {"true": True, "false": False, "null": None}[lexeme.lower()]
        if kind not in ("string", "date", "guid", "number"):
            raise self._wrong("a value is expected")
        try:
            value: Literal = lexeme.lower()
            if kind == "string":
                value = lexeme[1:-1].replace("''", "'")
            elif kind == "date":
                value = moment(lexeme)
            elif kind == "number":
                value = float(lexeme) if "." in lexeme else int(lexeme)
        except ValueError:
            raise self._wrong("a value is expected") from None
        self._next()
        return value
