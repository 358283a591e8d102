"""The catalogue of a tenant's objects: filled by pages, kept, brought up to date, and never lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.chunks import packed
from services.directory import Catalogue, Listing
from services.directory_kinds import GROUPS
from services.errors import RollcallError, ServiceDown
from services.group import Group
from state.cache import Cached, DirectoryCache
from state.database import Database
from state.errors import StateError
from tests.sandbox import running_sandbox
from tests.services.connected import connected
from tests.services.transport.doors import Graph, graph
from tests.services.transport.server import Said

pytestmark = pytest.mark.anyio


class Desk:
    """A catalogue of groups in front of a scripted server."""

    def __init__(self, door: Graph, database: Database) -> None:
        self.door = door
        self.server = door.server
        self.cache = DirectoryCache(database, "t")
        self.groups = self.opened()

    def opened(self) -> Catalogue[Group]:
        """A catalogue that knows only what is cached, as after a restart."""
        return Catalogue(GROUPS, self.door.transport, self.cache, self.door.clock)

    def page(self, *objects: Any, more: str = "", delta: str = "") -> Said:
        """A page of the delta query; `more` and `delta` are the tokens of its links."""
        body: dict[str, Any] = {"value": list(objects)}
        links = {"@odata.nextLink": ("skiptoken", more), "@odata.deltaLink": ("deltatoken", delta)}
        for name, (option, token) in links.items():
            if token:
                body[name] = f"{self.server.root}/v1.0/groups/delta?${option}={token}"
        return Said(body=body)


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    database = await Database.open(folder / "state.db")
    try:
        async with graph() as door:
            found = Desk(door, database)
            try:
                yield found
            finally:
                await found.groups.close()
    finally:
        await database.close()


def one(name: str, **facts: Any) -> dict[str, Any]:
    """A group whose id is its name's."""
    return {"id": name, "displayName": f"Group {name}", "securityEnabled": True, **facts}


async def shown(catalogue: Catalogue[Group], max_age: float = 30.0) -> tuple[list[str], list[Listing[Group]]]:
    """The names a screen would show at the end, and every piece that came."""
    names: dict[str, str] = {}
    pieces = []
    async for piece in catalogue.listing(max_age=max_age):
        pieces.append(piece)
        if piece.first:
            names = {}
        names.update((o.id, o.name.removeprefix("Group ")) for o in piece.objects)
    return sorted(names.values()), pieces


async def known(catalogue: Catalogue[Group]) -> list[Group]:
    """What it tells without asking the service."""
    return [group async for page in catalogue.known() for group in page]


async def test_filled_page_by_page_then_from_the_cache_with_its_age(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), one("b"), more="2"), d.page(one("c"), delta="d1"))
        names, pieces = await shown(d.groups)
        assert names == ["a", "b", "c"]
        assert [len(piece.objects) for piece in pieces] == [2, 1, 0, 0]
        assert pieces[-1].current
        assert d.server.asked[0].headers["prefer"] == "odata.maxpagesize=999"
        asked = len(d.server.asked)
        assert (await shown(d.groups))[0] == ["a", "b", "c"]
        assert len(d.server.asked) == asked, "a young list asks nobody"
        d.server.say(d.page(delta="d2"))
        again = d.opened()
        names, pieces = await shown(again, max_age=0)
        assert names == ["a", "b", "c"]
        assert pieces[0].as_of is not None
        assert not pieces[0].current
        assert pieces[-1].current
        assert "deltatoken=d1" in d.server.asked[-1].target
        again.expire()
        await shown(again)
        assert "deltatoken=d2" in d.server.asked[-1].target


async def test_what_was_added_renamed_and_removed(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), one("b", mail="b@x"), one("c"), delta="d1"))
        await shown(d.groups)
        d.server.say(
            d.page({"id": "b", "displayName": "Group bee"}, more="2"),
            d.page({"id": "a", "@removed": {"reason": "deleted"}}, one("d"), delta="d2"),
        )
        assert (await shown(d.groups, max_age=0))[0] == ["bee", "c", "d"]
        kept = await d.groups.find("b")
        assert kept is not None
        assert kept.mail == "b@x", "a change names only what it changes"
        again = d.opened()
        assert sorted(g.id for g in await known(again)) == ["b", "c", "d"]
        d.server.say(d.page({"id": "b", "mail": None}, delta="d3"))
        await shown(again, max_age=0)
        changed = await again.find("b")
        assert changed is not None
        assert changed.mail is None


