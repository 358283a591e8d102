"""Asking: what must go along with a switch, asked where the operator must choose, and staged before it."""

from collections import deque
from collections.abc import Sequence

import msgspec

from services.recent import unseen_writes
from services.tabs.tab import Need, ToggleTab
from services.user import User
from state.errors import StateError
from state.values import Change
from tui.background import start_beside
from tui.screens.dialogs.choice import Choice
from tui.screens.views.view import View


class Asking:
    """The changes of one view that need others first, one after the other.

    What was answered for one is not asked again for the next. Nothing runs while a question is open.
    """

    def __init__(self, view: View[ToggleTab]) -> None:
        self._view = view
        self._waiting: deque[tuple[Sequence[Change], Sequence[tuple[User, Need]]]] = deque()

    def stage(self, changes: Sequence[Change], needs: Sequence[tuple[User, Need]]) -> None:
        """Stages the changes behind what they need; nothing at all when the operator leaves a question.

        What several users need is asked once, and is for all of them.
        """
        self._waiting.append((changes, needs))
        if len(self._waiting) == 1:
            self._begin()

    def _begin(self) -> None:
        start_beside(self._view, "needs", self._find)

    def _end(self) -> None:
        self._waiting.popleft()
        if self._waiting:
            self._begin()

    async def _find(self) -> None:
        """What is not so already: neither staged, nor written a moment ago."""
        view, (changes, needs) = self._view, self._waiting[0]
        try:
            users = {user.id for user, _ in needs}
            written = await unseen_writes(view.session.processes, view.session.clock, users)
        except StateError as error:
            view.page.say_error(error)
            self._end()
            return
        settled = {c.key for c in (*view.staging.all, *changes)}.union(written)
        left: dict[tuple[str, str, str], list[tuple[User, Need]]] = {}
        for user, need in needs:
            if self._change(user, need).key not in settled:
                left.setdefault((need.tab, need.row, need.field), []).append((user, need))
        self._ask(list(left.values()), [])

    def _ask(self, left: Sequence[Sequence[tuple[User, Need]]], before: list[Change]) -> None:
        """Asks the next question, if one is left, and goes on when it is answered."""
        if not left:
            start_beside(self._view, "needs", self._store, before)
            return
        _, need = left[0][0]
        found = [self._change(*each) for each in left[0]]
        if not need.choices:
            self._ask(left[1:], [*before, *found])
            return

        def chosen(value: str | None) -> None:
            if value is None:
                self._view.page.say(f"Nothing was staged: {need.title} was left open.")
                self._end()
                return
            shown = dict(need.choices)[value]
            chosen_of = [
                msgspec.structs.replace(change, after=value, facts={**change.facts, "shown": shown})
                for change in found
            ]
            self._ask(left[1:], [*before, *chosen_of])

        title = f"{need.ask} (for {len(found)} users)" if len(found) > 1 else need.ask
        self._view.app.push_screen(Choice(title, need.choices), chosen)

    async def _store(self, before: Sequence[Change]) -> None:
        view, (changes, _) = self._view, self._waiting[0]
        await view.store([*before, *changes])
        if before:
            # behind the new counts, which would take its place
            told = ", ".join(dict.fromkeys(change.row_name for change in before))
            view.call_after_refresh(view.page.say, f"Staged with it, and done before it: {told}.")
        self._end()

    def _change(self, user: User, need: Need) -> Change:
        change = self._view.change(
            need.row, need.title, need.field, need.before, need.value, dict(need.facts), user=user
        )
        return msgspec.structs.replace(change, tab=need.tab)
