"""Own roles: the directory roles that the operator holds and until when, and those that PIM lets them activate."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec

from services import directory_roles
from services.directory_roles import ROOT, WHOLE
from services.errors import NotFound, NotPermitted, Rejected, RollcallError, ServiceDown
from services.operation import Json, Request, Service
from services.operator_role import operator_id
from services.role_needs import NAMES
from services.tenant import Tenant
from services.transport.urls import odata_string

KEPT = 60.0
"""Seconds for which what was read is not read again, unless it is asked for."""

OWN = "filterByCurrentUser(on='principal')"
"""The function that lists one's own; to list them by a filter takes a role in itself (Graph's reference)."""

_PREMIUM = "AadPremiumLicenseRequired"
_NO_PREMIUM = (
    "This tenant has no PIM, which needs Microsoft Entra ID P2 or ID Governance."
    " Who needs a role has to be assigned to it for good."
)
_APPLICATION = "An application signs in here: PIM activates roles of people alone."
_UNREAD = "Which roles you may activate is not known yet."


class Held(msgspec.Struct, frozen=True):
    """An active role: at which scope, since and until when (None: for good); `activated` by PIM, or assigned."""

    role: str
    scope: str = WHOLE
    since: datetime | None = None
    until: datetime | None = None
    activated: bool = False

    def active(self, now: datetime) -> bool:
        """Whether its time is not over."""
        return self.until is None or self.until > now


class Eligible(msgspec.Struct, frozen=True):
    """A role that may be activated, at which scope."""

    role: str
    scope: str = WHOLE


class Own(msgspec.Struct, frozen=True):
    """What the tenant says of the operator, whose id `person` is.

    `trouble` is the sentence that says why it is not known; "" where it is. `names` are those of the roles.
    """

    person: str = ""
    held: tuple[Held, ...] = ()
    eligible: tuple[Eligible, ...] = ()
    names: dict[str, str] = {}
    trouble: str = ""

    def active(self, now: datetime) -> frozenset[str]:
        """Ids of the roles that are active now in the whole directory."""
        return frozenset(each.role for each in self.held if each.scope == WHOLE and each.active(now))

    def partly(self, now: datetime) -> bool:
        """Whether something is active of which nobody here knows what it lets through.

        That is a role that the tenant made itself, and any role for a part of the directory.
        """
        return any(each.active(now) and (each.scope != WHOLE or each.role not in NAMES) for each in self.held)

    def name(self, role: str) -> str:
        """What the role is called."""
        return self.names.get(role) or NAMES.get(role, role)

    @property
    def windows(self) -> tuple[Held, ...]:
        """What ends by itself, the first to end first."""
        ending = [each for each in self.held if each.until is not None]
        return tuple(sorted(ending, key=lambda each: str(each.until)))


class OwnRoles:
    """Reads them, keeps them for a minute, and remembers what has ended.

    `changed` is called when what was read is other than before; with True when a role was gained.
    """

    def __init__(self, tenant: Tenant, changed: Callable[[bool], None] = lambda _: None) -> None:
        self._tenant = tenant
        self._changed = changed
        self._asking = asyncio.Lock()
        self.read_at = float("-inf")
        """When (monotonic) the tenant was asked last."""
        self.known = Own(trouble=_UNREAD)
        """What was read last."""
        self.ended: dict[str, datetime] = {}
        """When the role's last window ended, or was found to be over, by the role's id."""

    def recall(self, held: tuple[Held, ...]) -> None:
        """What is known of roles that were active before, as long as nothing was read."""
        if held and self.known.trouble:
            self.known = msgspec.structs.replace(self.known, held=held)
            self._changed(False)

    def expire(self) -> None:
        """The next look asks the tenant."""
        self.read_at = float("-inf")

    async def learn(self, *, fresh: bool = False) -> Own:
        """What the tenant says, read anew when that was a while ago, or is wanted `fresh`. Never raises."""
        began = self._tenant.clock.monotonic()
        async with self._asking:
            # what was read while this waited is as fresh as can be
            if self.read_at < (began if fresh else began - KEPT):
                self.read_at = self._tenant.clock.monotonic()
                try:
                    found = await read(self._tenant)
                except RollcallError as error:
                    self.known = msgspec.structs.replace(self.known, trouble=_why(error))
                else:
                    before, self.known = self.known, found
                    self._note(before, found)
            return self.known

    def over(self, now: datetime) -> frozenset[str]:
        """Ids of the roles whose window is over by what is known, without asking."""
        past = {each.role for each in self.known.windows if not each.active(now)}
        return frozenset(past | set(self.ended)) - self.known.active(now)

    def _note(self, last: Own, found: Own) -> None:
        """Takes in what has ended and what has begun since the last look."""
        now = self._tenant.clock.now()
        before, after = last.active(now), found.active(now)
        for each in last.windows:
            if each.scope == WHOLE and each.role not in after and each.until is not None:
                # one that is gone before its time was taken away
                self.ended[each.role] = min(each.until, now)
        for role in after:
            self.ended.pop(role, None)
        if found != last:
            self._changed(bool(after - before) and not last.trouble)


async def read(tenant: Tenant) -> Own:
    """What PIM says of who signed in. Raises `RollcallError`."""
    if tenant.profile.app_only:
        return Own(trouble=_APPLICATION)
    person = await operator_id(tenant)
    if person is None:
        return Own(trouble=_APPLICATION)
    held, eligible = await asyncio.gather(
        _own(tenant, "roleAssignmentScheduleInstances", person),
        _own(tenant, "roleEligibilityScheduleInstances", person),
    )
    found = Own(
        person,
        tuple(_held(item) for item in held),
        tuple(dict.fromkeys(Eligible(_role(item), _scope(item)) for item in eligible)),
    )
    unknown = ({each.role for each in found.held} | {each.role for each in found.eligible}) - set(NAMES)
    names = {role.id: role.name for role in await directory_roles.roles(tenant)} if unknown else {}
    return msgspec.structs.replace(found, names=names)


async def _own(tenant: Tenant, what: str, person: str) -> list[dict[str, Json]]:
    """The caller's own of this list, those through groups too; only those of the person where a cloud lacks that."""
    try:
        return await _listed(tenant, Request(Service.GRAPH, path=f"{ROOT}/{what}/{OWN}"))
    except (NotFound, Rejected, ServiceDown) as error:
        if error.code == _PREMIUM or error.status not in (400, 404, 501):
            raise
    condition = f"principalId eq '{odata_string(person)}'"
    return await _listed(
        tenant, Request(Service.GRAPH, path=f"{ROOT}/{what}", query=(("$filter", condition),))
    )


async def _listed(tenant: Tenant, request: Request) -> list[dict[str, Json]]:
    return [item async for page in tenant.pages(request) for item in page]


def _held(item: dict[str, Json]) -> Held:
    return Held(
        _role(item),
        _scope(item),
        _moment(item.get("startDateTime")),
        _moment(item.get("endDateTime")),
        str(item.get("assignmentType")).casefold() == "activated",
    )


def _role(item: dict[str, Json]) -> str:
    return str(item.get("roleDefinitionId") or "").lower()


def _scope(item: dict[str, Json]) -> str:
    return str(item.get("directoryScopeId") or WHOLE)


def _moment(value: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _why(error: RollcallError) -> str:
    if error.code == _PREMIUM or "premium" in error.sentence.casefold():
        return _NO_PREMIUM
    if isinstance(error, NotPermitted):
        return f"You may not look which roles you can activate. {error.sentence}"
    return f"Which roles you may activate could not be read. {error.sentence}"