@pytest.mark.parametrize(("status", "code"), [(410, "syncStateNotFound"), (400, "badRequest"), (404, "gone")])
async def test_a_link_of_no_use_any_more_starts_over(tmp_path: Path, status: int, code: str) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), one("b"), delta="d1"))
        await shown(d.groups)
        expired = Said(status, {"error": {"code": code, "message": "start over"}})
        d.server.say(expired, d.page(one("b"), more="2"), d.page(one("c"), delta="d9"))
        names, pieces = await shown(d.groups, max_age=0)
        assert names == ["b", "c"]
        assert pieces[-1].current
        assert sorted(g.id for g in await known(d.opened())) == ["b", "c"]


async def test_a_link_to_where_the_tenant_no_longer_is_starts_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        moved = Said(
            body={"value": [one("a")], "@odata.deltaLink": "http://127.0.0.1:1/v1.0/groups/delta?x=1"}
        )
        d.server.say(moved)
        await shown(d.groups)
        d.server.say(d.page(one("a"), one("b"), delta="d1"))
        names, pieces = await shown(d.groups, max_age=0)
        assert names == ["a", "b"]
        assert pieces[-1].note == ""


async def test_starting_over_may_fail_and_loses_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), one("b"), delta="d1"))
        await shown(d.groups)
        expired = Said(410, {"error": {"code": "syncStateNotFound", "message": "start over"}})
        refused = Said(403, {"error": {"code": "Forbidden", "message": "no"}})
        d.server.say(expired, d.page(one("b"), more="2"), refused)
        names, pieces = await shown(d.groups, max_age=0)
        assert names == ["a", "b"]
        assert pieces[-1].note
        assert not pieces[-1].current
        assert sorted(g.id for g in await known(d.opened())) == ["a", "b"]


async def test_a_failing_service_with_and_without_a_cache(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        down = Said(503, b"<html><title>Service unavailable</title></html>")
        d.server.say(down)
        with pytest.raises(ServiceDown) as met:
            await shown(d.groups)
        assert met.value.sentence.startswith("Microsoft Graph failed")
        d.server.say(d.page(one("a"), delta="d1"))
        assert (await shown(d.groups))[0] == ["a"]
        d.server.say(down)
        names, pieces = await shown(d.groups, max_age=0)
        assert names == ["a"]
        assert pieces[-1].note.startswith("Microsoft Graph failed")
        assert pieces[-1].as_of is not None
        d.server.say(d.page(one("z"), delta="d2"))
        assert (await shown(d.groups, max_age=0))[0] == ["a", "z"], "the kept link was not lost"
        assert "deltatoken=d1" in d.server.asked[-1].target


@pytest.mark.parametrize("broken", [{"id": 7}, {"displayName": "no id"}, {"id": "x", "displayName": 5}])
async def test_an_unreadable_object_hides_no_other(tmp_path: Path, broken: dict[str, Any]) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), broken, one("b"), delta="d1"))
        names, pieces = await shown(d.groups)
        assert names == ["a", "b"]
        assert pieces[-1].note == "1 groups could not be read and are not shown"
        d.server.say(d.page(one("c"), broken, delta="d2"))
        names, pieces = await shown(d.groups, max_age=0)
        assert names == ["a", "b", "c"]
        assert pieces[-1].note == "1 groups could not be read and are not shown"


async def test_a_name_that_is_no_utf8_hides_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:

        def broken(said: Said) -> Said:
            # a character with another one in its middle: without what is ASCII, it is whole
            return Said(body=json.dumps(said.body).encode().replace(b"BROKEN", b"\xc3x\xa9"))

        d.server.say(broken(d.page(one("a"), one("b", displayName="BROKEN"), delta="d1")))
        assert (await shown(d.groups))[0] == ["a", "\ufffdx\ufffd"]
        assert {group.name for group in await known(d.groups)} == {"\ufffdx\ufffd", "Group a"}
        d.server.say(broken(d.page(one("c", displayName="BROKEN"), delta="d2")))
        names, pieces = await shown(d.groups, max_age=0)
        assert names == ["a", "\ufffdx\ufffd", "\ufffdx\ufffd"]
        assert pieces[-1].note == ""


