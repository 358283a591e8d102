"""The one line in which a filter is typed: what keys do to its text."""

from textual import events


class FilterLine:
    """A text that grows and shrinks at its end only, so that the arrows stay free to move in the list."""

    def __init__(self) -> None:
        self.text = ""
        self.open = False

    def edit(self, event: events.Key) -> bool:
        """What one key does to the text. Returns whether the key was one of typing."""
        if event.key in ("backspace", "ctrl+h"):
            if not self.text:
                self.open = False
            self.text = self.text[:-1]
        elif event.key == "ctrl+w":
            self.text = self.text.rstrip().rpartition(" ")[0]
        elif event.key == "ctrl+u":
            self.text = ""
        elif event.character is not None and event.character.isprintable():
            self.text += event.character
        else:
            return False
        return True

    def paste(self, text: str) -> None:
        """Adds the first line of what was pasted."""
        lines = text.splitlines()
        self.text += "".join(c for c in lines[0] if c.isprintable()) if lines else ""
