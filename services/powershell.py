"""The PowerShell line that would do what an operation does, for the operator who reads those."""

from collections.abc import Collection, Mapping

from services.operation import Json

_QUOTES = dict.fromkeys("'\u2018\u2019\u201a\u201b", None)


def quote(text: str) -> str:
    """A PowerShell single-quoted string: nothing in it is ever expanded or ends it.

    PowerShell takes the typographic single quotes for the plain one, so each of them is doubled too.
    """
    return "'" + "".join(c + c if c in _QUOTES else c for c in text) + "'"


def literal(value: Json) -> str:
    """A JSON value as a PowerShell literal."""
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "@{" + "; ".join(f"{quote(str(k))} = {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "@(" + ", ".join(literal(v) for v in value) + ")"
    return quote(str(value))


def tables(parameters: Mapping[str, Json]) -> dict[str, Json]:
    """Exchange's parameters with its hash tables as PowerShell writes them: without type, Add and Remove."""
    return {
        name: {key.title(): item for key, item in value.items() if not key.startswith("@")}
        if isinstance(value, Mapping)
        else value
        for name, value in parameters.items()
    }


def line(command: str, parameters: Mapping[str, Json], flags: Collection[str] = ()) -> str:
    """One command line; a parameter that is True is a switch, `-Confirm` false is written out.

    `flags` names the parameters that are no switches although they are true or false: those take a value.
    """
    parts = [command]
    for name, value in parameters.items():
        if name in flags:
            parts.append(f"-{name} {literal(value)}")
        elif value is True:
            parts.append(f"-{name}")
        elif value is False:
            parts.append(f"-{name}:$false")
        else:
            parts.append(f"-{name} {literal(value)}")
    return " ".join(parts)
