"""The kinds of directory objects that are kept as whole lists, and how a page of such a list is read."""

from contextlib import suppress
from typing import Generic, Protocol, TypeVar

import msgspec

from services import group, user
from services.errors import BadAnswer
from services.transport.suspects import mended


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

    def complaint(self, unreadable: int) -> str:
        """How many objects came and are no such objects; "" when all are."""
        return f"{unreadable} {self.name} could not be read and are not shown" if unreadable else ""


GROUPS: Kind[group.Group] = Kind("groups", "/groups/delta", group.FIELDS, group.Group)
USERS: Kind[user.User] = Kind("users", "/users/delta", user.LIST_FIELDS, user.User)


class Removed(msgspec.Struct):
    """Why an object is in the list no more."""

    reason: str = ""


class Head(msgspec.Struct):
    """What every piece of a page has: whose it is, and whether it tells that the object is gone."""

    id: str
    removed: Removed | None = msgspec.field(name="@removed", default=None)

    def __post_init__(self) -> None:
        """Ids in small letters, as those of the objects are."""
        self.id = self.id.lower()


class ListPage(msgspec.Struct):
    """One page of a list, its objects not decoded yet. `delta` asks for what changes from here on."""

    value: list[msgspec.Raw]
    delta: str = msgspec.field(name="@odata.deltaLink", default="")


HEAD = msgspec.json.Decoder(Head)
_PAGE = msgspec.json.Decoder(ListPage)


class Reading(Generic[T]):
    """Decodes the pages of one kind."""

    def __init__(self, kind: Kind[T]) -> None:
        self._kind = kind
        self._one = msgspec.json.Decoder(kind.type)
        self._all = msgspec.json.Decoder(_Objects[kind.type])  # type: ignore[name-defined]

    def page(self, raw: bytes) -> ListPage:
        """The page. Raises `BadAnswer`."""
        try:
            return _PAGE.decode(mended(raw))
        except msgspec.DecodeError:
            raise BadAnswer(
                f"The list of {self._kind.name} that came is not one that Graph publishes; nothing of it was "
                "used. Press F5 to ask again."
            ) from None

    def piece(self, piece: bytes | msgspec.Raw) -> T | Head | None:
        """One object of a page; its head where it tells that the object is gone, None where it is no such object."""
        try:
            if b"@removed" in bytes(piece) and (head := HEAD.decode(piece)).removed is not None:
                return head
            return self._one.decode(piece)
        except msgspec.ValidationError:
            return None

    def objects(self, raw: bytes) -> list[T]:
        """The objects of a page that can be read. Raises `BadAnswer`."""
        if b"@removed" not in raw:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                return self._all.decode(raw).value
        found = map(self.piece, self.page(raw).value)
        return [item for item in found if item is not None and not isinstance(item, Head)]


class _Objects(msgspec.Struct, Generic[T]):
    value: list[T]
