"""Checks a cmdlet and its parameters against the published facts, then runs it."""

from importlib.resources import files
from typing import Any

import msgspec

from services.sandbox.answers import Json
from services.sandbox.cmdlets import (
    auto_replies,
    calendar_processing,
    distribution_groups,
    folder_permissions,
    mailbox_permissions,
    mailbox_usage,
    mailboxes,
    protocols,
    recipient_permissions,
    recipients,
)
from services.sandbox.cmdlets.binding import OTHER_SETS, fits
from services.sandbox.cmdlets.registry import CMDLETS, CmdletError, Outcome
from services.sandbox.store import Store

__all__ = ["FAMILIES", "CmdletError", "invoke"]

FAMILIES = (
    auto_replies,
    calendar_processing,
    distribution_groups,
    folder_permissions,
    mailbox_permissions,
    mailbox_usage,
    mailboxes,
    protocols,
    recipient_permissions,
    recipients,
)
"""Importing a family registers its cmdlets."""

_FACTS: dict[str, dict[str, str]] = {
    name.lower(): parameters
    for name, parameters in msgspec.json.decode(
        files("services.sandbox").joinpath("cmdlets.json").read_bytes()
    ).items()
}


def invoke(store: Store, name: str, parameters: Json) -> Outcome:
    """Runs a cmdlet. Raises CmdletError."""
    facts = _FACTS.get(name.lower())
    found = CMDLETS.get(name.lower())
    if facts is None or found is None:
        raise CmdletError(
            403,
            "System.Management.Automation.CommandNotFoundException",
            f"The term '{name}' is not recognized as the name of a cmdlet, or it is not present in the role "
            "definition of the current user.",
        )
    if not isinstance(parameters, dict):
        raise CmdletError(400, "System.ArgumentException", "Parameters must be an object.")
    return found[1](store, _checked(name, facts, parameters))


def _checked(cmdlet: str, facts: dict[str, str], parameters: dict[str, Json]) -> dict[str, Json]:
    """The parameters under their published names."""
    names = {published.lower(): published for published in facts}
    checked: dict[str, Any] = {}
    for given, value in parameters.items():
        name = names.get(given.lower())
        if name is None:
            raise CmdletError(
                400,
                "System.Management.Automation.ParameterBindingException",
                f"A parameter cannot be found that matches parameter name '{given}'.",
            )
        wanted = facts[name].rstrip("!")
        if not fits(wanted, value):
            raise CmdletError(
                400,
                "System.Management.Automation.ParameterBindingException",
                f"Cannot process argument transformation on parameter '{name}'. Cannot convert value to type "
                f'"{wanted}".',
            )
        checked[name] = value
    mandatory = {name for name, wanted in facts.items() if wanted.endswith("!")}
    mandatory -= OTHER_SETS.get(cmdlet.lower(), frozenset())
    lacking = [name for name in facts if name in mandatory and checked.get(name) in (None, "")]
    if lacking:
        raise CmdletError(
            400,
            "System.Management.Automation.ParameterBindingException",
            "Cannot process command because of one or more missing mandatory parameters: "
            f"{' '.join(lacking)}.",
        )
    return checked
