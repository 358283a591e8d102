"""MessageBar: how much is pending and what to do with it, or the one thing the operator must know now."""

from typing import Unpack

import msgspec

from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece, fit, width_of

KEYS = (("F2", "Apply"), ("F4", "Review"), ("F8", "Discard"))


class Saying(msgspec.Struct, frozen=True):
    """One sentence for the operator; `level` is "note", "warning" or "error"."""

    sentence: str
    level: str = "note"
    request_id: str = ""


class MessageBar(Lines):
    """One line with two modes: the pending changes, or a sentence.

    A warning or an error stays until `dismiss` or the next `say`; a note gives way to changed counts.
    """

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._counts: tuple[int | None, int, int, int] = (0, 0, 0, 0)
        self._saying: Saying | None = None

    @property
    def saying(self) -> Saying | None:
        """The sentence on show, for F3; None in the other mode."""
        return self._saying

    def show(self, on_tab: int | None, in_all: int, hidden: int = 0, unstored: int = 0) -> None:
        """How many changes this tab has (None: it can have none), all have, and this tab's filter hides.

        `unstored` are those that the disk refuses.
        """
        counts = (on_tab, in_all, hidden, unstored)
        if counts != self._counts and self._saying and self._saying.level == "note":
            self._saying = None
        self._counts = counts
        self.redraw()

    def say(self, sentence: str, level: str = "note", request_id: str = "") -> None:
        """Show a sentence instead of the counts. Untrusted text is fine."""
        self._saying = Saying(sentence, level, request_id)
        self.redraw()

    def dismiss(self) -> bool:
        """Take the sentence away; False when there was none."""
        had, self._saying = self._saying is not None, None
        self.redraw()
        return had

    def turn_page(self, *, failed: bool) -> None:
        """Take away what was said of a page that is left: a note always, the rest where that page `failed`."""
        if failed or (self._saying and self._saying.level == "note"):
            self.dismiss()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        if self._saying:
            return [self._sentence(self._saying, width)]
        on_tab, in_all, hidden, unstored = self._counts
        if not in_all and not unstored:
            return [[]]
        dot = self.glyphs.dot
        left: list[Piece] = [(f" {self.glyphs.changed} ", "changed")]
        if on_tab is None:
            left.append((f"{_changes(in_all)} not applied yet", "strong"))
        else:
            left += [(f"{_changes(on_tab)} on this tab", "strong"), (f" {dot} {in_all:,} in all", "")]
        if unstored:
            left.append((f" {dot} {unstored:,} not stored", "warning"))
        if hidden:
            left.append((f" {dot} {hidden:,} of {on_tab:,} hidden by the filter", "warning"))
        return [self._with_keys(left, list(KEYS), width)]

    @property
    def has_more(self) -> bool:
        """Is F3 offered for the sentence? A note that can be read to its end leaves that key to the row."""
        saying = self._saying
        if saying is None:
            return False
        return (
            saying.level != "note" or bool(saying.request_id) or self._is_cut(saying, self.content_size.width)
        )

    def _is_cut(self, saying: Saying, width: int) -> bool:
        return width_of(_words(saying)) > width - 1

    def _sentence(self, saying: Saying, width: int) -> list[Piece]:
        keys = [("F3", "request-id" if saying.request_id else "all of it")]
        if saying.level == "note":
            keys = keys if saying.request_id or self._is_cut(saying, width) else []
        else:
            keys.append(("Esc", "dismiss"))
        return self._with_keys(_words(saying), keys, width)

    def _with_keys(self, left: list[Piece], keys: list[tuple[str, str]], width: int) -> list[Piece]:
        """Words go before keys, which the key bar has as well: keys give way from the right."""
        while len(keys) > 1 and width_of(left) > width - width_of(_keys(keys)) - 1:
            keys = keys[:-1]
        right = _keys(keys)
        return [*fit(left, width - width_of(right) - 1, self.glyphs.ellipsis), *right]


def _words(saying: Saying) -> list[Piece]:
    name = {"error": "error", "warning": "warning"}.get(saying.level, "")
    word = {"error": "Error: ", "warning": "Warning: "}.get(saying.level, "")
    return [(f" {word}{saying.sentence}", name)]


def _changes(count: int) -> str:
    return f"{count:,} {'change' if count == 1 else 'changes'}"


def _keys(keys: list[tuple[str, str]]) -> list[Piece]:
    return [piece for key, label in keys for piece in ((f"  {key}", "key"), (f" {label}", ""))]
