"""Following nextLinks: only on the same host, never in a circle, never without an end."""

import msgspec

from services.transport.answers import Undecodable, cleaned, decode, is_clean

MOST_PAGES = 5_000
MOST_EMPTY = 50
"""Pages in all, and empty ones in a row, after which a service is taken to page without end."""


class _Page(msgspec.Struct, frozen=True):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class Page(msgspec.Struct, frozen=True):
    """One page: its cleaned bytes, the objects alone (b"" when there are none), the link to the next."""

    content: bytes
    value: bytes
    next_link: str


_DECODER = msgspec.json.Decoder(_Page)


def page_of(content: bytes) -> Page:
    """The page in these bytes. Raises `Undecodable` when they are not a list of objects."""
    content = _cleaned(content)
    try:
        page = _DECODER.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Undecodable("not a page of objects") from None
    items = [bytes(item) for item in page.value]
    if any(item[:1] != b"{" for item in items):
        raise Undecodable("not a page of objects")
    return Page(content, b",".join(items), page.next_link or "")


def _cleaned(content: bytes) -> bytes:
    """The page with every text cleaned, object by object: one odd name must not cost the whole page."""
    if is_clean(content):
        return content
    try:
        parts = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        items = msgspec.json.decode(parts.pop("value"), type=list[msgspec.Raw])
        rest = decode(msgspec.json.encode(parts))
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        return cleaned(content)
    value = b",".join([cleaned(bytes(item)) for item in items])
    return msgspec.json.encode({**rest, "value": msgspec.Raw(b"[" + value + b"]")})


class Trail:
    """The links and pages seen so far, to notice a service that leads in a circle."""

    def __init__(self) -> None:
        self._links: set[str] = set()
        self._pages: set[int] = set()
        self._empty = 0

    def objection(self, link: str, value: bytes) -> str:
        """Why this link, found on a page with this value, must not be followed; "" when it may be."""
        seen = hash(value)
        if link in self._links:
            return "its pages lead in a circle"
        if value and seen in self._pages:
            return "the same page came twice"
        self._links.add(link)
        self._pages.add(seen)
        self._empty = 0 if value else self._empty + 1
        if self._empty > MOST_EMPTY or len(self._links) > MOST_PAGES:
            return "its pages do not end"
        return ""
