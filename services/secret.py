"""A string that must never be seen: a token between the profile file and the Authorization header."""


class Secret:
    """A string that never shows itself: not in a repr, an f-string, a traceback or a log line."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

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


def revealed(value: object) -> str:
    """What an encoder writes for a `Secret` in a body, at the moment it leaves. Raises `NotImplementedError`."""
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"a {type(value).__name__} cannot be sent")
