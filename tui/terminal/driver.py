"""TerminalDriver: Textual's driver for Linux, which writes only the cells that changed, and wakes for keys alone."""

import os
import selectors
import signal
import sys
import termios
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TextIO

from textual import events
from textual._parser import ParseError
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys

from tui.terminal.abilities import abilities
from tui.terminal.frames import Frames
from tui.terminal.line import Line
from tui.terminal.pace import ANSWER
from tui.terminal.pastes import Pastes

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message

_READ: Final = 4_096
_LAST_ANSWER: Final = 0.5
"""Seconds that the end of the program waits for what the terminal still answers."""


class TerminalDriver(LinuxDriver):
    """Draws through `Frames` and `Line`; its threads wait for keys and for the line alone, and end without a terminal.

    The stock driver writes every region that Textual repaints, in a thread with room for thirty frames: whoever
    draws one more waits, and with it every key. Its reading thread looks ten times a second whether it should end.
    """

    def __init__(self, app: "App[Any]", **options: Any) -> None:
        super().__init__(app, **options)
        self._ending = _Signal()
        self.exit_event = self._ending
        self._frames: Frames | None = None
        self._line: Line | None = None
        self._told_size: tuple[int, int] | None = None

    def write(self, data: str) -> None:
        """Takes a frame or a control sequence; nothing is written where no terminal is in use."""
        if self._line is not None:
            self._line.resize(*self._size_now(), anyway=False)
            self._line.write(data)

    def start_application_mode(self) -> None:
        """Takes the terminal over, at the begin or after a suspension."""
        self._told_size = None
        self._line = self._line_to(sys.__stderr__)
        self._line.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is None:
            # in the background, and about to be stopped again
            return
        # the stock driver's own is given nothing
        self._writer_thread.stop()
        self._writer_thread = None
        self._line.ask()
        self._mind_resizes(signal.getsignal(signal.SIGWINCH))

    def disable_input(self) -> None:
        """Reads no more keys, once what the terminal was asked is answered: nobody else would understand it."""
        if self._line is not None and not self.exit_event.is_set():
            self._line.answer(_LAST_ANSWER)
        super().disable_input()

    def close(self) -> None:
        """Writes what is left."""
        super().close()
        line, self._line = self._line, None
        if line is not None:
            line.stop()

    def run_input_thread(self) -> None:
        """Reads keys until the program ends, or until there is no terminal to read from."""
        parser = _Parser(self._answered)
        try:
            self._read(parser)
        except OSError:
            # the watch for hang-ups says what follows from it
            return
        finally:
            with suppress(EOFError, ParseError):
                list(parser.feed(""))

    def process_message(self, message: "Message") -> None:
        """Takes note of a size that the terminal itself tells."""
        if isinstance(message, events.Resize):
            self._told_size = message.size.width, message.size.height
            self._loop.call_soon_threadsafe(self._resized)
        super().process_message(message)

    def _line_to(self, stream: TextIO | None) -> Line:
        if stream is None:
            raise OSError("There is no terminal to write to.")
        stream.flush()
        descriptor, encoding = stream.fileno(), stream.encoding or "utf-8"
        if self._frames is None:
            can = abilities(os.environ.get("TERM", ""))
            feed = _line_feed(descriptor)
            self._frames = Frames(*self._size_now(), can, line_feed=feed, encoding=encoding)
        else:
            self._frames.resize(*self._size_now())
        return Line(descriptor, encoding, self._frames)

    def _read(self, parser: "_Parser") -> None:
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._ending.descriptor, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = {key.fd for key, _ in selector.select(parser.timeout)}
                if self.fileno in ready:
                    data = os.read(self.fileno, _READ)
                    if not data:
                        # nothing will ever come: a pipe that was closed
                        selector.unregister(self.fileno)
                    if text := decode(data):
                        self._process(parser.feed(text))
                self._process(parser.tick())

    def _process(self, messages: "Iterable[Message]") -> None:
        for message in messages:
            self.process_message(message)

    def _answered(self) -> None:
        if self._line is not None:
            self._line.answered()

    def _mind_resizes(self, told: Any) -> None:
        def resized(number: int, frame: Any) -> None:
            # a signal may come while a frame is being taken
            self._loop.call_soon_threadsafe(self._resized)
            if callable(told):
                told(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def _resized(self) -> None:
        if self._line is not None:
            self._line.resize(*self._size_now(), anyway=True)

    def _size_now(self) -> tuple[int, int]:
        return self._told_size or self._get_terminal_size()

    def _sigcont_application(self, *_: object) -> None:
        """Goes on after Ctrl+Z alone.

        A hang-up sends SIGCONT beside SIGHUP; the stock driver would start its threads a second time, and the
        program would wait for the forgotten ones for ever.
        """
        if self._must_signal_resume:
            super()._sigcont_application()


class _Parser(XTermParser):
    """Textual's, that knows the answer to a question about the status, and for how long it waits for more."""

    def __init__(self, answered: Callable[[], None]) -> None:
        super().__init__()
        self._answered = answered
        self._pastes = Pastes(answered)

    @property
    def timeout(self) -> float | None:
        """Seconds until a key that could be the begin of another one is taken for itself."""
        return None if self._timeout_time is None else max(0.0, self._timeout_time - get_time())

    def feed(self, data: str) -> "Iterable[Message]":
        """Leaves out answers, wherever they come; also amid a pasted text."""
        while ANSWER in data:
            data = data.replace(ANSWER, "", 1)
            self._answered()
            if not data:
                # nothing is what the parser takes for the end
                return ()
        tamed = self._pastes.tamed(data)
        return () if data and not tamed else super().feed(tamed)

    def tick(self) -> "Iterable[Message]":
        """Takes an escape for the key when nothing followed it in time."""
        if self.timeout == 0.0:
            self._pastes.forget()
        return super().tick()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence == ANSWER:
            # one that came in two parts
            self._answered()
            return (events.Key(Keys.Ignore, sequence),)
        return super()._sequence_to_key_events(sequence, alt)


class _Signal(threading.Event):
    """An event that can be waited for together with keys."""

    def __init__(self) -> None:
        super().__init__()
        self.descriptor, self._other = os.pipe()

    def set(self) -> None:
        """Sets it and wakes whoever waits."""
        super().set()
        os.write(self._other, b"!")

    def clear(self) -> None:
        """Takes it back."""
        super().clear()
        os.read(self.descriptor, _READ)

    def __del__(self) -> None:
        os.close(self.descriptor)
        os.close(self._other)


def _line_feed(descriptor: int) -> str:
    """What takes the cursor to the begin of the next line: the terminal's line discipline may add the half of it."""
    try:
        output = termios.tcgetattr(descriptor)[1]
    except termios.error:
        return "\r\n"
    return "\n" if output & termios.OPOST and output & termios.ONLCR else "\r\n"
