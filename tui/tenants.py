"""Tenants: those that can be switched to, each in the colour that its name has in the header."""

from typing import get_args

import msgspec

from services.profile import Colour, Config

SANDBOX = "sandbox"


class TenantChoice(msgspec.Struct, frozen=True):
    """One tenant of the profile file, or the sandbox; `look` is the look of its name, `note` how it is signed in to."""

    name: str
    look: str
    note: str


def choices(config: Config) -> tuple[TenantChoice, ...]:
    """All of them in the file's order, the sandbox last."""
    looks = _looks(config)
    found = [
        TenantChoice(name, looks[name], f"{each.cloud}, {each.sign_in}")
        for name, each in config.tenants.items()
    ]
    return (*found, TenantChoice(SANDBOX, SANDBOX, "made-up people, nothing can break"))


def _looks(config: Config) -> dict[str, str]:
    """Each tenant's own colour; who has none is given the first that is free, and from the start when none is."""
    free = [colour for colour in get_args(Colour) if all(colour != t.colour for t in config.tenants.values())]
    free = free or list(get_args(Colour))
    given = iter(name for name, each in config.tenants.items() if not each.colour)
    handed = {name: free[number % len(free)] for number, name in enumerate(given)}
    return {name: f"tenant-{each.colour or handed[name]}" for name, each in config.tenants.items()}
