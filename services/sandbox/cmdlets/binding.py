"""How a cmdlet's parameters are bound: which are mandatory in the set that is meant, and their types."""

from datetime import datetime

from services.sandbox.answers import Json
from services.sandbox.cmdlets.registry import CmdletError

HASH_TABLE = "#Exchange.GenericHashTable"
_LISTS = frozenset({"MultiValuedProperty", "ProxyAddressCollection"})
_FLAGS = frozenset({"SwitchParameter", "Boolean", "System.Boolean"})
_TEXTS = frozenset({"String", "DateTime", "EnhancedTimeSpan", "SmtpAddress", "ProxyAddress"})

OTHER_SETS: dict[str, frozenset[str]] = {
    "add-mailboxpermission": frozenset({"Owner"}),
    "get-mailboxfolderstatistics": frozenset({"Database", "StoreMailboxIdentity"}),
    "remove-mailboxpermission": frozenset({"ClearAutoMapping", "ResetDefault"}),
    "set-mailbox": frozenset({
        "ExcludeFromAllHolds", "IsExchangeCloudManaged", "RecalculateInactiveMailbox",
        "RemoveComplianceTagHoldApplied", "RemoveDelayHoldApplied", "RemoveDelayReleaseHoldApplied",
        "RemoveDisabledArchive",
    }),
}  # fmt: skip
"""Parameters that are mandatory only in sets of parameters that this tenant does not serve."""


def fits(wanted: str, value: Json) -> bool:
    """Whether a JSON value can become a parameter of the published type."""
    if value is None:
        return wanted not in _FLAGS
    if wanted in _FLAGS:
        return isinstance(value, bool)
    if isinstance(value, dict):
        return wanted in _LISTS and _is_hash_table(value)
    if wanted in ("Int32", "Unlimited", "ByteQuantifiedSize"):
        return isinstance(value, int | str) and not isinstance(value, bool)
    if wanted in _TEXTS or wanted.endswith("IdParameter"):
        return isinstance(value, str) and (wanted != "DateTime" or _is_moment(value))
    return isinstance(value, str | int | bool | list)


def changed_list(held: list[str], value: Json) -> list[str]:
    """A list after a list-valued parameter: replaced, or with entries added and removed; case is ignored."""
    if not isinstance(value, dict):
        return _texts(value)
    gone = {text.casefold() for text in _texts(value.get("remove"))}
    found = [text for text in held if text.casefold() not in gone]
    there = {text.casefold() for text in found}
    return found + [text for text in _texts(value.get("add")) if text.casefold() not in there]


def refuse_unserved(parameters: dict[str, Json], served: frozenset[str] | set[str]) -> None:
    """Raises CmdletError for a published parameter that this tenant does not act on."""
    for name in set(parameters) - served:
        raise CmdletError(
            400, "System.NotSupportedException", f"The parameter '{name}' is not served by this tenant."
        )


def confirmed(parameters: dict[str, Json]) -> None:
    """Raises CmdletError when the cmdlet would ask a question, which nobody can answer here."""
    if parameters.get("Confirm") is not False:
        raise CmdletError(
            400,
            "System.Management.Automation.Host.HostException",
            "A command that prompts the user failed because the host program or the command type does not "
            "support user interaction. Use Confirm:$false.",
        )


def _texts(value: Json) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _is_hash_table(value: dict[str, Json]) -> bool:
    if value.get("@odata.type") != HASH_TABLE or not {"add", "remove"} & set(value):
        return False
    entries = [item for key in ("add", "remove") for item in _texts(value.get(key))]
    return set(value) <= {"@odata.type", "add", "remove"} and all(entry.strip() for entry in entries)


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
