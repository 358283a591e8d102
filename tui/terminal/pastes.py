"""Pastes: between the marks of a bracketed paste all is text, whatever a key would send."""

from collections.abc import Callable
from typing import Final

from tui.terminal.pace import ANSWER

START: Final = "\x1b[200~"
END: Final = "\x1b[201~"
_ESCAPE: Final = "\x1b"
_INSTEAD: Final = "\ufffd"


class Pastes:
    """Takes the escapes out of what is pasted, before the parser of keys sees them.

    That parser ends a paste at its first escape and takes the rest for keys: a line end among them presses Enter,
    on whatever screen is open. Not every terminal cleans what it pastes; tmux does not.
    """

    def __init__(self, answered: Callable[[], None]) -> None:
        self._answered = answered
        self._inside = False
        self._rest = ""
        """Outside of a paste, the end of what was told: a mark may have begun there. Inside, what is held back."""

    def tamed(self, text: str) -> str:
        """The text, without what cannot be told apart yet; that comes with the next."""
        told = ""
        while text:
            cut, text = self._pasted(text) if self._inside else self._typed(text)
            told += cut
        return told

    def forget(self) -> None:
        """An escape was taken for the key: no paste begins with it."""
        if not self._inside:
            self._rest = ""

    def _typed(self, text: str) -> tuple[str, str]:
        known = self._rest + text
        at = known.find(START)
        if at < 0:
            self._rest = known[1 - len(START) :]
            return text, ""
        cut = at + len(START) - len(self._rest)
        self._inside, self._rest = True, ""
        return text[:cut], text[cut:]

    def _pasted(self, text: str) -> tuple[str, str]:
        known, self._rest = self._rest + text, ""
        at = known.find(END)
        if at < 0:
            self._rest = _begun(known)
            return self._plain(known.removesuffix(self._rest)), ""
        self._inside = False
        return self._plain(known[:at]) + END, known[at + len(END) :]

    def _plain(self, text: str) -> str:
        for _ in range(text.count(ANSWER)):
            # one that came in two parts
            self._answered()
        return text.replace(ANSWER, "").replace(_ESCAPE, _INSTEAD)


def _begun(text: str) -> str:
    """The end of the text that may be the begin of a mark, or of an answer."""
    at = text.rfind(_ESCAPE)
    last = text[at:] if at >= 0 else ""
    return last if any(mark.startswith(last) for mark in (END, ANSWER)) else ""
