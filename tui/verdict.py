"""How an ended process went, in words."""

from state.values import Process, ProcessStatus, StepClass


def verdict(process: Process) -> str:
    """How an ended process went, in words, with every class that is not empty."""
    if process.status is ProcessStatus.FINISHED and not process.total:
        # a schedule that could not be planned: it has no steps, only a reason
        return f"failed: {process.last_line}"
    word = {ProcessStatus.SUCCEEDED: "succeeded:", ProcessStatus.CANCELLED: "cancelled:"}.get(
        process.status, "finished:"
    )
    order = (
        *(StepClass.DONE, StepClass.ALREADY_SO, StepClass.REFUSED, StepClass.FAILED),
        *(StepClass.UNKNOWN, StepClass.CANCELLED),
    )
    parts = [f"{process.counts[kind]} {kind.value}" for kind in order if process.counts.get(kind)]
    return f"{word} {', '.join(parts) or 'nothing to do'}"
