"""Reason: why a process is started, such as a ticket number, where the profile wants it told."""

from services.errors import InvalidInput

LONGEST = 200
"""Characters."""


def reason_of(asked: str, text: str) -> str:
    """The reason without blanks around it; `asked` is what the profile calls it, "" where it asks for none.

    Raises `InvalidInput` where it is missing, too long or no plain line of text.
    """
    reason = text.strip()
    if asked and not reason:
        raise InvalidInput(f"Nothing is started without it: {asked}.")
    if len(reason) > LONGEST or not reason.isprintable():
        raise InvalidInput(f"{asked or 'A reason'} is one line of at most {LONGEST} characters.")
    return reason
