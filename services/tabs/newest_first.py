"""Several lists, each newest first, read page by page, as one: no further than is needed for the next page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

Dated = tuple[datetime, str, T]
"""When it was, its id, and what it is."""


class _Stream(Generic[T]):
    def __init__(self, pages: AsyncIterator[Sequence[Dated[T]]]) -> None:
        self.pages = pages
        self.held: list[Dated[T]] = []
        self.over = False

    async def fill(self) -> None:
        """Reads on until something is held, or there is no more."""
        while not self.held and not self.over:
            page = await anext(self.pages, None)
            self.over = page is None
            # whoever sends them says newest first; a page that is not would otherwise be out of order for ever
            self.held = sorted(page or (), key=_place)


async def newest_first(lists: Mapping[str, AsyncIterator[Sequence[Dated[T]]]]) -> AsyncIterator[list[T]]:
    """Pages of all lists together, each entry once (by its id), newest first.

    A page ends where one of the lists has to be read on: only then is it known what comes next.
    """
    streams = [_Stream(pages) for pages in lists.values()]
    seen: set[str] = set()
    while True:
        for stream in streams:
            await stream.fill()
        if not any(stream.held for stream in streams):
            return
        page: list[T] = []
        while all(stream.held or stream.over for stream in streams):
            held = [stream for stream in streams if stream.held]
            if not held:
                break
            newest = max(held, key=lambda stream: _place(stream.held[-1]))
            _, identity, what = newest.held.pop()
            if identity not in seen:
                seen.add(identity)
                page.append(what)
        yield page


def _place(entry: Dated[T]) -> tuple[datetime, str]:
    return entry[0], entry[1]
