"""User names and mail nicknames by the directory's rules, and the domains that a user name may end in."""

import re
from collections.abc import Iterable, Sequence

from services.errors import InvalidInput
from services.operation import Answer, Json, Request, Service
from services.tabs.fields import Check

DOMAINS = Request(Service.GRAPH, path="/domains", query=(("$select", "id,isVerified"),))
"""Reads the tenant's domains."""

_USER_NAME = re.compile(r"[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9.-]{1,48}")
_NICKNAME = re.compile(r"[!#-'*+\-./0-9=?A-Z^-~]{1,64}")
"""ASCII without space and @ ( ) \\ [ ] " ; : < > ,"""


def verified(answer: Answer) -> list[str]:
    """The names of the verified domains; none where the tenant did not tell."""
    listed = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(listed, list):
        return []
    return [str(d["id"]).lower() for d in listed if d.get("id") and d.get("isVerified") is not False]


def user_name(domains: Sequence[str] = ()) -> Check:
    """A user principal name, in one of these domains where they are known."""

    def check(typed: str) -> Json:
        text = typed.strip()
        if not _USER_NAME.fullmatch(text) or ".@" in text or text.startswith("."):
            raise InvalidInput(
                "A user name is name@domain: letters, digits and ' . - _ ! # ^ ~ before the @, no dot beside it."
            )
        domain = text.rpartition("@")[2].lower()
        if domains and domain not in domains:
            raise InvalidInput(f"{domain} is no verified domain of the tenant; there {_listed(domains)}.")
        return text

    return check


def nickname(typed: str) -> Json:
    """A mail nickname, which is never empty. Raises `InvalidInput`."""
    text = typed.strip()
    if not _NICKNAME.fullmatch(text):
        raise InvalidInput(
            'A mail nickname has 1 to 64 letters, digits and signs, without blanks and @ ( ) \\ [ ] " ; : < > ,'
        )
    return text


def _listed(domains: Iterable[str]) -> str:
    names = sorted(domains)
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{'is' if len(names) == 1 else 'are'} {shown}"
