"""How the properties tabs of a mailbox read it and check what is typed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services import exchange_values as values
from services.errors import InvalidInput, NotFound, NotPermitted, Rejected
from services.operation import Answer, Json, Request
from services.tabs.fields import Check
from services.tenant import Tenant

NO_MAILBOX = "This user has no mailbox in Exchange Online (yet): a new licence brings one within minutes."
UNTOLD = "Exchange tells nothing of this (yet): it does once somebody has opened the mailbox."

MASTERED = frozenset({
    "EmailAddresses", "HiddenFromAddressListsEnabled", "MailTip", "ForwardingAddress",
    "DeliverToMailboxAndForward", "DisplayName", "Alias", "ResourceCapacity",
})  # fmt: skip
"""Settings that Active Directory masters for a synchronised user (`api-map.md` §9)."""


async def read(tenant: Tenant, requests: Sequence[Request]) -> list[dict[str, Json]]:
    """The object that each of these reads gives, in one batch.

    Raises `NotFound` with a sentence of its own when there is no mailbox, and every `RollcallError`.
    """
    answers = await tenant.ask(requests)
    return [await _object(tenant, *pair) for pair in zip(requests, answers, strict=True)]


async def read_beside(
    tenant: Tenant, mailbox: Request, other: Request
) -> tuple[dict[str, Json], dict[str, Json], str]:
    """The mailbox's object and another one of it, in one batch; why the other is empty, "" where it is not.

    What Exchange refuses to tell of the other costs nothing else. Raises as `read` for all besides.
    """
    first, second = await tenant.ask([mailbox, other])
    found = await _object(tenant, mailbox, first)
    try:
        return found, await _object(tenant, other, second), ""
    except NotFound:
        return found, {}, UNTOLD
    except (NotPermitted, Rejected) as error:
        return found, {}, error.sentence


async def _object(tenant: Tenant, request: Request, answer: Answer) -> dict[str, Json]:
    body = answer.body
    if not answer.ok:
        # alone it is tried again with patience, and says in a sentence why it fails
        try:
            body = await tenant.read(request)
        except NotFound as error:
            raise NotFound(NO_MAILBOX, request_id=error.request_id, status=404, code=error.code) from None
    objects = body.get("value") if isinstance(body, dict) else None
    if not isinstance(objects, list) or not objects:
        raise NotFound(NO_MAILBOX, request_id=answer.request_id, status=404)
    found: dict[str, Json] = objects[0]
    return found


def flag_shown(value: Json) -> str:
    """A flag in words; "" where it is not known."""
    return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""


def sized(most: int, sentence: str) -> Check:
    """A size up to `most` bytes, else the sentence; in human units, or "unlimited"."""

    def check(typed: str) -> Json:
        found = values.size(typed)
        if found is None:
            raise InvalidInput("A size is a number with a unit, like 49.5 GB or 35 MB, or “unlimited”.")
        if isinstance(found, int) and found > most:
            raise InvalidInput(sentence)
        return found

    return check


def markup(most: int) -> Check:
    """Text of at most `most` characters, kept as HTML; nothing typed clears it."""

    def check(typed: str) -> Json:
        if len(typed) > most:
            raise InvalidInput(f"At most {most} characters; this has {len(typed)}.")
        return values.markup_of_text(typed) if typed.strip() else None

    return check


def moment(typed: str) -> Json:
    """A moment typed as 2026-12-31 18:00, in UTC unless an offset follows."""
    text = typed.strip().replace(" +", "+")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            "A time is written as 2026-12-31 18:00 (UTC), or with an offset: +02:00."
        ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
