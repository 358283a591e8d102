"""Hang-up: the terminal vanished, as when a connection is lost; nothing may wait for it or write to it any more."""

import asyncio
import os
import select
import signal
import threading
from collections.abc import Callable


class Watch:
    """Calls `gone` on the loop, once, when the terminal hangs up; `ended` when the program is told to end.

    A hang-up comes as SIGHUP, and where that is ignored (nohup) or taken by somebody else, as an error on the
    terminal itself.
    """

    def __init__(self, gone: Callable[[], None], ended: Callable[[], None]) -> None:
        self._gone = gone
        self._over, self._end = os.pipe()
        self._told = False
        self._loop = asyncio.get_running_loop()
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._loop.add_signal_handler(signal.SIGHUP, self._tell)
        self._loop.add_signal_handler(signal.SIGTERM, ended)
        threading.Thread(target=self._look, name="hang-up", daemon=True).start()

    def stop(self) -> None:
        """Watches no more; the signals are what they were."""
        os.close(self._end)
        for number in (signal.SIGHUP, signal.SIGTERM):
            self._loop.remove_signal_handler(number)

    def _look(self) -> None:
        poll = select.poll()
        # no event is asked for: errors and hang-ups are told in any case
        poll.register(0, 0)
        poll.register(self._over, 0)
        found = {descriptor for descriptor, _ in poll.poll()}
        os.close(self._over)
        if 0 in found and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell)

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
