"""Several lists as one: each entry once, newest first, and nothing read that is not needed yet."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tabs.newest_first import Dated, newest_first

START = datetime(2026, 1, 1, tzinfo=UTC)
Pages = list[list[tuple[int, str]]]


class Listing:
    """A list that tells how many of its pages were read."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.read = 0

    async def __call__(self) -> AsyncIterator[list[Dated[str]]]:
        """The pages."""
        for page in self.pages:
            self.read += 1
            yield [(START + timedelta(seconds=at), identity, identity) for at, identity in page]


async def merged(*listings: Listing) -> list[list[str]]:
    """All pages of the merged list."""
    return [page async for page in newest_first({str(n): one() for n, one in enumerate(listings)})]


def cut(moments: list[int], name: str, size: int) -> Pages:
    """A list in pages, newest first."""
    rows = [(at, f"{name}{at:03d}{n}") for n, at in enumerate(sorted(moments, reverse=True))]
    return [rows[start : start + size] for start in range(0, len(rows), size)]


@given(
    st.lists(st.lists(st.integers(0, 50), max_size=12), min_size=1, max_size=4),
    st.integers(1, 4),
)
def test_whatever_the_pages_the_order_is_right(lists: list[list[int]], size: int) -> None:
    listings = [Listing(cut(moments, chr(97 + n), size)) for n, moments in enumerate(lists)]
    found = [entry for page in asyncio.run(merged(*listings)) for entry in page]
    times = [int(entry[1:4]) for entry in found]
    assert times == sorted(times, reverse=True)
    assert sorted(found) == sorted(identity for one in listings for page in one.pages for _, identity in page)


@pytest.mark.anyio
async def test_only_what_is_needed_for_the_next_page_is_read() -> None:
    new, old = Listing(cut(list(range(50, 60)), "n", 5)), Listing(cut(list(range(10)), "o", 5))
    pages = newest_first({"new": new(), "old": old()})
    assert len(await anext(pages)) == 5
    assert (new.read, old.read) == (1, 1)
    assert len(await anext(pages)) == 5
    assert (new.read, old.read) == (2, 1)
    assert len(await anext(pages)) == 5
    assert (new.read, old.read) == (2, 1)


@pytest.mark.anyio
async def test_an_entry_of_two_lists_is_there_once_and_an_empty_page_ends_nothing() -> None:
    on, by = Listing([[(5, "same"), (4, "on")], [], [(2, "late")]]), Listing([[(5, "same"), (3, "by")]])
    assert [e for page in await merged(on, by) for e in page] == ["same", "on", "by", "late"]
    assert await merged(Listing([]), Listing([[]])) == []
