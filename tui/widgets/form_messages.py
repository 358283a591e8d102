"""What a property form tells the screen that owns it."""

from textual.message import Message

from services.operation import Json
from services.tabs.tab import Property


class Edited(Message):
    """A field got a new, valid value, which may equal the old one."""

    def __init__(self, field: str, value: Json, shown: str) -> None:
        super().__init__()
        self.field = field
        """The property's id."""
        self.value = value
        """The value to write."""
        self.shown = shown
        """How a person reads it."""


class ChoiceWanted(Message):
    """Enter was pressed on a choice: let the operator pick, then call `enter`."""

    def __init__(self, wanted: Property, current: Json) -> None:
        super().__init__()
        self.property = wanted
        """With its `choices` as (value, label)."""
        self.current = current
        """The value as it would be."""


class PersonWanted(Message):
    """Enter was pressed on a person: let the operator find one, then call `enter`."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field


class TextWanted(Message):
    """Enter was pressed on a text of several lines: let the operator edit it, then call `enter`."""

    def __init__(self, wanted: Property, text: str) -> None:
        super().__init__()
        self.property = wanted
        """With its `check`."""
        self.text = text
        """The text as it would be."""


class UndoWanted(Message):
    """The staged change of one field is to go."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field


class UndoAllWanted(Message):
    """All staged changes of this form are to go."""


class CopyWanted(Message):
    """This text is to be copied."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FieldFocused(Message):
    """The cursor stands on this field now; `lock` says why it cannot be edited."""

    def __init__(self, field: str, lock: str) -> None:
        super().__init__()
        self.field = field
        self.lock = lock
