"""A string that must never be seen: a token between the profile file and the Authorization header."""

from urllib.parse import quote
from weakref import WeakValueDictionary

_SHORTEST = 6
"""Shorter ones are not looked for in texts: they would be found in everything."""


class Secret:
    """A string that never shows itself: not in a repr, an f-string, a traceback or a log line."""

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str = "") -> None:
        self._text = text
        if len(text) >= _SHORTEST:
            _LIVING[id(self)] = self

    def reveal(self) -> str:
        """The string itself, for the one place that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not to be pickled")

    def __repr__(self) -> str:
        return "Secret(…)" if self._text else "Secret()"


_LIVING: WeakValueDictionary[int, Secret] = WeakValueDictionary()
"""Every secret that this process holds, by identity: two of one text may live and die apart."""


def revealed(value: object) -> str:
    """What an encoder writes for a `Secret` in a body, at the moment it leaves. Raises `NotImplementedError`."""
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"a {type(value).__name__} cannot be sent")


def masked(text: str) -> str:
    """The text with every secret that this process holds taken out, also as a URL spells it."""
    for reference in _LIVING.valuerefs():
        secret = reference()
        if secret is not None:
            plain = secret.reveal()
            for form in {plain, quote(plain, safe="")}:
                text = text.replace(form, "…")
    return text
