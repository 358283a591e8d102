"""Language tags such as de-CH, held against the languages of ISO 639 and the countries of ISO 3166-1."""

import re
from functools import cache
from pathlib import Path

import msgspec
import pycountry

from services.errors import InvalidInput
from services.operation import Json

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")


class _Language(msgspec.Struct, gc=False):
    alpha_3: str
    alpha_2: str = ""


@cache
def languages() -> frozenset[str]:
    """The codes of all languages, of two letters where there is one. The first call reads a file of a megabyte."""
    # the file itself: the list that pycountry makes of it keeps eight thousand objects with their indices for good
    known = pycountry.languages
    every = msgspec.json.decode(Path(known.filename).read_bytes(), type=dict[str, list[_Language]])
    return frozenset(each.alpha_2 or each.alpha_3 for each in every[known.root_key])


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
