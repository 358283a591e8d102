"""Command palette: any key's action, any tab, any user, by fuzzy name."""

from collections.abc import Callable, Iterable
from typing import cast

import msgspec
from rich.text import Text
from textual.binding import ActiveBinding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.widgets import Input

from tui.glyphs import ASCII_CLASS
from tui.plain import printable
from tui.screens.page import Page

_MOST_USERS = 20

_NOT_LISTED = (
    *("palette", ".up", ".down", ".extend-up", ".extend-down", ".page-up", ".page-down"),
    *(".first", ".last", ".gg", ".left", ".right", ".choose"),
)
"""Endings of the ids of bindings that move: nobody looks for those by name."""


class Command(msgspec.Struct, frozen=True):
    """One entry: what it says and what it does."""

    label: str
    run: Callable[[], object]


class Palette(CommandPalette):
    """The stock palette, without a blinking cursor and without a picture that few fonts have."""

    def on_mount(self) -> None:
        """Still, and in characters that every terminal has."""
        self.query_one(Input).cursor_blink = False
        self.query_one(SearchIcon).icon = "/ "
        self.set_class(self.app.has_class(ASCII_CLASS), ASCII_CLASS)


class RollcallCommands(Provider):
    """What the screen under the palette can do. Labels are plain text: the stock palette parses markup."""

    def _commands(self) -> Iterable[Command]:
        screen = cast(Page, self.screen)
        for words, active in screen.actions().items():
            first = active[0]
            if (first.binding.id or "").endswith(_NOT_LISTED):
                continue

            async def run(active: ActiveBinding = first) -> None:
                await screen.app.run_action(active.binding.action, active.node)

            yield Command(f"{words} ({screen.app.get_key_display(first.binding)})", run)
        yield from (Command(label, run) for label, run in screen.desk.commands())
        yield from (Command(label, run) for label, run in screen.commands())
        for tab, title in screen.tab_targets():

            def go(tab: str = tab) -> None:
                screen.go_to(tab)

            yield Command(f"Tab: {title}", go)

    async def discover(self) -> Hits:
        """Everything but users, in the order of the screen."""
        for command in self._commands():
            yield DiscoveryHit(Text(printable(command.label)), command.run, text=command.label)

    async def search(self, query: str) -> Hits:
        """Commands and users that match."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.label)
            if score > 0:
                yield Hit(score, Text(printable(command.label)), command.run, text=command.label)
        async for hit in self._users(query):
            yield hit

    async def _users(self, query: str) -> Hits:
        app = cast(Page, self.screen).desk
        if app.session is None:
            return
        wanted, found = query.casefold(), 0
        async for users in app.session.tenant.users.known():
            for user in users:
                if wanted not in user.name.casefold() and wanted not in user.upn.casefold():
                    continue

                def open_user(identifier: str = user.id) -> None:
                    app.open_user(identifier)

                label = printable(f"User: {user.name}  {user.upn}")
                yield Hit(0.5, Text(label), open_user, text=label)
                found += 1
                if found == _MOST_USERS:
                    return