async def test_lists_that_are_null_are_empty(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a", groupTypes=None, resourceProvisioningOptions=None), delta="d1"))
        assert (await shown(d.groups))[0] == ["a"]


async def test_removed_and_repeated_objects_in_a_first_listing(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        gone = {"id": "a", "@removed": {"reason": "changed"}}
        d.server.say(
            d.page(one("a"), one("b"), {"id": "q", "@removed": {"reason": "deleted"}}, more="2"),
            d.page(one("b", displayName="Group bee"), gone, one("c"), delta="d1"),
        )
        assert (await shown(d.groups))[0] == ["bee", "c"]
        assert sorted(g.name for g in await known(d.opened())) == ["Group bee", "Group c"]


async def test_one_that_was_removed_and_came_again_is_there_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        gone = {"id": "a", "@removed": {"reason": "changed"}}
        d.server.say(
            d.page(one("a"), one("b"), more="2"), d.page(gone, more="3"), d.page(one("a"), delta="d1")
        )
        async for _ in d.groups.listing():
            pass
        assert sorted(g.id for g in await known(d.groups)) == ["a", "b"]
        facts = await d.cache.facts("groups")
        assert facts is not None
        assert facts.count == 2


async def test_two_readers_share_a_fill_and_one_that_leaves_does_not_stop_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), more="2"), d.page(one("b"), delta="d1"))
        leaving = d.groups.listing()
        assert [o.id for o in (await anext(leaving)).objects] == ["a"]
        await leaving.aclose()
        first, second = await asyncio.gather(shown(d.groups), shown(d.groups))
        assert first[0] == second[0] == ["a", "b"]
        assert len(d.server.asked) == 2


async def test_a_cancelled_reader_does_not_stop_an_update(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), delta="d1"))
        await shown(d.groups)
        d.server.say(d.page(one("b"), delta="d2"))
        reader = asyncio.create_task(shown(d.groups, max_age=0))
        other = asyncio.create_task(shown(d.groups, max_age=0))
        await asyncio.sleep(0)
        reader.cancel()
        assert (await other)[0] == ["a", "b"]
        assert len(d.server.asked) == 2, "both waited for one question"


async def test_the_cached_list_is_there_while_a_slow_service_is_asked(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), delta="d1"))
        await shown(d.groups)
        d.server.say(Said(hang=True))
        slow = asyncio.create_task(shown(d.groups, max_age=0))
        second = d.groups.listing(max_age=0)
        assert [o.id for o in (await anext(second)).objects] == ["a"]
        waiting = asyncio.ensure_future(anext(second))
        assert await d.groups.find("a") is not None
        assert not slow.done()
        for task in (slow, waiting):
            task.cancel()
        await asyncio.gather(slow, waiting, return_exceptions=True)


@pytest.mark.parametrize(
    "chunk",
    [b'[{"id": "a"}]', packed(b'{"id": 5}\n'), packed(b'{"id": "a"}\n')[:-1]],
    ids=["not packed", "of another version", "cut"],
)
async def test_a_cache_of_another_version_or_a_damaged_one_is_filled_again(
    tmp_path: Path, chunk: bytes
) -> None:
    async with desk(tmp_path) as d:
        await d.cache.replace("groups", {0: chunk}, Cached("link", d.door.clock.now(), 1))
        d.server.say(d.page(one("a"), delta="d1"))
        assert (await shown(d.groups))[0] == ["a"]


async def test_a_list_that_cannot_be_kept_is_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StateError("The disk is full.")

    async with desk(tmp_path) as d:
        monkeypatch.setattr(d.cache, "replace", full)
        d.server.say(d.page(one("a"), delta="d1"))
        names, pieces = await shown(d.groups)
        assert names == ["a"]
        assert pieces[-1].note == "The disk is full."


