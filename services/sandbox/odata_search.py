"""$search: quoted `property:words` clauses joined by AND, OR, NOT; names by word, the rest by prefix."""

import re
from typing import TypeAlias

import msgspec

from services.sandbox.answers import Json, Refusal

_SEARCHABLE = {
    "displayName": True, "description": True, "givenName": True, "surname": True, "mail": False,
    "userPrincipalName": False, "mailNickname": False, "otherMails": False, "proxyAddresses": False,
}  # fmt: skip
"""Property -> searched word by word."""
_INDEXED = {"displayName": "name", "mail": "mail", "userPrincipalName": "upn", "mailNickname": "nick"}
_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(AND|OR|NOT)\b|([()]))')
_WORDS = re.compile(r"\w+")


class Search(msgspec.Struct, frozen=True):
    """A search that was read: alternatives, each a list of (negated, property, words) that must all hold."""

    any_of: tuple[tuple[tuple[bool, str, str], ...], ...]

    def fits(self, document: dict[str, Json]) -> bool:
        """True when one of the alternatives holds."""
        return any(
            all(_holds(document, prop, text) != no for no, prop, text in all_of) for all_of in self.any_of
        )

    def to_sql(self) -> tuple[str, list[str]] | None:
        """A condition that everything found satisfies (and some more), None where columns cannot tell."""
        alternatives, parameters = [], []
        for all_of in self.any_of:
            parts = []
            for no, prop, text in all_of:
                column, low = _INDEXED.get(prop), text.casefold()
                if no or column is None or not low:
                    return None
                if column == "name":
                    words = _WORDS.findall(low)
                    found = " AND ".join(["instr(name, ?) > 0"] * len(words)) or "0"
                    parts.append(f"(({found}) OR (name >= ? AND name < ?))")
                    parameters += [*words, low, low + "\U0010ffff"]
                else:
                    parts.append(f"({column} >= ? AND {column} < ?)")
                    parameters += [low, low + "\U0010ffff"]
            alternatives.append(" AND ".join(parts))
        return f"({' OR '.join(alternatives)})", parameters


def read_search(text: str) -> Search:
    """The search. Raises Refusal 400 for what cannot be read."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(text, at)
        quoted, word, mark = match.groups()
        tokens.append(
            ("clause", re.sub(r"\\(.)", r"\1", quoted)) if quoted is not None else ("mark", word or mark)
        )
        at = match.end()
    found = _either(tokens, text)
    if tokens:
        raise _wrong(text, 0)
    return Search(tuple(tuple(part) for part in found))


_Parts: TypeAlias = list[list[tuple[bool, str, str]]]


def _either(tokens: list[tuple[str, str]], text: str) -> _Parts:
    parts = _both(tokens, text)
    while tokens and tokens[0] == ("mark", "OR"):
        tokens.pop(0)
        parts = parts + _both(tokens, text)
    return parts


def _both(tokens: list[tuple[str, str]], text: str) -> _Parts:
    parts = _single(tokens, text)
    while (tokens and tokens[0] in (("mark", "AND"), ("mark", "NOT"))) or (
        tokens and tokens[0][0] == "clause"
    ):
        if tokens[0] == ("mark", "AND"):
            tokens.pop(0)
        right = _single(tokens, text)
        parts = [a + b for a in parts for b in right]
    return parts


def _single(tokens: list[tuple[str, str]], text: str) -> _Parts:
    if not tokens:
        raise _wrong(text, len(text))
    kind, part = tokens.pop(0)
    if kind == "clause":
        return [[(False, *_clause(part))]]
    if part == "NOT":
        inner = _single(tokens, text)
        if len(inner) != 1 or len(inner[0]) != 1:
            raise _wrong(text, 0)
        no, prop, words = inner[0][0]
        return [[(not no, prop, words)]]
    if part == "(":
        parts = _either(tokens, text)
        if not tokens or tokens.pop(0) != ("mark", ")"):
            raise _wrong(text, len(text))
        return parts
    raise _wrong(text, 0)


def _clause(token: str) -> tuple[str, str]:
    prop, colon, words = token.partition(":")
    if not colon:
        raise Refusal(
            400, "BadRequest", f'Invalid $search clause "{token}": a property and a colon are expected.'
        )
    if prop not in _SEARCHABLE:
        raise Refusal(
            400,
            "Request_UnsupportedQuery",
            f"Property '{prop}' is not searchable: unsupported $search clause.",
        )
    return prop, words


def _holds(document: dict[str, Json], prop: str, text: str) -> bool:
    found = document.get(prop)
    values = found if isinstance(found, list) else [found]
    wanted = text.casefold()
    for value in values:
        if not isinstance(value, str):
            continue
        low = value.casefold()
        if low.startswith(wanted):
            return True
        if _SEARCHABLE[prop]:
            have, want = _WORDS.findall(low), _WORDS.findall(wanted)
            if want and all(any(word.startswith(part) for word in have) for part in want):
                return True
    return False


def _wrong(text: str, at: int) -> Refusal:
    return Refusal(400, "BadRequest", f"Syntax error at position {at} in $search '{text}'.")
