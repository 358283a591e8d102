"""A table's rows by the thousand against the plainest model of them: what is packed and noted must not show."""

import asyncio
import tracemalloc
from collections.abc import Callable, Iterable
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching import matches, natural, words_of
from services.record import Record
from tests.tui.widgets.table_app import group, lines, running, toggle_table
from tui.widgets.row_list import RowList

WORDS = ("Eng", "eng 9", "Eng 10", "Ärzte", "財務部", "Sales", "", "3f2504e0-4f89-11d3-9a0c-0305e82c3301")
STEPS = st.lists(
    st.tuples(st.sampled_from(("extend", "take", "update", "sort", "filter", "mode")), st.integers(0, 2**30)),
    max_size=8,
)
Key = Callable[[Record], str]


def by_name(row: Record) -> str:
    return natural(row.cells[0])


def by_place(row: Record) -> str:
    return natural(row.cells[1])


def mark(row: Record) -> int:
    return len(row.cells[1]) % 3


def some(chance: Random, count: int, first: int) -> list[Record]:
    """Rows of which some have keys that are known, and some have one another's."""
    numbers = [
        first + at if chance.random() < 0.8 else chance.randrange(first + at + 1) for at in range(count)
    ]
    return [Record(f"k{n}", (chance.choice(WORDS), chance.choice(WORDS))) for n in numbers]


class Plain:
    """The same as a `RowList`, step by step, with a list."""

    def __init__(self) -> None:
        self.rows: dict[str, Record] = {}
        self.order: list[str] = []
        self.shown: list[str] = []
        self.text, self.marked = "", False
        self.key: Key | None = None
        self.backwards = False

    def extend(self, rows: Iterable[Record]) -> None:
        self.take(rows)
        placed = set(self.order)
        self.order += [key for key in self.rows if key not in placed]
        self.sort(self.key, self.backwards)

    def take(self, rows: Iterable[Record]) -> None:
        self.rows.update((row.key, row) for row in rows)

    def update(self, rows: Iterable[Record]) -> None:
        self.rows.update((row.key, row) for row in rows if row.key in self.rows)

    def sort(self, key: Key | None, backwards: bool) -> None:
        self.key, self.backwards = key, backwards
        rows = self.rows
        self.order = list(rows) if key is None else sorted(
            self.order, key=lambda k: key(rows[k]), reverse=backwards
        )  # fmt: skip
        self.filter(self.text, self.marked)

    def filter(self, text: str, marked: bool) -> None:
        self.text, self.marked = text, marked
        words = words_of(text)
        rows = (self.rows[key] for key in self.order)
        self.shown = [r.key for r in rows if matches(words, r.cells) and (not marked or mark(r))]


