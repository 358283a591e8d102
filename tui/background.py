"""The one door to background work: it ends quietly with its screen, and is never left behind unawaited."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import ParamSpec, cast

from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
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
    work = partial(_unless_closed, node, partial(step, *given, **named))
    node.run_worker(cast(WorkType[object], work), group=group, exclusive=True)


def start_beside(
    node: DOMNode,
    group: str,
    step: Callable[Given, Coroutine[object, object, object]],
    *given: Given.args,
    **named: Given.kwargs,
) -> None:
    """The same, beside what its group still does: for steps of which each must be carried out."""
    work = partial(_unless_closed, node, partial(step, *given, **named))
    node.run_worker(cast(WorkType[object], work), group=group)


async def _unless_closed(node: DOMNode, step: Callable[[], Coroutine[object, object, object]]) -> None:
    """A screen loses its widgets before its workers are cancelled: what misses one then has nobody to tell."""
    try:
        await step()
    except NoMatches:
        if is_open(node):
            raise


def is_open(node: DOMNode) -> bool:
    """Whether the node is on a screen that nobody has left."""
    try:
        return node.app.is_running and node.is_attached and node.screen in node.app.screen_stack
    except (NoScreen, RuntimeError):
        return False
