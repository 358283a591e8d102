"""WorkPage: what the users page and a user's page share: the keys for what is staged, and for messages."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from state.values import Change
from tui.background import start_beside
from tui.screens.absent import absent
from tui.screens.dialogs.discard import Discard
from tui.screens.page import Page
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import Copied


class WorkPage(Page):
    """A page with tabs on which changes are staged, or from which they are applied."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "apply", "Apply", id="page.apply"),
        Binding("f4", "review", "Review", id="page.review"),
        Binding("f5", "refresh", "Refresh", id="page.refresh"),
        Binding("f8", "discard", "Discard", id="page.discard"),
        Binding("left_square_bracket", "tab(-1)", "Previous tab", id="page.previous-tab", key_display="["),
        Binding("right_square_bracket", "tab(1)", "Next tab", id="page.next-tab", key_display="]"),
        Binding("t", "go_to_tab", "Go to tab", id="page.go-to-tab"),
        Binding("f3", "message", "Message in full", id="page.message", show=False),
        Binding("escape", "escape", "Dismiss the message, else back", id="page.dismiss", show=False),
    ]

    @property
    def staged_here(self) -> list[Change]:
        """What is staged on the tab on show."""
        return []

    def apply_hint(self) -> Sequence[Hint | tuple[str, str]]:
        """F2, as long as a sentence stands where the message bar would offer it."""
        staging = self.desk.staging
        offered = staging is not None and staging.all and self.messages.saying
        return [("F2", "Apply")] if offered else []

    def action_apply(self) -> None:
        """Opens the review of everything that is pending; nothing is written before Enter there."""
        from tui.screens.review import open_review

        open_review(self)

    def action_review(self) -> None:
        """The same: the review is where the plan is read and where it is applied."""
        self.action_apply()

    def action_discard(self) -> None:
        """Asks which staged changes to throw away."""
        if absent(self.desk):
            return
        staging = self.staging
        if not staging.all:
            self.say("Nothing is staged.")
            return
        here = self.staged_here

        def answered(what: str | None) -> None:
            if what is not None:
                gone = here if what == "tab" else list(staging.all)
                start_beside(self, "stage", self._discard, gone)

        self.app.push_screen(Discard(len(here), len(staging.all)), answered)

    async def _discard(self, changes: Sequence[Change]) -> None:
        await self.staging.discard(changes)

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        self.copy(event.text)

    def action_message(self) -> None:
        """The sentence of the message bar in full."""
        self.show_saying()

    def action_escape(self) -> None:
        """Takes the sentence away; with nothing to take away, goes back."""
        if self.messages.dismiss():
            self.show_hints()
        else:
            self.leave()

    def leave(self) -> None:
        """Goes back."""
        self.app.pop_screen()
