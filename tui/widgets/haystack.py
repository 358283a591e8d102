"""Haystack: what the filter of a table searches, made ready so that a key takes a moment among 100,000 rows."""

from collections.abc import Iterable, Sequence

from services.matching import in_ids, searched, with_ids

_BLOCK = 64
"""Rows in one text: what does not hold a word is passed over as a whole."""
_BETWEEN = "\xff"
"""Between two rows: no byte of UTF-8."""
_IDS = "\x00"
"""Before the ids of a row (`services.matching.searched`)."""


class Haystack:
    """The searched texts of the first rows, as many as were added."""

    def __init__(self) -> None:
        self.clear()

    def __len__(self) -> int:
        return self._count

    def clear(self) -> None:
        """Forgets all texts."""
        self._blocks: list[str] = []
        self._count = 0
        self._with_ids = False

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Further rows, by their cells."""
        texts = [self._text(cells) for cells in rows]
        room = min(-self._count % _BLOCK, len(texts))
        if room:
            self._blocks[-1] = _BETWEEN.join((self._blocks[-1], *texts[:room]))
        for first in range(room, len(texts), _BLOCK):
            self._blocks.append(_BETWEEN.join(texts[first : first + _BLOCK]))
        self._count += len(texts)

    def put(self, index: int, cells: Sequence[str]) -> None:
        """Other cells for a row that was added."""
        number = index // _BLOCK
        texts = self._blocks[number].split(_BETWEEN)
        texts[index % _BLOCK] = self._text(cells)
        self._blocks[number] = _BETWEEN.join(texts)

    def holding(self, words: Iterable[str], within: bytes | bytearray | None = None) -> bytearray:
        """A byte a row: 1 where it holds every word, and `within` is 1 there, too."""
        found = bytearray(b"\x01" * self._count if within is None else within)
        for word in sorted(words, key=len, reverse=True):
            self._strike(found, word)
        return found

    def _strike(self, found: bytearray, word: str) -> None:
        wanted = _narrow(word)
        before_ids = self._with_ids and not in_ids(word)
        for number, block in enumerate(self._blocks):
            first = number * _BLOCK
            last = min(first + _BLOCK, self._count)
            if found.find(1, first, last) < 0:
                continue
            if wanted not in block:
                found[first:last] = bytes(last - first)
                continue
            texts = block.split(_BETWEEN)
            if before_ids:
                texts = [text.partition(_IDS)[0] for text in texts]
            # no call for every row: among 100,000 that would cost more than the search
            flags = zip(found[first:last], texts)  # noqa: B905 - strict takes half as long again
            found[first:last] = bytes([flag and wanted in text for flag, text in flags])

    def _text(self, cells: Sequence[str]) -> str:
        text = searched(cells)
        self._with_ids = self._with_ids or with_ids(text)
        return _narrow(text)


def _narrow(text: str) -> str:
    """The text with a character for each byte of its UTF-8: one wide letter would make a whole block wide.

    It stays a text, as in bytes it takes four times as long to look for a word.
    """
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")
