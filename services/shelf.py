"""Shelf: where the chunks of one kind are, on the disk, or in memory while the disk does not take them."""

from collections.abc import Mapping, Sequence

from services.chunks import CHUNKS
from state.cache import Cached, DirectoryCache
from state.errors import StateError


class Shelf:
    """The chunks of one kind. Every copy of the program has the same disk: what one stored, all read."""

    def __init__(self, cache: DirectoryCache, kind: str) -> None:
        self._cache = cache
        self._kind = kind
        self._held: dict[int, bytes] = {}
        self._facts: Cached | None = None

    async def facts(self) -> Cached | None:
        """What is known of the list as a whole; None when there is none. Raises `StateError`."""
        return self._facts or await self._cache.facts(self._kind)

    async def chunks(self, numbers: Sequence[int]) -> list[bytes]:
        """The chunks of these numbers, b"" for one that holds nothing. Raises `StateError`."""
        missing = [number for number in numbers if number not in self._held]
        found = await self._cache.chunks(self._kind, missing) if missing else {}
        return [self._held.get(number) or found.get(number, b"") for number in numbers]

    async def replace(self, chunks: Mapping[int, bytes], facts: Cached) -> str:
        """These are all chunks now. Gives why they could not be stored, "" when they could."""
        return await self._keep(dict.fromkeys(range(CHUNKS), b"") | dict(chunks), facts)

    async def update(self, chunks: Mapping[int, bytes], facts: Cached) -> str:
        """These chunks take the place of their namesakes. Gives why they could not be stored."""
        return await self._keep(self._held | dict(chunks), facts)

    async def _keep(self, chunks: dict[int, bytes], facts: Cached) -> str:
        store = self._cache.replace if len(chunks) == CHUNKS else self._cache.update
        try:
            await store(self._kind, chunks, facts)
        except StateError as error:
            self._held, self._facts = chunks, facts
            return error.sentence
        self._held, self._facts = {}, None
        return ""
