"""How a process goes and how it went, in words."""

from state.values import OPEN_CLASSES, Process, ProcessStatus, StepClass

_ENDED = (
    *(StepClass.DONE, StepClass.ALREADY_SO, StepClass.REFUSED, StepClass.FAILED),
    *(StepClass.UNKNOWN, StepClass.CANCELLED),
)


def verdict(process: Process) -> str:
    """How an ended process went, in words, with every class that is not empty."""
    if process.status is ProcessStatus.FINISHED and not process.total:
        # a schedule that could not be planned: it has no steps, only a reason
        return f"failed: {process.last_line}"
    word = {ProcessStatus.SUCCEEDED: "succeeded:", ProcessStatus.CANCELLED: "cancelled:"}.get(
        process.status, "finished:"
    )
    parts = [f"{process.counts[kind]:,} {kind.value}" for kind in _ENDED if process.counts.get(kind)]
    if process.despite:
        parts.append(f"but {process.despite:,} of these applied all the same")
    return f"{word} {', '.join(parts) or 'nothing to send'}"


def so_far(process: Process) -> str:
    """How far a process is that has not ended: how many steps of each class, first thing.

    One that pauses says why first. One step that is more than a call, such as an export, says how much of it is done.
    """
    if process.paused:
        return f"paused: {process.paused}"
    if process.expected:
        done, of = process.done_of
        return f"{process.status.value}: {done:,} of {of:,}"
    order = (*_ENDED, *reversed(OPEN_CLASSES))
    return " · ".join(f"{kind.value} {process.counts[kind]:,}" for kind in order if process.counts.get(kind))
