"""Exchange's own ways to write a value, and the one form each has here: what is compared, shown and typed."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from html.parser import HTMLParser

from services.operation import Json

UNLIMITED = "Unlimited"
_UNITS = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(B|KB|MB|GB|TB|bytes)?", re.IGNORECASE)
_EXACT = re.compile(r"\(([0-9][0-9.,'\s]*)bytes\)", re.IGNORECASE)
_SPAN = re.compile(r"(?:([0-9]{1,5})\.)?00:00:00(?:\.0+)?")
_BLOCKS = frozenset(
    {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"}
)
_UNSEEN = frozenset({"style", "script", "head", "title"})
_TAG = re.compile(r"\s*<(?:!--|!doctype|[a-z])", re.IGNORECASE)


class Form(StrEnum):
    """How a value of Exchange is read before it is compared with another."""

    PLAIN = ""
    SIZE = "size"
    """"50 GB (53,687,091,200 bytes)" is 53687091200; "Unlimited" stays."""
    ALIASES = "aliases"
    """The proxy addresses are reduced to the secondary SMTP ones, without prefix, in lower case, sorted."""
    SMTP = "smtp"
    """An address without its `smtp:`."""
    INSTANT = "instant"
    """A moment in UTC as 2026-01-31T08:00:00Z."""
    NAMES = "names"
    """Recipients by address, in lower case, sorted."""
    MARKUP = "markup"
    """HTML is reduced to the text that it shows: Exchange rewrites the tags around it."""
    RIGHTS = "rights"
    """Access rights as a list, however many there are."""


def read(form: str, value: Json) -> Json:
    """The value in its form; reading twice changes nothing more."""
    return _READINGS[form](value) if value is not None and form else value


def size(value: Json) -> Json:
    """Bytes of a size as Exchange or a person writes it, `UNLIMITED`, or None where it is neither.

    A fraction of a unit is rounded up to whole kilobytes, as Exchange does; bytes in brackets are exact.
    """
    if isinstance(value, int):
        return value
    text = str(value).strip()
    if text.casefold() == UNLIMITED.casefold():
        return UNLIMITED
    if exact := _EXACT.search(text):
        return int(re.sub(r"[^0-9]", "", exact[1]))
    found = _SIZE.fullmatch(text)
    if not found:
        return None
    unit = _UNITS["B" if (found[2] or "B").lower() == "bytes" else (found[2] or "B").upper()]
    if "." not in found[1]:
        return int(found[1]) * unit
    whole, _, fraction = found[1].partition(".")
    scaled = int(whole + fraction) * unit
    kilobytes = -(-scaled // (10 ** len(fraction) * 1024))
    return kilobytes * 1024


def shown_size(value: Json) -> str:
    """A size as a person reads it; whoever types just that means exactly the same bytes."""
    if value is None or isinstance(value, str):
        return str(value or "")
    unit = next((u for u in ("TB", "GB", "MB", "KB") if value >= _UNITS[u]), "B")
    number = f"{value / _UNITS[unit]:.2f}".rstrip("0").rstrip(".")
    text = f"{number} {unit}"
    return text if size(text) == value else f"{text} ({value:,} bytes)"


def sent_size(value: Json) -> Json:
    """A size as a cmdlet takes it: "50GB", in the largest unit that holds it exactly."""
    if not isinstance(value, int):
        return value
    exact = (u for u in ("TB", "GB", "MB", "KB") if value >= _UNITS[u] and value % _UNITS[u] == 0)
    unit = next(exact, "B")
    return f"{value // _UNITS[unit]}{unit}"


def several(value: Json) -> list[str]:
    """The texts of a list; Exchange may write one that holds a single value as that value, and none as null."""
    texts = value if isinstance(value, list) else [] if value == "" else [value]
    return [str(each) for each in texts if each is not None]


def aliases(value: Json) -> list[str]:
    """The secondary SMTP addresses among proxy addresses, or those of a list that is reduced already."""
    bare = (text.removeprefix("smtp:").lower() for text in several(value))
    # other kinds of addresses keep the prefix that tells them, the primary one its capitals
    return sorted({address for address in bare if ":" not in address})


def names(value: Json) -> list[str]:
    """A list of recipients, each in lower case."""
    return called(value, {})


def called(value: Json, known: Mapping[str, str]) -> list[str]:
    """A list of recipients by the addresses that are known of their names; the others as they are named."""
    texts = [text.lower() for text in several(value)]
    return sorted({known.get(text, text) for text in texts})


def smtp(value: Json) -> Json:
    """An SMTP address without its prefix, whatever that prefix's case."""
    text = str(value)
    return text[5:] if text[:5].casefold() == "smtp:" else text


def instant(value: Json) -> Json:
    """A moment in UTC; one without an offset is in UTC already. What is no moment stays as it is."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return value
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def shown_instant(value: Json) -> str:
    """A moment in UTC as it is typed: 2026-01-31 08:00."""
    text = str(read(Form.INSTANT, value) or "")
    return text[:16].replace("T", " ")


def listed(value: Json) -> list[str]:
    """Rights or flags as a list; Exchange writes several as a list or as one text with commas."""
    texts = value if isinstance(value, list) else str(value or "").split(",")
    return [text for text in (str(each).strip() for each in texts) if text]


def days(value: Json) -> int | None:
    """Whole days of a .NET time span such as 14.00:00:00, or 00:00:00 for none; None for any other span."""
    found = _SPAN.fullmatch(str(value))
    return int(found[1] or 0) if found else None


def text_of_markup(value: Json) -> str:
    """The text that a piece of HTML shows, a line a paragraph."""
    reader = _Reader()
    reader.feed(str(value))
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def markup_of_text(text: str) -> str:
    """HTML that shows this text; what starts with a tag is HTML already and stays as it is."""
    if _TAG.match(text):
        return text
    lines = [html.escape(line, quote=False) for line in text.strip().splitlines()]
    return f"<html><body>{'<br>'.join(lines)}</body></html>"


def same_text(one: Json, other: Json) -> bool:
    """Whether two pieces of HTML or text show the same, however it is broken into lines."""
    return text_of_markup(one or "").split() == text_of_markup(other or "").split()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks start lines."""
        self._unseen += tag in _UNSEEN
        if tag == "br":
            self.pieces.append("\n")
        elif tag in _BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        """Blocks end lines."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        """What is seen."""
        between = data.isspace() and (not self.pieces or self.pieces[-1] == "\n")
        if not self._unseen and not between:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        if self.pieces and self.pieces[-1] != "\n":
            self.pieces.append("\n")


_READINGS: Mapping[str, Callable[[Json], Json]] = {
    Form.SIZE: size,
    Form.ALIASES: aliases,
    Form.SMTP: smtp,
    Form.INSTANT: instant,
    Form.NAMES: names,
    Form.MARKUP: text_of_markup,
    Form.RIGHTS: listed,
}
