"""Hang-up: the terminal vanished, as when a connection is lost; nothing may wait for it or write to it any more."""

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

_LOOK = 500
"""Milliseconds after which the watch sees that the program ended."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, whose threads end well without a terminal.

    The stock one's writing thread ends with the first failed write; whoever draws the thirtieth frame after
    that waits for ever. Its reading thread makes the app panic.
    """

    def __init__(self, app: "App[Any]", **options: Any) -> None:
        super().__init__(app, **options)
        self._file = cast(Any, _Deaf(sys.__stderr__))

    def _sigcont_application(self, *_: object) -> None:
        """Goes on after Ctrl+Z alone.

        A hang-up sends SIGCONT beside SIGHUP; the stock driver would start its threads a second time, and the
        program would wait for the forgotten ones for ever.
        """
        if self._must_signal_resume:
            super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Reads keys until the program ends, or until there is no terminal to read from."""
        try:
            super().run_input_thread()
        except OSError:
            # the watch says what follows from it
            return


class _Deaf:
    """A stream that takes no notice when nobody is there to read."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes what can be written."""
        try:
            return self._stream.write(text) if self._stream else 0
        except OSError:
            # the watch below sees the hang-up and says so
            return 0

    def flush(self) -> None:
        """The same for what is still buffered."""
        try:
            if self._stream:
                self._stream.flush()
        except OSError:
            return

    def fileno(self) -> int:
        """The stream's own."""
        return self._stream.fileno() if self._stream else 2


class Watch:
    """Calls `gone` on the loop, once, when the terminal hangs up; `ended` when the program is told to end.

    A hang-up comes as SIGHUP, and where that is ignored (nohup) or taken by somebody else, as an error on the
    terminal itself.
    """

    def __init__(self, gone: Callable[[], None], ended: Callable[[], None]) -> None:
        self._gone = gone
        self._over = threading.Event()
        self._told = False
        self._loop = asyncio.get_running_loop()
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._loop.add_signal_handler(signal.SIGHUP, self._tell)
        self._loop.add_signal_handler(signal.SIGTERM, ended)
        threading.Thread(target=self._look, name="hang-up", daemon=True).start()

    def stop(self) -> None:
        """Watches no more; the signals are what they were."""
        self._over.set()
        for number in (signal.SIGHUP, signal.SIGTERM):
            self._loop.remove_signal_handler(number)

    def _look(self) -> None:
        poll = select.poll()
        # no event is asked for: errors and hang-ups are told in any case
        poll.register(0, 0)
        while not self._over.is_set():
            if poll.poll(_LOOK):
                if not self._loop.is_closed():
                    self._loop.call_soon_threadsafe(self._tell)
                return

    def _tell(self) -> None:
        if self._told:
            return
        self._told = True
        drop_terminal()
        self._gone()


def drop_terminal() -> None:
    """Puts in the terminal's place what never has anything to read, and takes everything that is written.

    A terminal that hung up is always ready to read nothing: whoever waits for keys would turn in circles.
    """
    silence, kept = os.pipe()
    # the thread that reads keys may be on its way from asking whether there are any to reading them
    os.set_blocking(silence, False)
    os.set_inheritable(kept, False)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 0)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(silence)
    os.close(nowhere)