async def test_what_the_disk_does_not_take_is_told_from_memory_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StateError("The disk is full.")

    async with desk(tmp_path) as d:
        with monkeypatch.context() as patched:
            patched.setattr(d.cache, "replace", full)
            d.server.say(d.page(one("a"), one("b"), delta="d1"))
            await shown(d.groups)
            assert await known(d.opened()) == [], "nothing is on the disk"
            assert (await shown(d.groups))[0] == ["a", "b"]
            d.server.say(d.page(one("c"), {"id": "a", "@removed": {}}, delta="d2"))
            names, pieces = await shown(d.groups, max_age=0)
            assert names == ["b", "c"]
            assert pieces[-1].note == "The disk is full."
            assert await d.groups.find("b") is not None
            assert await d.groups.find("a") is None
        d.server.say(d.page({"id": "c", "displayName": "Group sea"}, delta="d3"))
        assert (await shown(d.groups, max_age=0))[0] == ["b", "sea"]
        assert sorted(g.name for g in await known(d.opened())) == ["Group b", "Group sea"], "now all of it is"


async def test_who_joins_a_fill_late_gets_every_object_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        pages = [[one(f"g{page}-{n}") for n in range(5)] for page in range(40)]
        more = [d.page(*page, more=str(n)) for n, page in enumerate(pages[:-1])]
        d.server.say(*more, d.page(*pages[-1], delta="d1"))
        early = d.groups.listing()
        seen = [o.id for _ in range(2) for o in (await anext(early)).objects]
        assert len(d.server.asked) < 40, "it is still under way"
        names, _ = await shown(d.groups)
        assert len(names) == 200
        seen += [o.id async for piece in early for o in piece.objects]
        assert sorted(seen) == sorted(o["id"] for page in pages for o in page)
        assert len(d.server.asked) == 40


