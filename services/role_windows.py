"""Role windows: whether a refusal, or an end that is past, comes from a role that PIM lets the operator activate."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services import role_needs
from services.directory_roles import WHOLE
from services.jobs.pausing import Lack
from services.operation import Operation
from services.own_roles import Own, OwnRoles
from services.windows import Window, Windows
from state.clock import Clock

HOW = "activate it (Ctrl+P, Activate a role)"

_KEY = "role:"
"""How the keys of roles begin among the windows."""

_SOON = timedelta(minutes=5)
"""Before its end that the operator is told, and after it that this is still news."""

_SETTLES = timedelta(minutes=15)
"""For as long a service may not have heard of an activation (Exchange is the slowest)."""


class RoleWindows:
    """Answers the runner (`services.jobs.pausing.Roles`) and the tabs by what the tenant says of the operator.

    `renew` makes tokens from now on new ones, as a token tells the roles of the time it was made.
    """

    def __init__(self, roles: OwnRoles, clock: Clock, renew: Callable[[], None]) -> None:
        self._roles = roles
        self._clock = clock
        self._renew = renew
        self._told: set[tuple[str, datetime, bool]] = set()

    async def before(self, operations: Sequence[Operation]) -> Lack | None:
        """See `Roles.before`. The tenant is asked only where the time of a role that is needed is over."""
        now = self._clock.now()
        over = self._roles.over(now)
        active = self._roles.known.active(now)
        for needed in dict.fromkeys(role_needs.to_send(each.request) for each in operations):
            if over.isdisjoint(needed) or role_needs.enough(needed, active):
                continue
            lack = _lack(await self._roles.learn(fresh=True), self._roles.ended, needed, self._clock.now())
            if lack is not None and lack.pauses:
                return lack
        return None

    async def refused(self, operations: Sequence[Operation]) -> list[Lack | None]:
        """See `Roles.refused`; the tenant is asked once for all of them."""
        needs = [role_needs.to_send(each.request) for each in operations]
        if not any(needs):
            return [None] * len(operations)
        # who may activate nothing is not asked for again at each of a thousand refusals
        own = await self._roles.learn(fresh=bool(self._roles.known.eligible))
        now = self._clock.now()
        lacks = [_lack(own, self._roles.ended, needed, now) if needed else None for needed in needs]
        if any(lack is not None and lack.again for lack in lacks):
            self._renew()
        return lacks

    async def regained(self, roles: Sequence[str]) -> str:
        """See `Roles.regained`. What was read a minute ago at most is good enough."""
        own, now = await self._roles.learn(), self._clock.now()
        if own.trouble or not role_needs.enough(roles, own.active(now)):
            return ""
        held = next((h for h in own.held if h.role in roles and h.scope == WHOLE and h.active(now)), None)
        name = own.name(held.role) if held is not None else "Global Administrator"
        until = f" until {hour(held.until)}" if held is not None and held.until is not None else ""
        return f"Goes on: {name} is active{until}"

    def news(self) -> list[str]:
        """A sentence for each role that is about to end or has just ended, each once. Asks nobody."""
        now, found = self._clock.now(), []
        own = self._roles.known
        for each in own.windows:
            over = not each.active(now)
            if (
                each.until is None
                or not each.activated
                or each.until - now > _SOON
                or now - each.until > _SOON
            ):
                continue
            if (each.role, each.until, over) not in self._told:
                self._told.add((each.role, each.until, over))
                verb, then = ("ended", "pauses") if over else ("ends", "pauses then")
                found.append(
                    f"{own.name(each.role)} {verb} at {hour(each.until)}: what needs it {then}. To go on, {HOW} again."
                )
        return found

    async def advice(self, tab: str) -> str:
        """What a tab that may not be seen says besides: which role shows it; "" where that is not known."""
        needed = role_needs.to_see(tab)
        if not needed:
            return ""
        own, now = await self._roles.learn(), self._clock.now()
        if own.trouble or role_needs.enough(needed, own.active(now)):
            return ""
        return _told(own, needed)


def show(windows: Windows, own: Own) -> None:
    """Has the roles that PIM made active stand among what is open for a while, each as long as it is active."""
    held = {each.role: each for each in own.windows if each.activated and each.scope == WHOLE}
    for key in [key for key in windows.keyed(_KEY) if key[len(_KEY) :] not in held]:
        windows.close(key)
    for role, each in held.items():
        if each.until is not None:
            windows.open(_KEY + role, Window(own.name(role).replace("Administrator", "Admin"), each.until))


def hour(at: datetime) -> str:
    """A time of day by the operator's clock."""
    return f"{at.astimezone():%H:%M}"


def _lack(own: Own, ended: dict[str, datetime], needed: tuple[str, ...], now: datetime) -> Lack | None:
    if own.trouble:
        return None
    fresh = [h for h in own.held if h.role in needed and h.scope == WHOLE and h.active(now)]
    if role_needs.enough(needed, own.active(now)):
        young = next((h for h in fresh if h.since is not None and now - h.since < _SETTLES), None)
        if young is None or not young.activated or young.since is None:
            return None
        name = own.name(young.role)
        return Lack(
            f"{name} is active since {hour(young.since)}; the service has not heard of it yet.", again=True
        )
    if not _offered(own, needed):
        return Lack(_told(own, needed))
    if own.partly(now):
        # what a role of the tenant's own lets through is not known: the refusal may have another ground
        return Lack(_told(own, needed))
    last = max((role for role in needed if role in ended), key=lambda role: ended[role], default="")
    if last:
        return Lack(
            f"{own.name(last)} ended at {hour(ended[last])}; {HOW} and it goes on.", needed, pauses=True
        )
    first = _offered(own, needed)[0]
    others = [own.name(role) for role in needed if role != first]
    besides = f" {_either(others)} will do, too." if others else ""
    return Lack(f"{own.name(first)} is not active; {HOW} and it goes on.{besides}", needed, pauses=True)


def _offered(own: Own, needed: tuple[str, ...]) -> list[str]:
    """Those of the needed roles that the operator may activate, the least one first."""
    eligible = {each.role for each in own.eligible if each.scope == WHOLE}
    return [role for role in needed if role in eligible]


def _told(own: Own, needed: tuple[str, ...]) -> str:
    """Which roles would do, first the one that can be had."""
    offered = _offered(own, needed)
    if not offered:
        return f"This needs {_either([own.name(r) for r in needed])}, and you are eligible for none: ask for one."
    others = [own.name(role) for role in needed if role != offered[0]]
    besides = f" (or {_either(others)})" if others else ""
    return f"This needs {own.name(offered[0])}{besides}; you are eligible for it: {HOW}."


def _either(names: list[str]) -> str:
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
