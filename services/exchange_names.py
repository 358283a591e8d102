"""Exchange names: the names under which a recipient stands in another one's settings, and its address."""

from collections.abc import Mapping, Sequence

from services.errors import NotFound, RollcallError
from services.operation import Answer, Json
from services.tenant import Tenant
from services.transport.exchange import cmdlet

_NAMES = ("Name", "Alias", "DistinguishedName", "LegacyExchangeDN", "Guid", "ExternalDirectoryObjectId")
"""What Exchange writes for a recipient, depending on the setting and its age; all of them are unique."""

_FACT = "name:"


async def addresses(tenant: Tenant, names: Sequence[str]) -> dict[str, str]:
    """Name in lower case -> primary address in lower case, of all names of those that these names mean.

    What Exchange does not know (any more), finds more than once or cannot tell now is left out. Never raises.
    """
    found: dict[str, str] = {}
    for name, answer in (await _asked(tenant, names)).items():
        found |= _known_as(name, answer)
    return found


async def learn(tenant: Tenant, typed: Json) -> dict[str, str]:
    """What a plan must know of typed addresses, as facts of the change.

    Raises `NotFound` for the first that Exchange does not know, `RollcallError` for one that it cannot tell.
    """
    found: dict[str, str] = {}
    for address, answer in (await _asked(tenant, [str(address) for address in typed or ()])).items():
        known = _known_as(address, answer)
        if not known and not answer.ok and answer.status != 404:
            raise RollcallError(
                f"Exchange did not tell who {address} is ({answer.message or answer.status}): enter it again.",
                request_id=answer.request_id,
            )
        if not known:
            raise NotFound(
                f"Exchange knows no recipient {address}: type the address of a mailbox, group or contact.",
                request_id=answer.request_id,
            )
        found |= known
    return facts(found)


async def _asked(tenant: Tenant, names: Sequence[str]) -> dict[str, Answer]:
    wanted = list(dict.fromkeys(names))
    select = (*_NAMES, "PrimarySmtpAddress")
    requests = [cmdlet("Get-Recipient", {"Identity": name}, select=select) for name in wanted]
    return dict(zip(wanted, await tenant.ask(requests), strict=True))


def facts(known: Mapping[str, str]) -> dict[str, str]:
    """Names and their addresses as facts of a change."""
    return {f"{_FACT}{name}": address for name, address in known.items()}


def of_facts(told: Mapping[str, str]) -> dict[str, str]:
    """The names and addresses among the facts of a change."""
    return {key.removeprefix(_FACT): text for key, text in told.items() if key.startswith(_FACT)}


def _known_as(name: str, answer: Answer) -> dict[str, str]:
    """The address under every name of the one recipient that was found by `name`; empty where it was not one."""
    objects = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(objects, list) or len(objects) != 1:
        return {}
    address = str(objects[0].get("PrimarySmtpAddress") or "").lower()
    if not address:
        return {}
    every = (name, address, *(str(objects[0].get(key) or "") for key in _NAMES))
    return {text.lower(): address for text in every if text}
