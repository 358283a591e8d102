"""Telephone numbers: read as people write them, written as Graph takes them, and shown as the world reads them.

The library is imported where it is first needed: its tables cost more than drawing the first picture.
"""

from typing import TYPE_CHECKING

import msgspec

from services.errors import InvalidInput

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_WORLD = "001"
"""What the library calls the region of numbers that belong to no country."""


class Number(msgspec.Struct, frozen=True):
    """One number. `sent` is Graph's `+CC number[xEXT]`, `shown` the international form, `region` whose it is.

    `valid` is whether such a number is known to be given out; new ranges may not be.
    """

    sent: str
    shown: str
    region: str
    valid: bool = True
    extension: bool = False

    @property
    def told(self) -> str:
        """The number with its region, as a person checks it."""
        where = self.region if self.valid else f"{self.region}, not a known range: check it"
        return f"{self.shown} ({where})"


def read(typed: str, country: str) -> Number:
    """What was typed; without a country code it is a number of `country` (two letters, "" for none).

    Raises `InvalidInput` for what cannot be a telephone number.
    """
    import phonenumbers
    from phonenumbers import NumberParseException, ValidationResult

    text = typed.strip()
    if not text:
        raise InvalidInput("Type a telephone number.")
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except NumberParseException as error:
        raise InvalidInput(_unread(error, text)) from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        short = {ValidationResult.TOO_SHORT: "too short", ValidationResult.TOO_LONG: "too long"}
        why = short.get(reason, "not complete")
        if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            why = "too short, or without its area code"
        raise InvalidInput(f"For {_region(number)} this number is {why}. Check the digits.")
    return _of(number)


def shown(stored: str) -> str:
    """A number of the tenant in its international form; what is none, as it is."""
    known = _stored(stored)
    return known.shown if known else stored


def region(stored: str) -> str:
    """The region of a number of the tenant; "" where that cannot be told."""
    known = _stored(stored)
    return known.region if known else ""


def _stored(text: str) -> Number | None:
    import phonenumbers

    try:
        return _of(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return None


def _of(number: "PhoneNumber") -> Number:
    import phonenumbers

    digits = phonenumbers.national_significant_number(number)
    extension = f"x{number.extension}" if number.extension else ""
    return Number(
        sent=f"+{number.country_code} {digits}{extension}",
        shown=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
        region=_region(number),
        valid=phonenumbers.is_valid_number(number),
        extension=bool(extension),
    )


def _region(number: "PhoneNumber") -> str:
    """The country's name; where several share a code and the digits do not tell, that of the largest."""
    import phonenumbers
    import pycountry

    code = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    if code == _WORLD:
        return "no single country"
    found = pycountry.countries.get(alpha_2=code)
    return getattr(found, "common_name", found.name) if found else str(code)


def _unread(error: Exception, text: str) -> str:
    from phonenumbers import NumberParseException

    kind = getattr(error, "error_type", None)
    if kind == NumberParseException.INVALID_COUNTRY_CODE:
        if text.startswith(("+", "＋")):
            return (
                "No country has this code. A number begins with its country code, such as +49 1512 3456789."
            )
        return "Begin with the country code, such as +49: the user has no usage location that would tell it."
    if kind == NumberParseException.TOO_LONG:
        return "This is too long for a telephone number."
    if kind in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return "This is too short for a telephone number."
    return "This is no telephone number. Type it with its country code, such as +49 1512 3456789."
