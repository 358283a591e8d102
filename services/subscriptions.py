"""The tenant's licences with their seats, and what one user holds of them and why, as Graph tells both."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from services.marketplace import ASKING, FIRST, LicenceRequest, Market, market_of
from services.operation import Json, Request, Service
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

NO_SEAT = "No seat is free: buy seats or take one from somebody else"
NOT_FOR_USERS = "It is for the whole tenant, not for single users"

_FIELDS = "skuId,skuPartNumber,consumedUnits,prepaidUnits,servicePlans,capabilityStatus,appliesTo"
_HELD = "assignedLicenses,licenseAssignmentStates,usageLocation,assignedPlans"
_USABLE = ("Enabled", "Warning")

Object: TypeAlias = dict[str, Json]


class Seats(msgspec.Struct, frozen=True):
    """Seats of one licence. `free` leaves out those that are `reserved` for scheduled assignments."""

    total: int
    reserved: int
    free: int


class Licensing(msgspec.Struct, frozen=True):
    """What the tenant has and one user holds. Keys are skuIds in lower case, or groups' ids.

    `skus` are subscribedSkus, and stand-ins for licences that are held but no longer subscribed; `assigned`
    the user's assignedLicenses, `states` their licenseAssignmentStates, `groups` the names of the groups
    that hand licences out, `plans` the user's capabilityStatus by servicePlanId.
    """

    skus: Mapping[str, Object]
    assigned: Mapping[str, Object]
    states: Mapping[str, Sequence[Object]]
    groups: Mapping[str, str]
    plans: Mapping[str, str]
    located: bool
    reserved: Mapping[str, int]
    market: Market | None = None
    """What the marketplace knows of the user, where one is connected."""

    def seats(self, sku: str) -> Seats | None:
        """The seats of a licence; None for what is not subscribed any more."""
        units = self.skus[sku].get("prepaidUnits")
        if not isinstance(units, dict):
            return None
        total = int(units.get("enabled") or 0) + int(units.get("warning") or 0)
        held_back = self.reserved.get(sku, 0)
        return Seats(total, held_back, total - int(self.skus[sku].get("consumedUnits") or 0) - held_back)

    def through(self, sku: str) -> list[str]:
        """The names of the groups that hand this licence to the user."""
        return [self.groups[group] for group in self.givers(sku)]

    def givers(self, sku: str) -> list[str]:
        """The ids of those groups."""
        states = self.states.get(sku, ())
        return [str(state["assignedByGroup"]) for state in states if state.get("assignedByGroup")]

    def direct(self, sku: str) -> bool:
        """Whether the licence was assigned to the user and not only to a group."""
        return sku in self.assigned and any(not s.get("assignedByGroup") for s in self.states.get(sku, ({},)))

    def off(self, sku: str) -> list[str]:
        """The ids of the service plans that are off in the licence the user holds."""
        return [str(plan).lower() for plan in self.assigned.get(sku, {}).get("disabledPlans") or ()]

    def why_not(self, sku: str) -> str:
        """Why a licence that the user does not hold cannot be assigned; "" when it can."""
        found = self.skus[sku]
        if (found.get("appliesTo") or "User") != "User":
            return NOT_FOR_USERS
        status = str(found.get("capabilityStatus") or "Enabled")
        if status not in _USABLE:
            return f"The subscription cannot be assigned: it is {status}"
        return self._no_seat(sku) if self._full(sku) else ""

    def asks(self, sku: str) -> str:
        """What names a request for this licence (`marketplace.REQUEST`); "" where it would not be requested."""
        if self.market is None or not self._full(sku) or self.why_not(sku):
            return ""
        last = self.market.requests.get(sku)
        return last.id if last else FIRST

    def request(self, sku: str) -> LicenceRequest | None:
        """The last request for this licence, while something may still come of it or nothing came."""
        found = self.market.requests.get(sku) if self.market else None
        return found if found and sku not in self.assigned else None

    def _full(self, sku: str) -> bool:
        seats = self.seats(sku)
        return seats is not None and seats.free <= 0

    def _no_seat(self, sku: str) -> str:
        """Why nothing can be done about a licence without a free seat; "" where it can be requested."""
        if self.market is None:
            return NO_SEAT
        if self.market.trouble:
            return f"No seat is free, and it cannot be requested: {self.market.trouble}"
        found = self.market.requests.get(sku)
        if found and found.under_way:
            return f"No seat is free; it is {found.shown}"
        return ""

    def inherited(self, sku: str) -> str:
        """Why a licence that comes from groups cannot be taken away here; "" when none does."""
        groups = self.through(sku)
        if not groups:
            return ""
        noun = "group" if len(groups) == 1 else "groups"
        names = ", ".join(groups)
        if self.direct(sku):
            return f"Assigned directly and by the {noun} {names}: taking it away here would change nothing"
        return f"Assigned by the {noun} {names}: take the user out there"


async def licensings(tenant: Tenant, user: User) -> AsyncIterator[Licensing]:
    """The tenant's licences and the user's, live, and once more when a connected marketplace has answered.

    Raises `RollcallError`, `StateError`.
    """
    found = await licensing(tenant, user)
    if not tenant.profile.market:
        yield found
        return
    yield msgspec.structs.replace(found, market=ASKING)
    yield msgspec.structs.replace(found, market=await market_of(tenant, user.id))


async def licensing_then(tenant: Tenant, user: User) -> Licensing:
    """The same at once, for what is scheduled: seats that are reserved for this very user count as free.

    Raises `RollcallError`, `StateError`.
    """
    found = await licensing(tenant, user, besides=user.id)
    market = await market_of(tenant, user.id) if tenant.profile.market else None
    return msgspec.structs.replace(found, market=market)


async def licensing(tenant: Tenant, user: User, *, besides: str = "") -> Licensing:
    """The same without the marketplace, and without what is reserved for the user with the id `besides`.

    Raises `RollcallError`, `StateError`.
    """
    listed, held = await asyncio.gather(
        _listed(tenant),
        tenant.read(
            Request(Service.GRAPH, path=f"/users/{segment(user.id)}", query=(("$select", _HELD),)),
        ),
    )
    assigned = {_id(a, "skuId"): a for a in held.get("assignedLicenses") or ()}
    states: dict[str, list[Object]] = {}
    for state in held.get("licenseAssignmentStates") or ():
        states.setdefault(_id(state, "skuId"), []).append(state)
    skus = {_id(sku, "skuId"): sku for sku in listed if sku.get("skuId")}
    return Licensing(
        {**{sku: {"skuId": sku} for sku in assigned}, **skus},
        assigned,
        states,
        await _group_names(tenant, [s for some in states.values() for s in some]),
        _capabilities(held.get("assignedPlans") or ()),
        bool(held.get("usageLocation")),
        {sku.lower(): seats for sku, seats in (await tenant.reserved(besides)).items()},
    )


async def _listed(tenant: Tenant) -> list[Object]:
    """Every licence of the tenant; the service says them on one page, and need not."""
    request = Request(Service.GRAPH, path="/subscribedSkus", query=(("$select", _FIELDS),))
    return [sku async for page in tenant.pages(request) for sku in page]


def _id(found: Object, key: str) -> str:
    return str(found.get(key)).lower()


def _capabilities(plans: Sequence[Object]) -> dict[str, str]:
    """servicePlanId → capabilityStatus; a plan that several licences bring is as the best of them."""
    found: dict[str, str] = {}
    for plan in plans:
        identity, status = _id(plan, "servicePlanId"), str(plan.get("capabilityStatus") or "")
        if found.get(identity) != "Enabled":
            found[identity] = status
    return found


async def _group_names(tenant: Tenant, states: Sequence[Object]) -> dict[str, str]:
    """The names of the groups that hand out licences; their ids where they cannot be read."""
    ids = list(dict.fromkeys(str(s["assignedByGroup"]) for s in states if s.get("assignedByGroup")))
    names = {identity: identity for identity in ids}
    answers = await tenant.ask([_name_of(identity) for identity in ids])
    for identity, answer in zip(ids, answers, strict=True):
        if answer.ok and isinstance(answer.body, dict):
            names[identity] = str(answer.body.get("displayName") or identity)
    return names


def _name_of(group: str) -> Request:
    return Request(Service.GRAPH, path=f"/groups/{segment(group)}", query=(("$select", "id,displayName"),))
