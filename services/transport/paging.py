"""Following nextLinks: only on the same host, never in a circle, never without an end."""

import msgspec

from services.clean import clean
from services.transport.answers import Undecodable, cleaned, decode
from services.transport.suspects import suspects

MOST_PAGES = 5_000
MOST_EMPTY = 50
"""Pages in all, and empty ones in a row, after which a service is taken to page without end."""


class _Object(msgspec.Struct):
    """Anything in braces: what is in them is not decoded here."""


class _Page(msgspec.Struct, frozen=True):
    value: list[_Object]
    next_link: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="@odata.nextLink")


class Page(msgspec.Struct, frozen=True):
    """One page: its bytes as they came, a mark of its objects (0: there are none), the link to the next page."""

    content: bytes
    mark: int
    next_link: str


_DECODER = msgspec.json.Decoder(_Page)
_LINK = msgspec.json.Decoder(str | None)


def page_of(content: bytes) -> Page:
    """The page in these bytes. Raises `Undecodable` when they are not a list of objects."""
    try:
        return _page(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # one odd name must not cost the whole page
        pass
    try:
        return _page(cleaned(content))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Undecodable("not a page of objects") from None


def cleaned_page(content: bytes) -> bytes:
    """The page with every text cleaned; one odd name must not cost the whole page. Raises `Undecodable`.

    Where a text is no UTF-8, it may still be none: `mended`.
    """
    suspect = suspects(content)
    try:
        return _by_object(content) if suspect is None else _by_text(content, suspect)
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        return cleaned(content)


def _by_object(content: bytes) -> bytes:
    parts = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    items = msgspec.json.decode(parts.pop("value"), type=list[msgspec.Raw])
    rest = decode(msgspec.json.encode(parts))
    value = b",".join([cleaned(bytes(item)) for item in items])
    return msgspec.json.encode({**rest, "value": msgspec.Raw(b"[" + value + b"]")})


def _by_text(content: bytes, suspect: list[bytes]) -> bytes:
    """Only the texts that hold one of these are looked at."""
    for part in suspect:
        pieces: list[bytes] = []
        done = 0
        at = content.find(part)
        while at >= 0:
            first, end = _quotes(content, at)
            text = msgspec.json.encode(clean(msgspec.json.decode(content[first:end], type=str)))
            pieces += (content[done:first], text)
            at, done = content.find(part, end), end
        content = b"".join((*pieces, content[done:]))
    return content


def _quotes(content: bytes, at: int) -> tuple[int, int]:
    """Where the text begins and ends that stands around this place, with its quotes."""
    first = at
    while (first := content.rindex(b'"', 0, first)) and _is_escaped(content, first):
        continue
    end = at
    while _is_escaped(content, end := content.index(b'"', end)):
        end += 1
    return first, end + 1


def _is_escaped(content: bytes, at: int) -> bool:
    first = at
    while first and content[first - 1] == ord("\\"):
        first -= 1
    return (at - first) % 2 == 1


def _page(content: bytes) -> Page:
    page = _DECODER.decode(content)
    link = _LINK.decode(page.next_link) or ""
    mark = hash(content.replace(bytes(page.next_link), b"")) if page.value else 0
    return Page(content, mark, link)


class Trail:
    """The links and pages seen so far, to notice a service that leads in a circle."""

    def __init__(self) -> None:
        self._links: set[str] = set()
        self._pages: set[int] = set()
        self._empty = 0

    def objection(self, link: str, mark: int) -> str:
        """Why this link, found on a page with this mark, must not be followed; "" when it may be."""
        if link in self._links:
            return "its pages lead in a circle"
        if mark and mark in self._pages:
            return "the same page came twice"
        self._links.add(link)
        self._pages.add(mark)
        self._empty = 0 if mark else self._empty + 1
        if self._empty > MOST_EMPTY or len(self._links) > MOST_PAGES:
            return "its pages do not end"
        return ""
