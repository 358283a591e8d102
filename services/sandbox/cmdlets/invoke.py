"""Checks a cmdlet and its parameters against the published facts, then runs it."""

from importlib.resources import files
from typing import Any

import msgspec

from services.sandbox.answers import Json
from services.sandbox.cmdlets import distribution_groups, recipients
from services.sandbox.cmdlets.registry import CMDLETS, CmdletError, Outcome
from services.sandbox.store import Store

__all__ = ["FAMILIES", "CmdletError", "invoke"]

FAMILIES = (distribution_groups, recipients)
"""Importing a family registers its cmdlets."""

_FACTS: dict[str, dict[str, str]] = {
    name.lower(): parameters
    for name, parameters in msgspec.json.decode(
        files("services.sandbox").joinpath("cmdlets.json").read_bytes()
    ).items()
}
_EXACT: dict[str, tuple[type, ...]] = {
    "SwitchParameter": (bool,),
    "Boolean": (bool,),
    "Int32": (int, str),
    "Unlimited": (int, str),
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
    return found[1](store, _checked(facts, parameters))


def _checked(facts: dict[str, str], parameters: dict[str, Json]) -> dict[str, Json]:
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
        if value is not None and not isinstance(value, _EXACT.get(wanted, (str, int, bool, list, dict))):
            raise CmdletError(
                400,
                "System.Management.Automation.ParameterBindingException",
                f"Cannot process argument transformation on parameter '{name}'. Cannot convert value to type "
                f'"{wanted}".',
            )
        checked[name] = value
    lacking = [
        name for name, wanted in facts.items() if wanted.endswith("!") and checked.get(name) in (None, "")
    ]
    if lacking:
        raise CmdletError(
            400,
            "System.Management.Automation.ParameterBindingException",
            "Cannot process command because of one or more missing mandatory parameters: "
            f"{' '.join(lacking)}.",
        )
    return checked
