"""What the signed-in operator's consents are enough for: a line for each tab and action, and how to grant the rest."""

from collections.abc import Iterator, Mapping

import msgspec

from services.actions import activate_role
from services.actions.registry import ACTIONS
from services.consents import NEEDS, Standing, granted, standing
from services.errors import RollcallError
from services.grants import Registration
from services.identity import ASK, Identity
from services.permissions import Resource
from services.profile import TenantProfile
from services.tabs.registry import BY_ID


class Line(msgspec.Struct, frozen=True):
    """One tab or action."""

    title: str
    standing: Standing
    missing: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is enough for, and what is missing."""
        return f"{self.standing}: {', '.join(self.missing)}" if self.missing else str(self.standing)


class Consents(msgspec.Struct, frozen=True):
    """What was found out: lines, or in `trouble` why there are none, and the commands that grant what is missing."""

    lines: tuple[Line, ...] = ()
    commands: tuple[str, ...] = ()
    trouble: str = ""


async def consents(profile: TenantProfile, identity: Identity, *, person: bool) -> Consents:
    """Signs in and reads the tokens. `person` is whether somebody is there to be asked. Raises `RollcallError`."""
    scopes = profile.scopes
    try:
        await identity.token(scopes[Resource.GRAPH])
    except RollcallError as error:
        if error.code != ASK:
            raise
        if not person:
            return Consents(trouble="not looked at: nobody is here to sign in")
        await identity.sign_in()
    held: set[str] = set()
    silent: list[str] = []
    for resource, scope in scopes.items():
        try:
            found = granted(await identity.token(scope))
        except RollcallError as error:
            silent.append(error.sentence)
            continue
        if found is None and resource is Resource.GRAPH:
            return Consents(trouble="this token does not tell what it is for")
        held |= found or frozenset()
    lines = tuple(_lines(held))
    commands = Registration(profile.client_id, profile.app_only).commands(
        name for line in lines for name in line.missing
    )
    return Consents(lines, tuple(commands), " ".join(silent))


def _lines(held: set[str]) -> Iterator[Line]:
    for identity, title in _titles().items():
        state, missing = standing(NEEDS[identity], held)
        yield Line(title, state, tuple(missing))


def _titles() -> Mapping[str, str]:
    titles = {tab.id: f"tab {tab.title}" for tab in BY_ID.values()}
    titles |= {action.id: f"action {action.title}" for action in ACTIONS}
    return titles | {activate_role.ID: f"action {activate_role.TITLE}"}
