"""UserHeader: which user of which tenant is being edited, on one line that is always there."""

from collections.abc import Sequence
from typing import Unpack

from rich.cells import cell_len

from services.user import Tag, User
from tui.plain import cut, printable
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece, width_of

_LEAST_NAME = 10
_LEAST_UPN = 8
_MOST_TENANT = 24


class UserHeader(Lines):
    """Name, user name, user type, tags and risk at the left; the tenant at the right."""

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._who_name = ""
        self._upn = ""
        self._words: list[Piece] = []
        self._tenant = ""
        self._sandbox = False

    def show(
        self,
        user: User | None,
        kind_text: str,
        tags: Sequence[Tag],
        risk: str,
        tenant_label: str,
        sandbox: bool,
    ) -> None:
        """Show this user.

        Args:
            user: None while it is not known yet; the tenant is shown all the same.
            kind_text: The user type, such as "Cloud user".
            tags: Marks beside the name; their words say everything, the level only colours them.
            risk: The risk level, "" when there is none.
            tenant_label: The tenant's name in the profile.
            sandbox: True for the embedded tenant, which says so.
        """
        self._who_name = printable(user.name) if user else ""
        self._upn = printable(user.upn) if user else ""
        words: list[Piece] = [(kind_text, "")] if kind_text else []
        words += [(tag.text, tag.level if tag.level in ("warning", "error") else "info") for tag in tags]
        if risk:
            words.append((f"Risk: {risk}", "error" if risk.casefold() == "high" else "warning"))
        self._words = [(printable(text), name) for text, name in words]
        self._tenant = printable(tenant_label)
        self._sandbox = sandbox
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line: the name and user name give way first, then the words from the right."""
        right = self._tenant_pieces()
        middle: list[Piece] = []
        for piece in self._words:
            middle += [(f" {self.glyphs.dot} " if middle else "  ", "dim"), piece]
        room = width - width_of(right) - 1
        left = self._who(room - 1 - width_of(middle))
        line = self._fill([(" ", ""), *left, *middle], room)
        return [[*line, *right, (" ", "")]]

    def _tenant_pieces(self) -> list[Piece]:
        label = cut(self._tenant, _MOST_TENANT, self.glyphs.ellipsis)
        if not self._sandbox:
            return [(" ", ""), (label, "tenant")]
        named = "" if label.casefold() in ("", "sandbox") else f": {label}"
        return [(" ", ""), (f" sandbox{named} ", "sandbox")]

    def _who(self, room: int) -> list[Piece]:
        dots = self.glyphs.ellipsis
        name = cell_len(self._who_name)
        if self._upn == self._who_name or name + 2 + _LEAST_UPN > room:
            return [(cut(self._who_name, max(room, _LEAST_NAME), dots), "strong")]
        return [(self._who_name, "strong"), ("  " + cut(self._upn, room - name - 2, dots), "")]

    def _fill(self, pieces: list[Piece], room: int) -> list[Piece]:
        found: list[Piece] = []
        for text, name in pieces:
            shown = cut(text, max(0, room), self.glyphs.ellipsis)
            found.append((shown, name))
            room -= cell_len(shown)
        return [*found, (" " * room, "")]
