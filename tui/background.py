"""The one door to background work: a step that is superseded before it began is never left behind unawaited."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import ParamSpec, cast

from textual.dom import DOMNode
from textual.worker import WorkType

Given = ParamSpec("Given")


def start(
    node: DOMNode,
    group: str,
    step: Callable[Given, Coroutine[object, object, object]],
    *given: Given.args,
    **named: Given.kwargs,
) -> None:
    """Runs the step on behalf of the node, in place of what its group still does; it ends with the node."""
    node.run_worker(cast(WorkType[object], partial(step, *given, **named)), group=group, exclusive=True)


def start_beside(
    node: DOMNode,
    group: str,
    step: Callable[Given, Coroutine[object, object, object]],
    *given: Given.args,
    **named: Given.kwargs,
) -> None:
    """The same, beside what its group still does: for steps of which each must be carried out."""
    node.run_worker(cast(WorkType[object], partial(step, *given, **named)), group=group)
