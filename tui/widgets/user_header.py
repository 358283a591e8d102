"""UserHeader: which user of which tenant is being edited, always there: one line, more beside a photo."""

import re
from collections.abc import Sequence
from typing import ClassVar, Unpack

from rich.cells import cell_len, split_graphemes
from textual.widget import Widget

from services.user import Tag, User
from tui.drawing import Drawing
from tui.plain import cut, printable
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece, width_of

_LEAST_NAME = 10
_LEAST_UPN = 8
_MOST_TENANT = 24


class UserHeader(Lines):
    """Photo or initials, name, user name, user type, tags and risk at the left; the tenant at the right,
    before it what is open for a while.

    How much room a photo has is told by the screen: a class for its height, "-flat" for none at all.
    """

    SCOPED_CSS: ClassVar[bool] = False
    DEFAULT_CSS = """
    UserHeader > .photo { dock: left; width: 4; height: 2; }
    UserHeader.-photo { height: 2; }
    .-tall UserHeader.-photo { height: 3; }
    .-tall UserHeader > .photo { width: 6; height: 3; }
    .-flat UserHeader.-photo { height: 1; }
    .-flat UserHeader > .photo { display: none; }
    """

    def __init__(self, tenant_look: str = "tenant", **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._tenant_look = tenant_look
        self._photo = b""
        self._image: Widget | None = None
        self._initials = ""
        self._position = ""
        self._who_name = ""
        self._upn = ""
        self._words: list[Piece] = []
        self._tenant = ""
        self._sandbox = False
        self._windows: list[str] = []

    def show(
        self,
        user: User | None,
        kind_text: str,
        tags: Sequence[Tag],
        risk: str,
        tenant_label: str,
        sandbox: bool,
        initials: str = "",
    ) -> None:
        """Show this user.

        Args:
            user: None while it is not known yet; the tenant is shown all the same.
            kind_text: The user type, such as "Cloud user".
            tags: Marks beside the name; their words say everything, the level only colours them.
            risk: The risk level, "" when there is none.
            tenant_label: The tenant's name in the profile.
            sandbox: True for the embedded tenant, which says so.
            initials: What stands in the place of a photo.
        """
        self._initials = initials
        about = (user.job_title, user.department) if user else ()
        self._position = printable(f" {self.glyphs.dot} ".join(text for text in about if text))
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

    def show_windows(self, windows: Sequence[str]) -> None:
        """Show what is open for a while, each with the time left, such as "Writing 12 min"."""
        if list(windows) != self._windows:
            self._windows = list(windows)
            self.redraw()

    async def show_photo(self, content: bytes, drawing: Drawing) -> None:
        """Show this JPEG; the initials where it is empty."""
        if content == self._photo:
            return
        self._photo = content
        old, self._image = self._image, None
        if old is not None:
            await old.remove()
        if content:
            from tui.widgets.photo import photo

            image = await photo(self.app, content, drawing)
            image.add_class("photo")
            await self.mount(image)
            self._image = image
        self.set_class(bool(content), "-photo")
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """One line: the name and user name give way first, then the words from the right. Beside a photo the
        words have the second line, and what the user does the third."""
        right = [*self._window_pieces(), *self._tenant_pieces()]
        room = width - width_of(right) - 1
        if self.content_size.height == 1:
            face = [(f" {self._initials} ", "initials")] if self._initials else []
            middle = self._listed("  ")
            left = self._who(room - 1 - width_of(face) - bool(face) - width_of(middle))
            gap = [*face, (" ", "")]
            return [[*self._fill([*gap, *left, *middle], room), *right, (" ", "")]]
        # a cell is twice as high as it is wide
        beside = (" " * (2 * self.content_size.height + 1), "")
        name = self._fill([beside, *self._who(room - cell_len(beside[0]))], room)
        return [[*name, *right, (" ", "")], [beside, *self._listed("")], [beside, (self._position, "dim")]]

    def _listed(self, lead: str) -> list[Piece]:
        found: list[Piece] = []
        for piece in self._words:
            found += [(f" {self.glyphs.dot} " if found else lead, "dim"), piece]
        return found

    def _window_pieces(self) -> list[Piece]:
        found: list[Piece] = []
        for text in self._windows:
            found += [(" ", ""), (f" {printable(text)} ", "window")]
        return found

    def _tenant_pieces(self) -> list[Piece]:
        label = cut(self._tenant, _MOST_TENANT, self.glyphs.ellipsis)
        if not self._sandbox:
            return [(" ", ""), (label, self._tenant_look)]
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


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name, what stands in brackets left out; "" for none."""
    words = re.sub(r"[(\[{].*?[)\]}]", " ", printable(name)).split()
    letters = [
        word[at:] for word in words if (at := next((n for n, c in enumerate(word) if c.isalpha()), -1)) >= 0
    ]
    ends = dict.fromkeys((0, len(letters) - 1)) if letters else ()
    return "".join(_first(letters[n]).upper() for n in ends)


def _first(word: str) -> str:
    start, end, _ = split_graphemes(word)[0][0]
    return word[start:end]
