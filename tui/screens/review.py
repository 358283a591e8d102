"""Review: the pending changes as a plan, held against the tenant, before anything is written."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services import plan
from services.columns import Column
from services.plan import Line, Review
from tui.background import start_beside
from tui.screens.absent import absent
from tui.screens.page import Page
from tui.screens.plan_screen import PlanScreen, counted
from tui.widgets.key_bar import Hint
from tui.widgets.user_header import UserHeader

_USER = Column("user", "User", least=10)


def open_review(page: Page) -> None:
    """Opens the review of everything that is pending, or says that nothing is."""
    if absent(page.desk):
        return
    if not page.staging.all:
        page.say("Nothing is staged. Space on a row or Enter on a field stages a change.")
        return
    page.app.push_screen(ReviewScreen())


class ReviewScreen(PlanScreen):
    """Enter applies what is listed here, and nothing else."""

    TITLE = "Review"
    about = "What will be sent, and what the tenant holds now. Enter applies it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,delete", "drop", "Drop the change", id="review.drop"),
    ]
    EMPTY: ClassVar[str] = "Nothing is staged"

    def __init__(self) -> None:
        super().__init__()
        self._several = False

    def compose(self) -> ComposeResult:
        """With a column for the user when there are several."""
        self._several = len({change.user for change in self.staging.all}) > 1
        yield from super().compose()

    def show_header(self) -> None:
        """Whose changes these are, and in which tenant."""
        options = self.desk.options
        names = list(dict.fromkeys((c.facts.get("name", ""), c.user_name) for c in self.staging.all))
        who = "  ".join(names[0]) if len(names) == 1 else f"{len(names)} users"
        self.query_one(UserHeader).show(None, f"Review  {who}", (), "", options.tenant_label, options.sandbox)

    @property
    def lead_columns(self) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
        """The user's, when there are several."""
        return (), (_USER,) if self._several else ()

    def lead(self, number: int, line: Line) -> tuple[str, ...]:
        """The user's name."""
        if not self._several:
            return ()
        return (next((each.facts.get("name", each.user_name) for each in line.changes), ""),)

    def make(self) -> Review:
        """The plan of what is staged now."""
        return plan.review(list(self.staging.all))

    async def hold(self, unchecked: Review) -> Review:
        """Each line, as the tenant is now."""
        return await plan.checked(self.session.tenant, unchecked)

    def facts(self, sent: Review) -> list[str]:
        """How much there is to send."""
        return [counted(len(sent.lines), "operation"), counted(len(sent.changes), "change")]

    async def carry_out(self, sent: Review, reason: str) -> str:
        """Applies the changes, which are staged no longer then. The pane says the rest."""
        names = list(dict.fromkeys(c.facts.get("name", c.user_name) for c in sent.changes))
        who = names[0] if len(names) == 1 else f"{len(names)} users"
        await self.staging.store()
        await self.session.apply(sent, f"Apply changes · {who}", reason)
        await self.staging.reload()
        return ""

    async def refused(self) -> None:
        """What is staged may have become something else."""
        await self.staging.reload()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """Enter is what this screen is for."""
        return (
            ("F1", "Help"),
            Hint("Enter", "Apply", self.writable),
            ("F3", "Details"),
            ("d", "Drop the change"),
            ("F5", "Check again"),
            ("Esc", "Back"),
        )

    def action_drop(self) -> None:
        """Unstages the changes of the row under the cursor."""
        line, staging = self.line(self.table.cursor_key), self.desk.staging
        if line is not None and staging is not None:
            start_beside(self, "drop", self._drop, line)

    async def _drop(self, line: Line) -> None:
        await self.staging.discard(line.changes)
        # what was said was of the plan with this line in it
        self.messages.dismiss()
        self.action_refresh()