class Pair:
    """Both, given the same steps."""

    def __init__(self, hashed: Callable[[str], int], many: int) -> None:
        self.packed, self.plain = RowList[Record](mark, hashed=hashed, many=many), Plain()

    def begin(self, rows: list[Record]) -> None:
        self.packed.replace(rows)
        last = {row.key: row for row in rows}
        in_order = dict.fromkeys(row.key for row in reversed(rows))
        self.plain.extend(reversed([last[key] for key in in_order]))

    def extend(self, chance: Random) -> None:
        rows = some(chance, chance.choice((1, 70, 700)), len(self.plain.rows))
        self.packed.extend(rows)
        self.plain.extend(rows)

    def take(self, chance: Random) -> None:
        rows = some(chance, chance.choice((1, 700)), len(self.plain.rows))
        self.packed.take(rows)
        self.plain.take(rows)

    def update(self, chance: Random) -> None:
        rows = some(chance, chance.choice((1, 90)), max(0, len(self.plain.rows) - 100))
        self.packed.update(rows)
        self.plain.update(rows)

    def sort(self, chance: Random) -> None:
        key, backwards = chance.choice((None, by_name, by_place)), chance.random() < 0.3
        self.packed.sort(key, backwards)
        self.plain.sort(key, backwards)

    def filter(self, chance: Random) -> None:
        text = chance.choice(("", self.plain.text + chance.choice("en 93"), "eng", "3f2504e0", "部"))
        self.packed.filter(text, self._marked if self.plain.marked else None)
        self.plain.filter(text, self.plain.marked)
        if not text and chance.random() < 0.5:
            self.packed.release()

    def mode(self, chance: Random) -> None:
        marked = chance.random() < 0.5
        self.packed.filter(self.plain.text, self._marked if marked else None)
        self.plain.filter(self.plain.text, marked)

    def _marked(self) -> bytes:
        return bytes(map(bool, self.packed.marks))

    def compare(self, chance: Random) -> None:
        packed, plain = self.packed, self.plain
        assert list(packed.items) == list(plain.rows.values())
        assert list(packed.marks) == [mark(row) for row in plain.rows.values()]
        assert [packed.items[i].key for i in packed.view] == plain.shown
        asked = [f"k{chance.randrange(len(plain.rows) + 9)}" for _ in range(40)]
        places = {key: place for place, key in enumerate(plain.shown)}
        assert [packed.get(key) for key in asked] == [plain.rows.get(key) for key in asked]
        assert [packed.place(key) for key in asked] == [places.get(key) for key in asked]
        assert [packed.shows(key) for key in asked] == [key in places for key in asked]
        assert packed.shown(asked) == {key for key in asked if key in places}
        assert packed.places(asked) == sorted({places[key] for key in asked if key in places})


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**30), st.sampled_from((3, 700, 3_000)), st.sampled_from((0, 1_000)), st.booleans(), STEPS
)
def test_steps_in_any_order_come_to_what_a_plain_list_comes_to(
    seed: int, count: int, many: int, colliding: bool, steps: list[tuple[str, int]]
) -> None:
    chance = Random(seed)  # noqa: S311 - no secret
    pair = Pair((lambda key: hash(key) % 701) if colliding else hash, many)
    pair.begin(some(chance, count, 0))
    pair.compare(chance)
    for name, step_seed in steps:
        getattr(pair, name)(Random(step_seed))  # noqa: S311 - no secret
        pair.compare(chance)


def test_what_the_filter_searches_is_given_back_when_it_is_left_or_covered() -> None:
    table = toggle_table([group(number) for number in range(20_000)])

    async def scenario() -> None:
        async with running(table) as (app, pilot):
            tracemalloc.start()
            try:
                at_rest = tracemalloc.get_traced_memory()[0]
                for keys, searched in (("/", True), ("escape", False), ("/g", True)):
                    await pilot.press(*([keys] if keys == "escape" else keys))
                    await app.workers.wait_for_complete()
                    assert (tracemalloc.get_traced_memory()[0] - at_rest > 700_000) is searched
                await pilot.press("enter")
                table.rest()
                assert tracemalloc.get_traced_memory()[0] - at_rest < 700_000
                assert table.shown == 20_000
                await pilot.press("slash", "4", "9")
                assert table.shown == 111
            finally:
                tracemalloc.stop()

    asyncio.run(scenario())


def test_many_rows_that_come_fast_are_put_in_their_places_together() -> None:
    table = toggle_table([group(number) for number in range(0, 9_000, 3)])
    table.sort((False, 0))

    async def scenario() -> None:
        async with running(table) as (_, pilot):
            await pilot.press("down", "down")
            key = table.cursor_key
            for first in (1, 2):
                table.extend(group(number) for number in range(first, 9_000, 3))
            assert table.total == 9_000
            # the first were put in their places at once, those after them will be
            assert (table.shown, table.cursor_key) == (6_000, key)
            assert not table.move_to(group(2).key)
            await pilot.pause(0.3)
            assert (table.shown, table.cursor_key) == (9_000, key)
            assert table.move_to(group(2).key)
            table.extend([group(9_000), group(9_001)])
            table.extend([group(9_002)])
            table.all_here()
            assert table.shown == 9_003

    asyncio.run(scenario())


@pytest.mark.parametrize("count", [9, 3_000])
def test_a_row_that_comes_again_is_drawn_anew(count: int) -> None:
    table = toggle_table([group(number) for number in range(count)])

    async def scenario() -> None:
        async with running(table) as (_, pilot):
            # with many rows further ones are being gathered by now
            table.extend([group(count)])
            renamed = msgspec.structs.replace(group(2), cells=("Renamed", *group(2).cells[1:]))
            await pilot.pause()
            assert not any("Renamed" in line for line in lines(table))
            table.extend([renamed])
            assert any("Renamed" in line for line in lines(table))

    asyncio.run(scenario())
