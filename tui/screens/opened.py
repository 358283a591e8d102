"""OpenedScreen: the page that a row's name leads to: a mailbox, a device, a site."""

from services.tabs.tab import Opening
from services.user import User
from tui.screens.tabs_page import TabsPage
from tui.widgets.tab_bar import TabBar
from tui.widgets.title_line import TitleLine


class OpenedScreen(TabsPage):
    """The tabs of an opening's subject, under the opening's title. It looks and works like a user's page."""

    TITLE = "Details"
    about = "What lies behind a row. What you change is staged until you apply it, with all that is staged."

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.tabs)
        self._opening = opening
        self.kind = opening.kind
        self.behind = opening.row

    @property
    def opening_title(self) -> str:
        """What the row's name leads to."""
        return self._opening.title

    async def find_subject(self) -> User:
        """At first as the row told it: such an account need not be readable in the directory."""
        if self.user is None or self._opening.read is None:
            return self._opening.subject
        return await self._opening.read(self.session.tenant)

    def show_opened(self) -> None:
        """The title stays above the tabs, unless the header or a single tab says it; such a tab needs no bar."""
        line, bar = self.query_one("#opening", TitleLine), self.query_one(TabBar)
        line.show(self._opening.title)
        self.query_one("#body").move_child(line, before=bar)
        said = [self._opening.kind, *(tab.title for tab in self._opening.tabs)]
        line.display = self._opening.title not in said
        bar.display = len(self.page_tabs) > 1
