"""Decisions: the operator says what became of a step where the program cannot know, and that is audited."""

from datetime import datetime

from sqlalchemy import update

from state import audit, steps
from state.errors import StateError
from state.process_rows import note
from state.tables.processes import STEPS
from state.times import stored
from state.transaction import Transaction
from state.values import AuditEntry, Process, Step, StepClass


async def decide(
    connection: Transaction,
    tenant: str,
    process: Process,
    number: int,
    done: bool,
    operator: str,
    now: datetime,
) -> None:
    """Makes an unknown step *done*, or *failed* as not carried out, in the caller's transaction.

    Raises StateError, with nothing written, where the step is not unknown (any more).
    """
    step = await _unknown(connection, process.id, number)
    state = StepClass.DONE if done else StepClass.FAILED
    word = "done" if done else "not done"
    await connection.execute(
        update(STEPS)
        .where(STEPS.c.process == process.id, STEPS.c.number == number)
        .values(state=state.value, decided=operator, sentence=f"{operator} says: {word}. {step.sentence}")
    )
    await note(
        connection,
        process.id,
        stored(now),
        lines=(f"{step.target}: marked as {word} by {operator}",),
        moved={StepClass.UNKNOWN: -1, state: 1},
    )
    entry = AuditEntry(
        at=now,
        operator=operator,
        user=process.user,
        target=step.target,
        action=f"Marked as {word}: {step.title}",
        before={"result": StepClass.UNKNOWN.value},
        after={"result": state.value},
        process=process.id,
        outcome=state,
        request_id=step.request_id,
    )
    await audit.append(connection, tenant, [entry])


async def _unknown(connection: Transaction, process: int, number: int) -> Step:
    for step in await steps.page(connection, process, states=None, after=number - 1, limit=1):
        if step.number == number and step.state is StepClass.UNKNOWN:
            return step
        if step.number == number:
            raise StateError(
                f"Step {number} of #{process} is {step.state.value}: there is nothing to decide."
            )
    raise StateError(f"#{process} has no step {number}.")
