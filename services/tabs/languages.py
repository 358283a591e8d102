"""Language tags such as de-CH, held against the languages of ISO 639 and the countries of ISO 3166-1."""

import re
from functools import cache

import pycountry

from services.errors import InvalidInput
from services.operation import Json

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")


@cache
def languages() -> frozenset[str]:
    """The codes of all languages, of two letters where there is one. The first call reads a file of a megabyte."""
    return frozenset(getattr(each, "alpha_2", each.alpha_3) for each in pycountry.languages)


@cache
def _regions() -> frozenset[str]:
    return frozenset(each.alpha_2 for each in pycountry.countries)


def language_tag(typed: str) -> Json:
    """The tag in its usual case; nothing typed clears it. Raises `InvalidInput`."""
    text = typed.strip()
    if not text:
        return None
    found = _TAG.fullmatch(text)
    if not found:
        raise InvalidInput("A language tag is a language and, if need be, a country: en, de-CH, zh-Hant-TW.")
    language, script, region = found[1].lower(), (found[2] or "").title(), (found[3] or "").upper()
    if language not in languages():
        raise InvalidInput(f"There is no language {language}. A tag starts with one: en, de-CH, zh-Hant-TW.")
    if region.isalpha() and region not in _regions():
        raise InvalidInput(f"There is no country {region}. A tag ends with one: en-GB, de-CH, zh-Hant-TW.")
    return "-".join(part for part in (language, script, region) if part)
