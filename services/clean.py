"""What a directory sends is untrusted text: takes out everything a terminal would act on or hide behind."""

import re
import unicodedata

from services.operation import Json

LIMIT = 10_000
"""Characters a text may have; more are cut and end in an ellipsis."""

DEPTH = 100
"""How deep a decoded answer may be nested."""

_MARKS = 6
"""Combining marks and joiners one character may carry; scripts in use need five at most."""

# Links that are followed, and what an item of a batch holds that is no JSON: a picture in base64. None is shown.
_WHOLE = frozenset({"@odata.nextLink", "odata.nextLink", "@odata.deltaLink", "body"})
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200c\u200d"

# Cf characters that are part of what is written (Arabic, Syriac and Kaithi signs that precede a number).
_VISIBLE_FORMATS = frozenset((*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))

# Not word, not space, not ASCII: what combining marks are, and little else that comes in long runs.
_RUN = re.compile(rf"[^\w\s\x21-\x7e]{{{_MARKS + 1},}}")
_BREAK = re.compile(r"\r\n?|[\n\t\u2028\u2029]")
_TAGS = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)|[\U000e0020-\U000e007f]+"
)
_JOINER = re.compile(f"[{_JOINERS}]+")


class _Replacements(dict[int, str | int]):
    """A `str.translate` table that decides about a character when it first meets it."""

    def __missing__(self, code: int) -> str | int:
        self[code] = found = _replacement(code)
        return found


def has_run(text: str) -> bool:
    """Whether so many marks come one after the other that `clean` has to look at them."""
    return not text.isascii() and _RUN.search(text) is not None


def clean(text: str, limit: int = LIMIT) -> str:
    """The text as it may be shown: one line, at most `limit` characters, nothing that acts on a terminal.

    Line breaks and tabs become spaces; C0 controls their picture (␛); C1 controls, lone surrogates and
    noncharacters U+FFFD; bidi controls and zero-width characters vanish. Joiners stay where a script or an
    emoji needs them, and piles of combining marks are capped. Cleaning twice changes nothing more.
    """
    if len(text) <= limit and text.isprintable() and not has_run(text):
        return text
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    # the joiners between the parts of an emoji are nothing odd
    if not _JOINER.sub("", text).isprintable():
        text = _BREAK.sub(" ", text).translate(_TABLE)
        text = _TAGS.sub(r"\1", text)
    text = _JOINER.sub(_joined, text)
    return _capped(text) if _RUN.search(text) else text


def clean_json(value: Json, depth: int = DEPTH) -> Json:
    """The decoded JSON value with every text in it cleaned, keys too; what is never shown is not cut.

    Raises `ValueError` when it is nested more than `depth` levels.
    """
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, list):
        return [clean_json(item, depth - 1) for item in value]
    found = {}
    for key, item in value.items():
        if isinstance(item, str):
            item = clean(item, len(item) if key in _WHOLE else LIMIT)
        elif item is not None:
            item = clean_json(item, depth - 1)
        found[key if key.isascii() and key.isprintable() else clean(key)] = item
    return found


def _replacement(code: int) -> str | int:
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
        return _REPLACEMENT
    category = unicodedata.category(chr(code))
    if category in ("Cc", "Cs"):
        return _REPLACEMENT
    if category == "Cf":
        kept = code in _VISIBLE_FORMATS or chr(code) in _JOINERS or 0xE0020 <= code <= 0xE007F
        return code if kept else ""
    if category == "Cn" and (code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF):
        return ""
    return code


def _joined(run: re.Match[str]) -> str:
    before = run.string[run.start() - 1 : run.start()]
    return "" if before.isascii() or before.isspace() else run[0][0]


def _capped(text: str) -> str:
    kept = []
    run = 0
    for char in text:
        carried = char in _JOINERS or unicodedata.category(char) in ("Mn", "Me", "Mc")
        run = run + 1 if carried else 0
        if run <= _MARKS:
            kept.append(char)
    return "".join(kept)


_TABLE = _Replacements()
