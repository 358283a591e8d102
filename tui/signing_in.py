"""Signing in on the screen: when it is asked for, on which page, and what goes on afterwards."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from services.identity import NOBODY

if TYPE_CHECKING:
    from textual.app import App

    from tui.desk import Desk
    from tui.screens.dialogs.sign_in import SignInDialog


class SigningIn:
    """Asks in place: over a page, never over a dialog that is being filled in; once until it was declined."""

    def __init__(self, app: "App[None]") -> None:
        self._app = app
        self._declined = False
        self._dialog: SignInDialog | None = None

    @property
    def _desk(self) -> "Desk":
        return cast("Desk", self._app)

    def asked(self) -> None:
        """A service was asked without a sign-in."""
        from tui.screens.page import Page

        if self._dialog is not None:
            return
        if not self._declined and isinstance(self._app.screen, Page):
            self.open()
        else:
            self._desk.noticed.publish(NOBODY)

    def open(self) -> None:
        """Opens the dialog, unless it is open or nothing is connected."""
        from tui.screens.dialogs.sign_in import SignInDialog

        session = self._desk.session
        if session is None or self._dialog is not None:
            return
        self._dialog = SignInDialog(session.profile.name, session.sign_in, session.clock.now)
        self._app.push_screen(self._dialog, self._closed)

    def show(self, page: str, code: str, until: datetime) -> None:
        """What the person has to do; called from the thread that waits for it."""
        self._app.call_from_thread(self._show, page, code, until)

    def _show(self, page: str, code: str, until: datetime) -> None:
        if self._dialog is not None:
            self._dialog.show(page, code, until)

    def _closed(self, name: str | None) -> None:
        from tui.screens.page import Page

        self._dialog, self._declined = None, name is None
        if name is None:
            self._desk.noticed.publish(NOBODY)
            return
        page = self._app.screen
        if isinstance(page, Page):
            page.signed_in(name)
