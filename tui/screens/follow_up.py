"""FollowUp: what retries or undoes a process, step by step: what will be sent, what will not, and why."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from services import retry, undo
from services.columns import Column
from services.operation import FOR_GOOD
from services.plan import Line, Review
from services.proposal import Item, Kind, Proposal, carry_out, review_of
from services.record import Record
from state.values import Step
from tui.screens.dialogs.confirm import Confirm
from tui.screens.plan_screen import PlanScreen, counted
from tui.screens.step_words import moment
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import Highlighted

_SEND = Column("send", "Send", width=4)


class FollowUpScreen(PlanScreen):
    """Enter sends the ticked lines; Space decides on the line under the cursor."""

    about = (
        "What will be sent and what will not. Space decides on one step, Enter sends those that are ticked."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "decide", "Send it or not", id="follow-up.decide"),
    ]
    EMPTY: ClassVar[str] = "Nothing"

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self._proposal = proposal
        self._held = proposal
        """The proposal as it was last held against the tenant."""
        self._decided: dict[int, bool] = {}
        """What the operator decided, by the step's number; the others are as they are proposed."""
        self.title = proposal.title.partition(" · ")[0]

    @property
    def lead_columns(self) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
        """Whether it is sent."""
        return (_SEND,), ()

    def lead(self, number: int, line: Line) -> tuple[str, ...]:
        """Ticked, not ticked, or not to be ticked."""
        item = self._items[number]
        if item.bar:
            return ("-",)
        return ("[x]" if self._goes(item) else "[ ]",)

    def found(self, number: int, line: Line) -> str:
        """What the tenant holds; what it cannot be asked for is not looked at."""
        item = self._items[number]
        if item.bar:
            return "not sent"
        return "may have happened" if self._once_only(item) else line.finding.value

    @property
    def _items(self) -> Sequence[Item]:
        return self._held.items

    def _once_only(self, item: Item) -> bool:
        """Whether sending it again may do it a second time."""
        return self._proposal.kind is Kind.RETRY and item.step.once and bool(item.doubt)

    def _goes(self, item: Item) -> bool:
        return not item.bar and self._decided.get(item.step.number, item.offered)

    def make(self) -> Review:
        """The lines as they were proposed."""
        self._held = self._proposal
        return Review(tuple(item.line for item in self._items), "")

    async def hold(self, unchecked: Review) -> Review:
        """Each line that can be sent, as the tenant is now."""
        against = retry.against_tenant if self._proposal.kind is Kind.RETRY else undo.against_tenant
        self._held = await against(self.session, self._proposal)
        return Review(tuple(item.line for item in self._items), "")

    @property
    def sent(self) -> Review:
        """The ticked lines."""
        return review_of([item.line for item in self._items if self._goes(item)])

    def facts(self, sent: Review) -> list[str]:
        """How much is sent, and how much is not."""
        for_good = sum(item.bar.startswith(FOR_GOOD) for item in self._items)
        left = len(self._items) - len(sent.lines) - for_good
        facts = [f"{counted(len(sent.lines), 'operation')} to send"]
        facts += [f"{for_good:,} {FOR_GOOD}"] if for_good else []
        facts += [f"{left:,} left out"] if left else []
        return [*facts, *filter(None, (self._proposal.told,))]

    def look(self, record: Record) -> str:
        """What is left out is dimmed, unless it is to be decided on."""
        item = self._items[int(record.key)]
        return "line-table--dim" if item.bar else super().look(record)

    async def carry_out(self, sent: Review, reason: str) -> str:
        """Starts the process that follows the other."""
        number = await carry_out(self.session, self._proposal, sent, reason)
        return f"#{number} {self._proposal.title} is started."

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """Enter is what this screen is for."""
        verb = "Retry" if self._proposal.kind is Kind.RETRY else "Undo"
        ready = self.writable and self.is_mounted and bool(self.sent.lines)
        return (
            ("F1", "Help"),
            Hint("Enter", verb, ready),
            ("Space", "Send it or not"),
            ("F3", "Details"),
            ("F5", "Check again"),
            ("Esc", "Back"),
        )

    def action_apply(self) -> None:
        """Starts what is ticked, or says that nothing is."""
        if self.checked and not self.sent.lines:
            self.say("Nothing is ticked: nothing is sent. F3 says of each step why; Space decides on it.")
            return
        super().action_apply()

    def action_decide(self) -> None:
        """Sends the line under the cursor, or leaves it out; what may have happened asks first."""
        if not self.table.cursor_key:
            return
        item = self._items[int(self.table.cursor_key)]
        if item.bar:
            self.say(f"{item.line.operation.title}, {item.line.operation.target}: {item.bar}.", "warning")
        elif not self._goes(item) and self._once_only(item):
            self._ask_about(item)
        else:
            self._decide(item, not self._goes(item))

    @on(Highlighted)
    def _moved(self) -> None:
        # what was said of one line is not true of the next, and F3 is for the line
        if self.messages.dismiss():
            self.show_hints()

    def _ask_about(self, item: Item) -> None:
        def answered(sure: bool | None) -> None:
            if sure:
                self._decide(item, True)

        lines = [
            f"{item.line.operation.title}: {item.line.operation.target}",
            "",
            f"{item.doubt[:1].upper()}{item.doubt[1:]}.",
            *_facts(item.step),
        ]
        self.app.push_screen(Confirm("Send it a second time?", lines, "Send it", dangerous=True), answered)

    def _decide(self, item: Item, sends: bool) -> None:
        self._decided[item.step.number] = sends
        if self.plan is not None:
            self.show(self.plan)
        if sends and item.doubt:
            self.say(f"It is sent although {item.doubt}.", "warning")
        self.show_hints()

    def details(self, number: int, line: Line) -> list[tuple[str, str]]:
        """With what became of the step, and why it is not sent."""
        item = self._items[number]
        why = item.bar or item.doubt
        if item.bar:
            sent = [("Sent", f"no: {why}")]
        else:
            sent = [("Sent", "yes" if self._goes(item) else "no, as long as Space does not tick it")]
            sent += [("Beware", why)] if why else []
        return [*sent, *super().details(number, line), *((f"Then: {a}", b) for a, b in _pairs(item.step))]


def _pairs(step: Step) -> list[tuple[str, str]]:
    pairs = [("step", f"{step.number} of #{step.process}, {step.state.value}"), ("said", step.sentence)]
    pairs += [("sent", moment(step.sent_at)), ("request-id", step.request_id)]
    return [(label, text) for label, text in pairs if text]


def _facts(step: Step) -> list[str]:
    return [f"{label}: {text}" for label, text in _pairs(step)]
