"""Redaction: what may stand in a line of the log. By type first, by the secrets that live, and by pattern last."""

import re

from services.secret import Secret, masked

MASK = "…"
LONGEST = 2_000
"""Characters of one text in the log; a body never gets there, so that more is noise."""

_NAMES = (
    "password|passwd|pwd|passphrase|secret|client_secret|token|access_token|refresh_token|id_token|"
    "client_assertion|assertion|device_code|user_code|auth_code|authorization|proxy-authorization|"
    "cookie|set-cookie|api[_-]?key|sig|signature|private_key"
)
_SECRET_NAME = re.compile(rf"(?:.*[_-])?(?:{_NAMES})", re.IGNORECASE)
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:bearer|basic|negotiate)\s+[^\s"',;]+|[^\s"'&,;]+)"""
_NET = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), MASK),
    (re.compile(r"\b(bearer|basic|negotiate)\s+[A-Za-z0-9+/_.~=-]{6,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)+"), MASK),
    (re.compile(rf"""(\b(?:{_NAMES})["']?\s*[=:]\s*){_VALUE}""", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(?<=[?&])(code=)[^\s&\"']+"), rf"\1{MASK}"),
    (re.compile(r"(://)[^\s/@\"']+@"), rf"\1{MASK}@"),
    (re.compile(r"[A-Za-z0-9+/_=.~-]{120,}"), MASK),
)


def redacted(text: str) -> str:
    """The text as the log may hold it: without any secret that lives, and without what looks like one."""
    text = masked(text)
    for pattern, instead in _NET:
        text = pattern.sub(instead, text)
    return text if len(text) <= LONGEST else text[:LONGEST] + MASK


def plain(value: object) -> object:
    """A fact as the log may hold it. What is of no plain type is named by its type alone."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {
            redacted(str(key)): MASK if _SECRET_NAME.fullmatch(str(key)) else plain(item)
            for key, item in value.items()
        }
    return f"<{type(value).__name__}>"
