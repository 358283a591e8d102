"""Known: the directory objects of one kind as memory and cache hold them, fed with the pages of delta queries."""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from services import group, user
from services.errors import BadAnswer

CHUNKS = 256
"""Into how many stored pieces a kind is divided: a delta of few objects rewrites few of them."""


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Identified)


class Kind(msgspec.Struct, Generic[T], frozen=True):
    """One kind of directory object and where it is listed; the transport has cleaned what comes from there."""

    name: str
    path: str
    fields: str
    type: type[T]


GROUPS: Kind[group.Group] = Kind("groups", "/groups/delta", group.FIELDS, group.Group)
USERS: Kind[user.User] = Kind("users", "/users/delta", user.LIST_FIELDS, user.User)


class Known(Generic[T]):
    """What is known of one kind. `as_of` and `link` say when, and how to ask for what changed since."""

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self.objects: dict[str, T] = {}
        self.link = ""
        self.as_of: datetime | None = None
        self.unreadable = 0
        """Objects that came and are no such objects; one of them must not hide ten thousand good ones."""
        self.revised = False
        """Whether a page took back or changed what an earlier page of the same listing had given."""

    def remember(self, chunks: Iterable[bytes]) -> list[T]:
        """Takes in some of what `encoded` stored, and gives it. Raises `msgspec.MsgspecError` for foreign bytes."""
        decoder = msgspec.json.Decoder(list[self.kind.type])  # type: ignore[name-defined]
        items: list[T] = []
        for chunk in chunks:
            items += decoder.decode(chunk or b"[]")
        self.objects.update((item.id, item) for item in items)
        return items

    def first(self, raw: bytes) -> list[T]:
        """Takes in one page of a first listing and gives the objects that are new. Raises `BadAnswer`."""
        page = self._page(raw)
        decoder = msgspec.json.Decoder(self.kind.type)
        holds_removed = b"@removed" in raw
        fresh = []
        for piece in page.value:
            try:
                if holds_removed and (head := _HEAD.decode(piece)).removed is not None:
                    self.revised |= self.objects.pop(head.id, None) is not None
                    continue
                item = decoder.decode(piece)
            except msgspec.ValidationError:
                self.unreadable += 1
                continue
            before = self.objects.get(item.id)
            if before is None:
                fresh.append(item)
            self.revised |= before is not None and before != item
            self.objects[item.id] = item
        return fresh

    def changed(self, raw: bytes) -> set[int]:
        """Takes in one page of changes and gives the chunks they touched. Raises `BadAnswer`."""
        touched = set()
        for piece in self._page(raw).value:
            try:
                head = _HEAD.decode(piece)
                if head.removed is not None:
                    self.objects.pop(head.id, None)
                else:
                    self.objects[head.id] = self._merged(self.objects.get(head.id), piece)
            except msgspec.ValidationError:
                self.unreadable += 1
                continue
            touched.add(bucket(head.id))
        return touched

    def encoded(self, touched: Iterable[int]) -> Mapping[int, bytes]:
        """These chunks as they are stored."""
        chunks: dict[int, list[T]] = {number: [] for number in touched}
        for item in self.objects.values():
            if (number := bucket(item.id)) in chunks:
                chunks[number].append(item)
        return {number: msgspec.json.encode(items) for number, items in chunks.items()}

    def complaint(self) -> str:
        """How many objects could not be read; "" when all could."""
        if not self.unreadable:
            return ""
        return f"{self.unreadable} {self.kind.name} could not be read and are not shown"

    def _merged(self, before: T | None, piece: msgspec.Raw) -> T:
        """A change names only what it changes, null where it clears."""
        merged = {**(msgspec.to_builtins(before) if before else {}), **msgspec.json.decode(piece)}
        return msgspec.convert(merged, self.kind.type)

    def _page(self, raw: bytes) -> "_Page":
        try:
            page = _PAGE.decode(raw)
        except msgspec.DecodeError:
            raise BadAnswer(
                f"The list of {self.kind.name} that came is not one that Graph publishes; nothing of it was "
                "used. Press F5 to ask again."
            ) from None
        self.link = page.delta or self.link
        return page


class _Removed(msgspec.Struct):
    reason: str = ""


class _Head(msgspec.Struct):
    id: str
    removed: _Removed | None = msgspec.field(name="@removed", default=None)


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]
    delta: str = msgspec.field(name="@odata.deltaLink", default="")


_HEAD = msgspec.json.Decoder(_Head)
_PAGE = msgspec.json.Decoder(_Page)


def bucket(identifier: str) -> int:
    """The stored piece an object belongs to."""
    return zlib.crc32(identifier.encode()) % CHUNKS