async def test_what_nobody_reads_yet_is_not_fetched_ahead_of_its_reader(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(*(d.page(one(f"g{n}"), more=str(n)) for n in range(40)), d.page(one("z"), delta="d1"))
        reader = d.groups.listing()
        seen = [o.id for o in (await anext(reader)).objects]
        # long enough for all of them
        await asyncio.sleep(0.5)
        assert len(d.server.asked) < 10
        seen += [o.id async for piece in reader for o in piece.objects]
        assert len(seen) == 41


def held_back(d: Desk, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Until this event, nothing is stored."""
    go, replace = asyncio.Event(), d.cache.replace

    async def late(*given: Any) -> None:
        await go.wait()
        await replace(*given)

    monkeypatch.setattr(d.cache, "replace", late)
    return go


async def test_all_rows_are_told_before_they_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as d:
        go = held_back(d, monkeypatch)
        d.server.say(d.page(one("a"), more="2"), d.page(one("b"), delta="d1"))
        reader = d.groups.listing()
        pieces = [await anext(reader) for _ in range(3)]
        assert [[o.id for o in piece.objects] for piece in pieces] == [["a"], ["b"], []]
        assert not any(piece.current for piece in pieces)
        go.set()
        assert [(piece.objects, piece.current) async for piece in reader] == [((), True)]


async def test_who_joins_while_the_pages_are_sorted_gets_what_was_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as d:
        go = held_back(d, monkeypatch)
        d.server.say(d.page(one("a"), one("b"), more="2"), d.page(one("c"), delta="d1"))
        reader = d.groups.listing()
        while (await anext(reader)).objects:
            continue
        late = asyncio.create_task(shown(d.groups))
        await asyncio.sleep(0)
        assert await d.cache.facts("groups") is None
        go.set()
        names, pieces = await late
        assert (names, pieces[0].current) == (["a", "b", "c"], True)
        assert [piece.objects async for piece in reader] == [()]
        assert len(d.server.asked) == 2


async def test_ids_are_the_same_in_capitals_and_small_letters(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("ab", mail="ab@x"), one("cd"), delta="d1"))
        await shown(d.groups)
        d.server.say(
            d.page({"id": "AB", "displayName": "Group new"}, {"id": "CD", "@removed": {}}, delta="d2")
        )
        assert (await shown(d.groups, max_age=0))[0] == ["new"]
        kept = await d.groups.find("ab")
        assert kept is not None
        assert kept.mail == "ab@x"


async def test_what_one_copy_of_the_program_learned_the_other_knows(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(one("a"), delta="d1"))
        await shown(d.groups)
        other = d.opened()
        d.server.say(d.page(one("b"), delta="d2"))
        assert (await shown(other, max_age=0))[0] == ["a", "b"]
        asked = len(d.server.asked)
        names, pieces = await shown(d.groups)
        assert names == ["a", "b"]
        assert pieces[-1].current
        assert len(d.server.asked) == asked


async def test_an_answer_that_is_no_list_is_an_error_in_a_sentence(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(Said(body={"value": "nothing"}))
        with pytest.raises(RollcallError, match=r"\.$"):
            await shown(d.groups)


async def test_a_tenant_restarted_at_another_port(tmp_path: Path) -> None:
    data = tmp_path / "tenant.db"
    with running_sandbox(data=data) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            before = [g.id async for piece in session.tenant.groups.listing() for g in piece.objects]
    with running_sandbox(data=data, faults=("expire-delta:first=1",)) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            session.tenant.expire()
            pieces = [piece async for piece in session.tenant.groups.listing()]
            assert pieces[-1].current, pieces[-1].note
            assert pieces[-1].note == ""
            assert sorted(g.id for g in await known(session.tenant.groups)) == sorted(before)
            assert msgspec.json.encode(await known(session.tenant.groups))


async def test_a_service_without_delta_queries_is_listed_whole(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        missing = Said(404, {"error": {"code": "Request_ResourceNotFound", "message": "no such segment"}})
        found.server.say(missing, Said(body={"value": [one("a"), one("b")]}))
        assert (await shown(found.groups))[0] == ["a", "b"]
        assert "/groups?" in found.server.asked[-1].target
        found.server.say(missing, missing, Said(body={"value": [one("a"), one("c")]}))
        assert (await shown(found.groups, max_age=0))[0] == ["a", "c"]


@pytest.mark.parametrize(
    ("status", "code"), [(400, "BadRequest"), (404, "NotFound"), (501, "NotImplemented")]
)
async def test_a_service_without_delta_queries_gives_the_plain_list(
    tmp_path: Path, status: int, code: str
) -> None:
    refused = Said(status, body={"error": {"code": code, "message": "no delta here"}})
    async with desk(tmp_path) as d:
        d.server.say(refused, d.page(one("a"), one("b")))
        names, pieces = await shown(d.groups)
        assert names == ["a", "b"]
        assert pieces[-1].current
        assert d.server.asked[-1].target.startswith("/v1.0/groups?")
        # what once had a link is read anew, not lost
        d.server.say(d.page(one("a"), delta="d1"))
        await shown(d.groups, max_age=0)
        d.server.say(refused, refused, d.page(one("c")))
        names, _ = await shown(d.groups, max_age=0)
        assert names == ["c"]


async def test_a_large_cached_list_is_handed_on_while_it_is_decoded(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(*(one(f"g{n}") for n in range(3_000)), delta="d1"))
        await shown(d.groups)
        again = d.opened()
        reader = again.listing()
        first = await anext(reader)
        assert first.first
        assert 0 < len(first.objects) < 3_000
        # another reader, and who asks for one object, take part in the same reading
        (names, pieces), found = await asyncio.gather(shown(again), again.find("g2999"))
        assert len(names) == 3_000
        assert len(pieces) > 2
        assert found is not None
        assert len(first.objects) + sum([len(piece.objects) async for piece in reader]) == 3_000
        assert len(d.server.asked) == 1, "the cached list is young"


async def test_who_reads_what_is_older_learns_what_another_reader_was_told_meanwhile(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        d.server.say(d.page(*(one(f"g{n}") for n in range(3_000)), delta="d1"))
        await shown(d.groups)
        again = d.opened()
        slow = again.listing(max_age=0)
        names = {o.id: o.name for o in (await anext(slow)).objects}
        d.server.say(
            d.page({"id": "g7", "displayName": "Group renamed"}, {"id": "g8", "@removed": {}}, delta="d2"),
            d.page(delta="d3"),
        )
        assert "renamed" in (await shown(again, max_age=0))[0]
        async for piece in slow:
            names = ({} if piece.first else names) | {o.id: o.name for o in piece.objects}
        assert names["g7"] == "Group renamed"
        assert "g8" not in names
