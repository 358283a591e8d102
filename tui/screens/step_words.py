"""StepWords: a process and its steps in words: the lines of a list, all about one step, and a report to hand on."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from services.export.order import told as told_export
from services.operation import FOR_GOOD, Operation
from services.record import Record
from services.sameness import same
from services.task import Export, decode
from services.telling import told, without_secrets
from state.values import Attempt, Process, Step, StepClass
from tui.screens.plan_words import worded
from tui.screens.step_tree import sendings
from tui.verdict import so_far, verdict
from tui.widgets.progress import left_by_quota

if TYPE_CHECKING:
    from services.jobs.finishing import Finish

NOT_YET = "not visible in the tenant yet"
ALL_THE_SAME = "The tenant shows it as wanted all the same."


def result(process: Process, finish: "Finish | None" = None) -> str:
    """How it went, or how far it is, and how long it takes by the quota where that is known."""
    if process.ended_at is not None:
        return verdict(process)
    return f"{so_far(process)} · {left_by_quota(finish)}" if finish else so_far(process)


def process_record(process: Process, finish: "Finish | None" = None) -> Record:
    """A line of the list of processes; behind its columns stand words that the filter finds it by."""
    how = result(process, finish)
    cells = (str(process.id), moment(process.created_at), process.title, how, process.operator)
    found_by = (process.kind, process.user, process.status.value, process.reason)
    return Record(str(process.id), (*cells, *found_by))


def step_record(step: Step) -> Record:
    """A line of the list of steps."""
    said = step.sentence
    if step.state is StepClass.DONE and step.visible is False:
        said = said or NOT_YET
    if step.state is StepClass.REFUSED and step.visible:
        said = f"{ALL_THE_SAME} {said}"
    return Record(str(step.number), (str(step.number), step.state.value, step.title, step.target, said))


def moment(at: datetime | None) -> str:
    """By the operator's clock; "" where there is none."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""


def details(step: Step, earlier: Sequence[Attempt] = ()) -> list[tuple[str, str]]:
    """Label and text of all that is known about a step but its request-id."""
    task = decode(step.operation)
    export = isinstance(task, Export)
    pairs = [("Step", step.title), ("File" if export else "Target", step.target)]
    pairs.append(("Result", step.state.value))
    if step.state is StepClass.REFUSED and step.visible:
        pairs.append(("But", ALL_THE_SAME))
    if step.sentence:
        pairs.append(("Said" if step.state is StepClass.DONE else "Because", step.sentence))
    if step.status:
        pairs.append(("Status", str(step.status)))
    pairs += told_export(task) if isinstance(task, Export) else _written(task, step)
    pairs.append(("Attempts", str(step.attempts)))
    if earlier:
        pairs += [
            (each.name, " · ".join(filter(None, (*each.times, each.said))))
            for each in sendings(step, earlier)
        ]
    if step.decided:
        pairs.append(("Decided by", step.decided))
    times = (("Begun" if export else "Sent", step.sent_at), ("Ended", step.ended_at))
    pairs += [(label, moment(at)) for label, at in times if at]
    if isinstance(task, Operation):
        pairs += [*told(task.request), ("PowerShell", task.powershell)]
        if task.inverse is None:
            pairs.append(("Undo", FOR_GOOD))
    return pairs


def known_of(step: Step) -> list[tuple[str, str]]:
    """What is known about a step of which nobody knows what became of it, the doubt first."""
    task = decode(step.operation)
    pairs = [("Step", step.title), ("Target", step.target), ("Known", step.sentence)]
    if isinstance(task, Operation):
        pairs += _written(task, step)
        pairs.append(("Tenant", "shows it as wanted" if step.visible else "was not seen to show it"))
    pairs += [("Sent", moment(step.sent_at)), ("request-id", step.request_id)]
    return [(label, text) for label, text in pairs if text]


def _written(operation: Operation, step: Step) -> list[tuple[str, str]]:
    before, after = without_secrets(operation.before), without_secrets(operation.after)
    pairs = [
        (field, f"{worded(field, before.get(field))} → {worded(field, value)}")
        for field, value in after.items()
    ]
    if step.state is StepClass.DONE or step.visible:
        pairs.append(("Seen in the tenant", _seen(operation, step)))
    return pairs


def _seen(operation: Operation, step: Step) -> str:
    if step.visible is None:
        return "not known so far" if operation.look else "cannot be looked for"
    return "yes" if step.visible else NOT_YET


def report(process: Process, steps: Sequence[Step], tenant: str) -> str:
    """All about a process as plain text, counts first; `steps` are those it tells one by one."""
    told_first = sorted(steps, key=lambda step: step.state in (StepClass.DONE, StepClass.ALREADY_SO))
    lines = [f"#{process.id} {process.title}", result(process), *_counts(process), ""]
    lines += [f"Tenant    {tenant}", f"Operator  {process.operator}"]
    lines += [f"Reason    {process.reason}"] if process.reason else []
    times = (("Started", process.created_at), ("Ended", process.ended_at))
    lines += [f"{label:<9} {moment(at)}" for label, at in times if at]
    if process.undo_of is not None:
        lines.append(f"Undoes    #{process.undo_of}")
    for step in told_first:
        lines += ["", *_reported(step)]
    if len(steps) < process.total:
        lines += ["", f"{process.total - len(steps):,} further steps are not told here."]
    return "\n".join(lines) + "\n"


def _counts(process: Process) -> list[str]:
    counts = [
        f"{process.counts.get(kind, 0):>7,}  {kind.value}" for kind in StepClass if process.counts.get(kind)
    ]
    further = [f"{process.retries:>7,}  sent again", f"{process.throttled:>7,}  throttled"]
    return [f"{process.total:>7,}  steps", *counts, *further]


def _reported(step: Step) -> list[str]:
    task = decode(step.operation)
    lines = [f"{step.number}. {step.state.value}: {step.title} → {step.target}"]
    if step.sentence:
        lines.append(f"   {step.sentence}")
    if isinstance(task, Operation):
        before, after = without_secrets(task.before), without_secrets(task.after)
        lines += [
            f"   {field}: {worded(field, before.get(field))} → {worded(field, value)}"
            for field, value in after.items()
            if not same(value, before.get(field))
        ]
        if step.state is StepClass.DONE and step.visible is False:
            lines.append(f"   {NOT_YET}")
        if step.state is StepClass.REFUSED and step.visible:
            lines.append(f"   {ALL_THE_SAME}")
        lines += [f"   {label}: {text}" for label, text in told(task.request)]
    facts = [f"attempts {step.attempts}"]
    facts += [
        f"{label} {moment(at)}" for label, at in (("sent", step.sent_at), ("ended", step.ended_at)) if at
    ]
    facts += [f"status {step.status}"] if step.status else []
    facts += [f"request-id {step.request_id}"] if step.request_id else []
    return [*lines, f"   {', '.join(facts)}"]
