"""What happens to a process's steps inside one transaction: journaled, sent, settled, and counted."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Row, bindparam, insert, select, update

from state.filters import step_has
from state.tables.processes import ATTEMPTS, PLANS, STEPS
from state.times import shown
from state.transaction import Transaction
from state.values import OPEN_CLASSES, Attempt, NewStep, Step, StepClass, StepResult

_NUMBERS_A_QUERY = 500
_ROWS_AN_INSERT = 5000
_CLASSES = {step_class.value: step_class for step_class in StepClass}


class Known:
    """The classes of some steps inside a transaction, and how the process's counts move with them."""

    def __init__(self, states: dict[int, StepClass]) -> None:
        self.states = states
        self.moved: Counter[StepClass] = Counter()

    def move(self, number: int, to: StepClass) -> None:
        """Notes that a step is of another class now."""
        self.moved[self.states[number]] -= 1
        self.moved[to] += 1
        self.states[number] = to


async def known(connection: Transaction, process: int, numbers: Sequence[int]) -> Known:
    """The present classes of these steps."""
    states: dict[int, StepClass] = {}
    for some in _pieces(numbers):
        rows = await connection.execute(
            select(STEPS.c.number, STEPS.c.state).where(STEPS.c.process == process, STEPS.c.number.in_(some))
        )
        states.update((number, _CLASSES[state]) for number, state in rows)
    return Known(states)


async def add(connection: Transaction, process: int, steps: Sequence[NewStep]) -> None:
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


async def mark(
    connection: Transaction, process: int, numbers: Sequence[int], at: int, known: Known
) -> list[int]:
    """Makes those of the numbers that are still waiting *sent*, one attempt more, and returns them."""
    waiting = [number for number in numbers if known.states.get(number) is StepClass.WAITING]
    for some in _pieces(waiting):
        await connection.execute(
            update(STEPS)
            .where(STEPS.c.process == process, STEPS.c.number.in_(some))
            .values(state=StepClass.SENT.value, attempts=STEPS.c.attempts + 1, sent_at=at)
        )
    for number in waiting:
        known.move(number, StepClass.SENT)
    return waiting


async def unmark(connection: Transaction, process: int, numbers: Sequence[int], known: Known) -> None:
    """Makes sent steps *waiting* again as if they had never been marked."""
    sent = [number for number in numbers if known.states.get(number) is StepClass.SENT]
    for some in _pieces(sent):
        await connection.execute(
            update(STEPS)
            .where(STEPS.c.process == process, STEPS.c.number.in_(some))
            .values(state=StepClass.WAITING.value, attempts=STEPS.c.attempts - 1)
        )
    for number in sent:
        known.move(number, StepClass.WAITING)


async def settle(
    connection: Transaction, process: int, results: Sequence[StepResult], at: int, known: Known
) -> None:
    """Stores what became of open steps; a step that has ended keeps its end.

    A sending that settled nothing is kept as an attempt of its own: the next one writes over the step's row.
    """
    unsettled = [
        result
        for result in results
        if result.state is StepClass.WAITING and known.states.get(result.number) is StepClass.SENT
    ]
    if unsettled:
        await connection.execute(_KEEP, [_attempt(process, result, at) for result in unsettled])
    rows = []
    for result in results:
        if known.states.get(result.number) not in OPEN_CLASSES:
            continue
        known.move(result.number, result.state)
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


_KEEP = insert(ATTEMPTS).from_select(
    ["process", "number", "attempt", "sent_at", "ended_at", "status", "sentence", "request_id"],
    select(
        STEPS.c.process,
        STEPS.c.number,
        STEPS.c.attempts,
        STEPS.c.sent_at,
        bindparam("new_end", type_=ATTEMPTS.c.ended_at.type),
        bindparam("new_status", type_=ATTEMPTS.c.status.type),
        bindparam("new_sentence", type_=ATTEMPTS.c.sentence.type),
        bindparam("new_request", type_=ATTEMPTS.c.request_id.type),
    ).where(STEPS.c.process == bindparam("in_process"), STEPS.c.number == bindparam("of_number")),
)


def _attempt(process: int, result: StepResult, at: int) -> dict[str, int | str]:
    return {
        "in_process": process,
        "of_number": result.number,
        "new_end": at,
        "new_status": result.status,
        "new_sentence": result.sentence,
        "new_request": result.request_id,
    }


async def attempts(connection: Transaction, process: int, numbers: Sequence[int]) -> list[Attempt]:
    """The sendings of these steps that settled nothing, step by step, each in order."""
    found: list[Attempt] = []
    for some in _pieces(numbers):
        rows = await connection.execute(
            select(ATTEMPTS)
            .where(ATTEMPTS.c.process == process, ATTEMPTS.c.number.in_(some))
            .order_by(ATTEMPTS.c.number, ATTEMPTS.c.attempt)
        )
        found += [
            Attempt(
                row.number,
                row.attempt,
                shown(row.sent_at),
                shown(row.ended_at),
                row.status,
                row.sentence,
                row.request_id,
            )
            for row in rows
        ]
    return found


async def cancel_unsent(connection: Transaction, process: int, at: int) -> int:
    """Makes every step that was never sent *cancelled*; returns how many."""
    done = await connection.execute(
        update(STEPS)
        .where(STEPS.c.process == process, STEPS.c.state == StepClass.WAITING.value, STEPS.c.attempts == 0)
        .values(state=StepClass.CANCELLED.value, ended_at=at)
    )
    return done.rowcount


async def page(
    connection: Transaction,
    process: int,
    *,
    states: Sequence[StepClass] | None,
    after: int,
    limit: int,
    unseen: bool = False,
    text: str = "",
) -> list[Step]:
    """Steps with a number above `after`, in order, that have every word of the text.

    `unseen`: only those no read-back has found yet.
    """
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
    query = query.where(*(step_has(word) for word in text.split()))
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
        decided=row.decided,
    )


def _pieces(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _NUMBERS_A_QUERY] for start in range(0, len(numbers), _NUMBERS_A_QUERY))
