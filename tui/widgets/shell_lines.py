"""ShellLines: the PowerShell that does the same as the row under the cursor, wrapped so that it can be read."""

from tui.plain import cut, wrap
from tui.widgets.lines import Lines
from tui.widgets.looks import Piece

_MOST = 4
_TITLE = "PowerShell "


class ShellLines(Lines):
    """A few lines of fixed number: what is too long ends with the ellipsis, F3 shows all of it."""

    DEFAULT_CSS = f"ShellLines {{ height: {_MOST}; }}"

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show(self, text: str) -> None:
        """Show this command."""
        self._text = text
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """A rule, then the command."""
        rule = self.glyphs.rule
        head: list[Piece] = [(f"{rule * 2} ", "dim"), (_TITLE, "section")]
        head.append((rule * max(0, width - len(_TITLE) - 4), "dim"))
        lines = wrap(self._text, width - 4)
        if len(lines) >= _MOST:
            rest = " ".join(lines[_MOST - 2 :])
            lines = [*lines[: _MOST - 2], cut(rest, width - 4, self.glyphs.ellipsis)]
        return [head, *([(f"   {line}", "")] for line in lines)]
