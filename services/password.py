"""Passwords: one that nobody has thought of, and whether one that was typed is a password by Entra's rules."""

import secrets
import string
from typing import Literal, TypeAlias

import msgspec

from services.errors import InvalidInput
from services.secret import Secret

PasswordClass: TypeAlias = Literal["lower", "upper", "digits", "symbols"]

SHORTEST, LONGEST = 8, 256
"""Characters of a password in Entra (learn.microsoft.com, "Password policies and account restrictions")."""

CLASSES_NEEDED = 3
_LEAST_NAME = 3
"""Shorter user names may stand in a password, as in Active Directory's own rule."""

_CLEAR: dict[PasswordClass, str] = {
    "lower": "abcdefghijkmnpqrstuvwxyz",
    "upper": "ABCDEFGHJKLMNPQRSTUVWXYZ",
    "digits": "23456789",
    "symbols": "!#%*+=?@",
}
"""What is generated: nothing that is taken for something else on a screen, on paper or by ear."""

_KINDS: dict[PasswordClass, str] = {
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "digits": string.digits,
    "symbols": string.punctuation + " ",
}


class PasswordShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `[tenants.NAME.password]` of the profile may say of generated passwords.

    `length` is 8 to 256 characters; `classes` are at least three of the four kinds, each of which occurs.
    """

    length: int = 16
    classes: tuple[PasswordClass, ...] = ("lower", "upper", "digits", "symbols")


def generated(shape: PasswordShape, user_name: str) -> Secret:
    """A new password of this shape for the user; it begins with a letter, and comes from `secrets`."""
    classes = tuple(dict.fromkeys(shape.classes))
    letters = "".join(_CLEAR[each] for each in classes if each in ("lower", "upper"))
    every = "".join(_CLEAR[each] for each in classes)
    while True:
        text = secrets.choice(letters) + "".join(secrets.choice(every) for _ in range(shape.length - 1))
        if all(set(text) & set(_CLEAR[each]) for each in classes) and not objections(text, user_name):
            return Secret(text)


def checked(text: str, user_name: str) -> Secret:
    """The typed text as a password. Raises `InvalidInput` with everything that it does not meet."""
    if found := objections(text, user_name):
        raise InvalidInput("; ".join(found) + ".")
    return Secret(text)


def objections(text: str, user_name: str) -> list[str]:
    """What keeps this text from being a password of the user with this name (UPN); empty when nothing does."""
    found = []
    if len(text) < SHORTEST:
        found.append(f"{len(text)} of at least {SHORTEST} characters")
    if len(text) > LONGEST:
        found.append(f"{len(text)} characters, and {LONGEST} are the most")
    if strange := "".join(dict.fromkeys(c for c in text if not " " <= c <= "~")):
        found.append(f"{strange} is not allowed: only A-Z, a-z, 0-9, blanks and the symbols of ASCII are")
    if text != text.strip():
        found.append("a blank at its start or end, which nobody would see")
    if sum(bool(set(text) & set(kind)) for kind in _KINDS.values()) < CLASSES_NEEDED:
        found.append("three of these are needed: lower case, upper case, digits, symbols")
    name = user_name.partition("@")[0]
    if len(name) >= _LEAST_NAME and name.casefold() in text.casefold():
        found.append(f'the user name "{name}" must not be part of it')
    return found
