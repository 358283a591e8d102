"""The table of lists to read: marks, opening, paging."""

import asyncio

from services.record import Record
from tests.tui.widgets.table_app import lines, record_table, records, running
from tui.widgets.table_messages import Marked, MoreWanted, Opened


def test_space_marks_and_goes_on_and_marks_outlive_the_filter() -> None:
    async def run() -> None:
        table = record_table(records(5), markable=True)
        async with running(table) as (app, pilot):
            await pilot.press("space", "space")
            assert table.marked == {"k0", "k1"}
            assert [line[:2] for line in lines(table)[1:4]] == [" •", " •", "▸ "]
            await pilot.press("v", "end", "space", *"/user", "space", "4", "enter")
            assert table.shown == 1
            assert table.marked == {"k0", "k1", "k2", "k3", "k4"}
            await pilot.press("space")
            assert app.of(Marked)[-1].keys == {"k0", "k1", "k2", "k3"}

    asyncio.run(run())


def test_without_marks_space_does_nothing() -> None:
    async def run() -> None:
        table = record_table(records(2))
        async with running(table) as (app, pilot):
            await pilot.press("space", "v")
            assert not table.marked
            assert not app.of(Marked)

    asyncio.run(run())


def test_filter_and_enter_open_the_first_match() -> None:
    async def run() -> None:
        table = record_table(records(50), open_on_filter=True)
        async with running(table) as (app, pilot):
            await pilot.press("down", *"/u33", "enter")
            assert [m.key for m in app.of(Opened)] == ["k33"]

    asyncio.run(run())


def test_more_is_wanted_once_near_the_end() -> None:
    async def run() -> None:
        table = record_table(records(100))
        async with running(table) as (app, pilot):
            assert not app.of(MoreWanted)
            await pilot.press("end", "up", "up")
            assert [m.have for m in app.of(MoreWanted)] == [100]
            table.extend(Record(f"n{n}", (f"New {n}", "", "")) for n in range(100))
            await pilot.press("end")
            assert [m.have for m in app.of(MoreWanted)] == [100, 200]

    asyncio.run(run())


def test_a_row_class_changes_the_look_of_the_row() -> None:
    async def run() -> None:
        table = record_table(records(3), row_class=lambda row: "line-table--error" if row.key == "k1" else "")
        async with running(table):
            plain, error = next(iter(table.render_line(3))), next(iter(table.render_line(2)))
            assert plain.style != error.style

    asyncio.run(run())
