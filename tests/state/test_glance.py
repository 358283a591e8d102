"""A glance at a cached list: what is there, and nothing where there is none or the file is not whole."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from state.cache import Cached, DirectoryCache
from state.database import Database
from state.glance import Glance, glance

NOON = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)


def test_the_first_chunks_of_a_list_and_how_old_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    counted: list[int] = []

    def two(count: int) -> int:
        counted.append(count)
        return 2

    async def store() -> None:
        database = await Database.open(path)
        try:
            cache = DirectoryCache(database, "t1")
            await cache.replace("users", {0: b"zero", 1: b"one", 2: b"two"}, Cached("link", NOON, 7))
            # another program has the file open, and has not written its log back
            assert glance(path, "t1", "users", two) == Glance([b"zero", b"one"], 7, NOON)
            assert glance(path, "t2", "users", two) is None
            assert glance(path, "t1", "groups", two) is None
        finally:
            await database.close()

    assert glance(path, "t1", "users", two) is None
    assert not path.exists(), "to look makes no file"
    asyncio.run(store())
    assert glance(path, "t1", "users", two) == Glance([b"zero", b"one"], 7, NOON)
    assert counted == [7, 7]
    raw = path.read_bytes()
    path.write_bytes(raw[:100] + bytes(len(raw) - 100))
    assert glance(path, "t1", "users", two) is None
    path.write_bytes(b"no database")
    assert glance(path, "t1", "users", two) is None
