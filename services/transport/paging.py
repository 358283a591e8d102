"""Following nextLinks: only on the same host, never in a circle, never without an end."""

import msgspec

from services.transport.answers import Undecodable, cleaned, decode, suspects

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
    """The page with every text cleaned, object by object. Raises `Undecodable`."""
    suspect = suspects(content)
    if suspect == []:
        return content
    try:
        parts = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        items = msgspec.json.decode(parts.pop("value"), type=list[msgspec.Raw])
        rest = decode(msgspec.json.encode(parts))
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        return cleaned(content)
    pieces = list(map(bytes, items))
    numbers = (
        range(len(pieces))
        if suspect is None
        else [number for part in suspect for number, piece in enumerate(pieces) if part in piece]
    )
    for number in numbers:
        pieces[number] = cleaned(pieces[number])
    return msgspec.json.encode({**rest, "value": msgspec.Raw(b"[" + b",".join(pieces) + b"]")})


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
