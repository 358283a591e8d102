"""Licence requests to the tenant's marketplace: what is asked there when no seat is free, and taken back again.

The protocol, spoken below the profile's URL with `Authorization: Bearer` and JSON bodies:

- `POST /requests` with `userId`, `userPrincipalName`, `displayName`, `skuId`, `product`, `disabledPlans` and the
  header `Idempotency-Key` answers 201 with the request; the same key again answers with the same request.
- `GET /requests?userId=ID` answers `{"value": [request, …]}`, the newest first.
- `GET /requests/ID` answers with one request.
- `POST /requests/ID/cancel` answers with the cancelled request, 409 once it is neither pending nor cancelled.

A request has `id`, `status` and what it was asked with. The statuses are `Status`; others are shown as they are.
Errors are `{"error": {"code", "message"}}`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from services import powershell
from services.errors import RollcallError
from services.operation import HasMember, Json, Look, Operation, Request, Service
from services.tenant import Tenant
from services.transport.urls import segment
from state.values import Change

REQUEST = "request"
"""The fact of a row whose licence is asked for: the id of the last request before, `FIRST` for none."""

FIRST = "first"


class Status(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


class LicenceRequest(msgspec.Struct, frozen=True):
    """One request for one licence of one user."""

    id: str
    status: str
    sku: str

    @property
    def pending(self) -> bool:
        """Whether it can still be taken back."""
        return self.status == Status.PENDING

    @property
    def under_way(self) -> bool:
        """Whether a seat may still come of it."""
        return self.status in (Status.PENDING, Status.APPROVED)

    @property
    def shown(self) -> str:
        """Such as "requested: pending (R-1001)"."""
        return f"requested: {self.status} ({self.id})"


class Market(msgspec.Struct, frozen=True):
    """What the marketplace knows of one user: the newest request by skuId.

    `trouble` says why nothing can be asked there now.
    """

    trouble: str
    requests: Mapping[str, LicenceRequest] = {}


ASKING = Market("the marketplace is being asked")


async def market_of(tenant: Tenant, user: str) -> Market:
    """The user's requests, live, in one try: a marketplace that fails is a reason, which the page tells at once."""
    try:
        answer = await tenant.send(_listed(user))
    except RollcallError as error:
        return Market(error.sentence.rstrip("."))
    if not answer.ok or not isinstance(answer.body, dict):
        said = answer.message or answer.code or "nothing that can be used"
        return Market(f"the marketplace answered {answer.status}: {said}".rstrip("."))
    found: dict[str, LicenceRequest] = {}
    for each in answer.body.get("value") or ():
        if isinstance(each, dict) and each.get("id") and each.get("skuId"):
            sku = str(each["skuId"]).lower()
            found.setdefault(sku, LicenceRequest(str(each["id"]), str(each.get("status") or ""), sku))
    return Market("", found)


def asked_for(changes: Sequence[Change]) -> Operation:
    """The request for one licence, from its change and those of its service plans.

    It carries a key that names the request by the one before it: sent again, or by a second operator who saw
    the same, it is still one request.
    """
    own = next(c for c in changes if REQUEST in c.facts and "/" not in c.row)
    off = [c.row.partition("/")[2] for c in changes if "/" in c.row and not c.after]
    name = own.row_name or own.row
    body: dict[str, Json] = {
        "userId": own.user,
        "userPrincipalName": own.user_name,
        "displayName": own.facts.get("name", ""),
        "skuId": own.row,
        "product": name,
        "disabledPlans": off,
    }
    key = hashlib.sha256("\x1f".join((own.user, own.row, own.facts[REQUEST])).encode()).hexdigest()[:32]
    asked = f"{name}, requested"
    pending = HasMember(
        asked, (own.row,), ("skuId",), path=("value",), where=(("status", Status.PENDING.value),)
    )
    # the licence itself does not come by this call
    nothing = {f"{name}: {c.row_name}" if "/" in c.row else name: None for c in changes}
    return Operation(
        title="Request licence from the marketplace",
        target=name,
        request=Request(
            Service.MARKETPLACE, "POST", "/requests", headers=(("Idempotency-Key", key),), body=body
        ),
        serial=f"user:{own.user}",
        powershell=_shell("/requests", body),
        before={**nothing, asked: False},
        after={**nothing, asked: True},
        look=Look(_listed(own.user), (pending,)),
        tells=("id", "status"),
        changes=tuple(c.key for c in changes),
    )


def taken_back(user: str, sku: str, name: str, request: str) -> Operation:
    """The end of a request that is still pending. It cannot be undone: it would be another request."""
    asked = f"{name}, requested"
    pending = HasMember(asked, (request,), path=("value",), where=(("status", Status.PENDING.value),))
    path = f"/requests/{segment(request)}/cancel"
    return Operation(
        title="Cancel licence request",
        target=f"{name} ({request})",
        request=Request(Service.MARKETPLACE, "POST", path, body={}),
        serial=f"user:{user}",
        powershell=_shell(path, {}),
        before={asked: True},
        after={asked: False},
        look=Look(_listed(user), (pending,)),
        tells=("id", "status"),
    )


def _listed(user: str) -> Request:
    return Request(Service.MARKETPLACE, path="/requests", query=(("userId", user),))


def _shell(path: str, body: Mapping[str, Json]) -> str:
    # the URL and the token are the profile's: neither is written down here
    return powershell.line(
        "Invoke-RestMethod", {"Method": "Post", "Uri": f"https://MARKETPLACE{path}", "Body": body}
    )
