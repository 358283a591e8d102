"""Grants: what the tokens that were got anyway say the sign-in may do, held against what each part needs.

A forecast, not a wall: the services check the token themselves. What a token does not tell is taken for granted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from services.consents import NEEDS, Need
from services.permissions import PERMISSIONS, Resource

_AGAIN = "it counts once you sign in again (Ctrl+P, Sign in)"


class Registration(msgspec.Struct, frozen=True):
    """The application that signs in: its id ("" where the profile has none), and whether no person does."""

    client_id: str = ""
    unattended: bool = False

    def commands(self, missing: Iterable[str]) -> Iterator[str]:
        """The Azure CLI's commands that add these permissions to the registration and grant them."""
        names = dict.fromkeys(missing)
        if not names or not self.client_id:
            return
        kind = "Role" if self.unattended else "Scope"
        for resource in Resource:
            asked = [PERMISSIONS[name] for name in names if PERMISSIONS[name].resource is resource]
            if asked:
                ids = (each.application if self.unattended else each.delegated for each in asked)
                wanted = " ".join(f"{identity}={kind}" for identity in ids)
                yield (
                    f"az ad app permission add --id {self.client_id} --api {resource} --api-permissions {wanted}"
                )
        yield f"az ad app permission admin-consent --id {self.client_id}"


class Grants(msgspec.Struct, frozen=True):
    """The permissions of each service whose token told them; a service that is not there limits nothing."""

    held: Mapping[Resource, frozenset[str]] = {}
    registration: Registration = Registration()

    def told(self, resource: Resource, granted: frozenset[str] | None) -> "Grants":
        """With what another token says; None: it does not tell."""
        held = {known: names for known, names in self.held.items() if known is not resource}
        if granted is not None:
            held[resource] = granted
        return msgspec.structs.replace(self, held=held)

    def lacking(self, part: str) -> str:
        """Why this tab can be expected to show nothing, within a line; "" where nothing is known to be missing."""
        need = NEEDS.get(part)
        return f"no consent {_named(found)}" if need and (found := self._missing(need.read)) else ""

    def refuses(self, part: str, what: str, fields: Collection[str] = ()) -> str:
        """Why this may not be changed or done, as a sentence that names it by `what`; "" where it may."""
        need = NEEDS.get(part, Need(()))
        missing = self._missing(need.to_write(fields))
        if not missing:
            return ""
        noun, verb = ("permission", "is") if len(missing) == 1 else ("permissions", "are")
        commands = " && ".join(self.registration.commands(missing))
        how = f"An administrator grants what is missing{f' with: {commands}' if commands else ''}"
        then = "it counts from the next token on" if self.registration.unattended else _AGAIN
        return f"The {noun} {' and '.join(missing)} {verb} missing for {what}. {how}; {then}."

    def _missing(self, names: Iterable[str]) -> list[str]:
        """Those that the service's own token is known to lack."""
        found = [PERMISSIONS[name] for name in dict.fromkeys(names)]
        return [p.name for p in found if p.resource in self.held and not p.held(self.held[p.resource])]


def _named(missing: list[str]) -> str:
    more = f" +{len(missing) - 1}" if missing[1:] else ""
    return f"{missing[0]}{more}"
