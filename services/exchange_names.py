"""Exchange names: the names under which a recipient stands in another one's settings, and its address."""

from collections.abc import Mapping, Sequence

from services.errors import NotFound
from services.operation import Answer, Json, Service
from services.tenant import Tenant
from services.transport.exchange import cmdlet

_NAMES = ("Name", "Alias", "DistinguishedName", "LegacyExchangeDN", "Guid", "ExternalDirectoryObjectId")
"""What Exchange writes for a recipient, depending on the setting and its age; all of them are unique."""

_FACT = "name:"


async def addresses(tenant: Tenant, names: Sequence[str]) -> dict[str, str]:
    """Name in lower case -> primary address in lower case, of all names of those that these names mean.

    What Exchange does not know (any more) is left out. Raises `RollcallError` where it cannot be asked at all.
    """
    found: dict[str, str] = {}
    wanted, size = list(dict.fromkeys(names)), tenant.batch_size(Service.EXCHANGE)
    for start in range(0, len(wanted), size):
        part = wanted[start : start + size]
        requests = [
            cmdlet("Get-Recipient", {"Identity": name}, select=(*_NAMES, "PrimarySmtpAddress"))
            for name in part
        ]
        answers = await tenant.batch(Service.EXCHANGE, requests, bulk=False)
        for name, answer in zip(part, answers, strict=True):
            found |= _known_as(name, answer)
    return found


async def learn(tenant: Tenant, typed: Json) -> dict[str, str]:
    """What a plan must know of typed addresses, as facts of the change.

    Raises `NotFound` for the first that Exchange does not know, and every `RollcallError`.
    """
    wanted = [str(address) for address in typed or ()]
    known = await addresses(tenant, wanted)
    for address in wanted:
        if address.lower() not in known:
            raise NotFound(
                f"Exchange knows no recipient {address}: type the address of a mailbox, group or contact."
            )
    return facts(known)


def facts(known: Mapping[str, str]) -> dict[str, str]:
    """Names and their addresses as facts of a change."""
    return {f"{_FACT}{name}": address for name, address in known.items()}


def of_facts(told: Mapping[str, str]) -> dict[str, str]:
    """The names and addresses among the facts of a change."""
    return {key.removeprefix(_FACT): text for key, text in told.items() if key.startswith(_FACT)}


def _known_as(name: str, answer: Answer) -> dict[str, str]:
    objects = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(objects, list) or len(objects) != 1:
        return {}
    address = str(objects[0].get("PrimarySmtpAddress") or "").lower()
    if not address:
        return {}
    every = (name, address, *(str(objects[0].get(key) or "") for key in _NAMES))
    return {text.lower(): address for text in every if text}
