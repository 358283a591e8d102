"""What happens to a process's steps inside one transaction: journaled, sent, settled, and counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from state.tables.processes import COUNTS, PLANS, PROCESSES, STEPS
from state.times import shown
from state.values import OPEN_CLASSES, NewStep, Step, StepClass, StepResult

_NUMBERS_A_QUERY = 500
_ROWS_AN_INSERT = 5000


async def add(connection: AsyncConnection, process: int, steps: Sequence[NewStep]) -> None:
    """Journals the steps, numbered from 1, all waiting."""
    for start in range(0, len(steps), _ROWS_AN_INSERT):
        some = list(enumerate(steps[start : start + _ROWS_AN_INSERT], start + 1))
        await connection.execute(
            insert(PLANS),
            [
                {
                    "process": process,
                    "number": number,
                    "operation": step.operation,
                    "title": step.title,
                    "target": step.target,
                    "serial": step.serial,
                    "once": step.once,
                }
                for number, step in some
            ],
        )
        await connection.execute(
            insert(STEPS),
            [{"process": process, "number": number, "state": StepClass.WAITING.value} for number, _ in some],
        )


async def mark(connection: AsyncConnection, process: int, numbers: Sequence[int], at: int) -> list[int]:
    """Makes those of the numbers that are still waiting *sent*, one attempt more, and returns them."""
    known = await _states(connection, process, numbers)
    waiting = [number for number in numbers if known.get(number) is StepClass.WAITING]
    for some in _pieces(waiting):
        await connection.execute(
            update(STEPS)
            .where(STEPS.c.process == process, STEPS.c.number.in_(some))
            .values(state=StepClass.SENT.value, attempts=STEPS.c.attempts + 1, sent_at=at)
        )
    await count(connection, process, {StepClass.WAITING: -len(waiting), StepClass.SENT: len(waiting)})
    return waiting


async def unmark(connection: AsyncConnection, process: int, numbers: Sequence[int]) -> None:
    """Makes sent steps *waiting* again as if they had never been marked."""
    known = await _states(connection, process, numbers)
    sent = [number for number in numbers if known.get(number) is StepClass.SENT]
    for some in _pieces(sent):
        await connection.execute(
            update(STEPS)
            .where(STEPS.c.process == process, STEPS.c.number.in_(some))
            .values(state=StepClass.WAITING.value, attempts=STEPS.c.attempts - 1)
        )
    await count(connection, process, {StepClass.WAITING: len(sent), StepClass.SENT: -len(sent)})


async def settle(connection: AsyncConnection, process: int, results: Sequence[StepResult], at: int) -> None:
    """Stores what became of open steps; a step that has ended keeps its end."""
    known = await _states(connection, process, [result.number for result in results])
    moved: Counter[StepClass] = Counter()
    rows = []
    for result in results:
        before = known.get(result.number)
        if before not in OPEN_CLASSES:
            continue
        moved[before] -= 1
        moved[result.state] += 1
        rows.append(
            {
                "in_process": process,
                "of_number": result.number,
                "new_state": result.state.value,
                "new_status": result.status,
                "new_sentence": result.sentence,
                "new_request": result.request_id,
                "new_end": None if result.state in OPEN_CLASSES else at,
                "new_visible": result.visible,
            }
        )
    if rows:
        await connection.execute(_SETTLE, rows)
    await count(connection, process, moved)


_SETTLE = (
    update(STEPS)
    .where(STEPS.c.process == bindparam("in_process"), STEPS.c.number == bindparam("of_number"))
    .values(
        state=bindparam("new_state"),
        status=bindparam("new_status"),
        sentence=bindparam("new_sentence"),
        request_id=bindparam("new_request"),
        ended_at=bindparam("new_end"),
        visible=bindparam("new_visible"),
    )
)


async def cancel_unsent(connection: AsyncConnection, process: int, at: int) -> int:
    """Makes every step that was never sent *cancelled*; returns how many."""
    done = await connection.execute(
        update(STEPS)
        .where(STEPS.c.process == process, STEPS.c.state == StepClass.WAITING.value, STEPS.c.attempts == 0)
        .values(state=StepClass.CANCELLED.value, ended_at=at)
    )
    await count(connection, process, {StepClass.WAITING: -done.rowcount, StepClass.CANCELLED: done.rowcount})
    return done.rowcount


async def show(connection: AsyncConnection, process: int, visible: Mapping[int, bool]) -> None:
    """Stores what a read-back found, by step number."""
    for found in (True, False):
        for some in _pieces([number for number, seen in visible.items() if seen is found]):
            await connection.execute(
                update(STEPS)
                .where(STEPS.c.process == process, STEPS.c.number.in_(some))
                .values(visible=found)
            )


async def count(connection: AsyncConnection, process: int, moved: Mapping[StepClass, int]) -> None:
    """Brings the process's counts along with its steps."""
    changes = {
        COUNTS[step_class]: PROCESSES.c[COUNTS[step_class]] + by for step_class, by in moved.items() if by
    }
    if changes:
        await connection.execute(update(PROCESSES).where(PROCESSES.c.id == process).values(changes))


async def page(
    connection: AsyncConnection,
    process: int,
    *,
    states: Sequence[StepClass] | None,
    after: int,
    limit: int,
    unseen: bool = False,
) -> list[Step]:
    """Steps with a number above `after`, in order; `unseen`: only those no read-back has found yet."""
    query = (
        select(STEPS, PLANS.c.operation, PLANS.c.title, PLANS.c.target, PLANS.c.serial, PLANS.c.once)
        .join(PLANS, (PLANS.c.process == STEPS.c.process) & (PLANS.c.number == STEPS.c.number))
        .where(STEPS.c.process == process, STEPS.c.number > after)
        .order_by(STEPS.c.number)
        .limit(limit)
    )
    if states is not None:
        query = query.where(STEPS.c.state.in_([state.value for state in states]))
    if unseen:
        query = query.where(STEPS.c.visible.is_distinct_from(True))
    return [_step(row) for row in await connection.execute(query)]


def _step(row: Row[tuple[object, ...]]) -> Step:
    return Step(
        process=row.process,
        number=row.number,
        operation=bytes(row.operation),
        title=row.title,
        target=row.target,
        serial=row.serial,
        once=row.once,
        state=StepClass(row.state),
        attempts=row.attempts,
        status=row.status,
        sentence=row.sentence,
        request_id=row.request_id,
        sent_at=shown(row.sent_at),
        ended_at=shown(row.ended_at),
        visible=row.visible,
    )


async def _states(connection: AsyncConnection, process: int, numbers: Sequence[int]) -> dict[int, StepClass]:
    known: dict[int, StepClass] = {}
    for some in _pieces(numbers):
        rows = await connection.execute(
            select(STEPS.c.number, STEPS.c.state).where(STEPS.c.process == process, STEPS.c.number.in_(some))
        )
        known.update((number, StepClass(state)) for number, state in rows)
    return known


def _pieces(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _NUMBERS_A_QUERY] for start in range(0, len(numbers), _NUMBERS_A_QUERY))
