"""Quotas: what Graph publishes of its limits (`api-map.md` §7.1), and what a request costs of them.

Exchange and SharePoint publish no numbers: what they bear is learned from their Retry-After alone. Two limits of
Graph have no meter, as the lanes of one copy of the program stay far below them: 2,000 requests a second over all
tenants, and 150 MB of uploads to one mailbox in 5 minutes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from services.operation import Request, Service
from services.transport.buckets import Bucket, Meter, Window

Costs: TypeAlias = Mapping[str, int]
"""How much of which quota, by the quota's name. A mailbox's own quota is named `outlook ID`."""


class Quota(msgspec.Struct, frozen=True):
    """`most` in `seconds`, and how a sentence says so. With `slack` (seconds) it is counted in a rolling window."""

    most: int
    seconds: float
    words: str
    slack: float | None = None

    def meter(self, now: float) -> Meter:
        """The whole of it, nothing taken yet."""
        if self.slack is None:
            return Bucket(self.most, self.seconds, now)
        return Window(self.most, self.seconds + self.slack)


QUOTAS = {
    "units": Quota(3_500, 10, "3,500 resource units in 10 s"),
    "writes": Quota(3_000, 150, "3,000 writes in 150 s"),
    "tenant-writes": Quota(18_000, 300, "18,000 writes of all applications in 5 min"),
    "reports": Quota(5, 10, "5 reports in 10 s", slack=0.5),
    "risk": Quota(1, 1, "1 question about risk a second", slack=0.2),
    "usage": Quota(14, 600, "14 usage reports in 10 min", slack=1.0),
    "invitations": Quota(150, 5, "150 invitations in 5 s"),
    "intune": Quota(2_000, 20, "2,000 device calls in 20 s"),
    "intune-writes": Quota(200, 20, "200 device writes in 20 s"),
    "outlook": Quota(10_000, 600, "10,000 calls to one mailbox in 10 min"),
}

_SIZES = ((50, 3_500), (500, 5_000))
_LARGE = 8_000
"""Resource units in 10 s, by the number of users up to which a tenant has so many; a new session takes the least."""

SMALL = frozenset({"reports", "risk", "usage"})
"""Regimes in which every single call counts."""

_FIRST = {
    "auditlogs": "reports",
    "reports": "reports",
    "identityprotection": "risk",
    "invitations": "invitations",
    "devicemanagement": "intune",
    "sites": "files",
}
_OF_USER = {
    "manageddevices": "intune",
    "photo": "outlook",
    "photos": "outlook",
    "mailboxsettings": "outlook",
    "calendar": "outlook",
    "calendars": "outlook",
    "drive": "files",
    "drives": "files",
}
_UNITS = {
    "memberof": 2,
    "transitivememberof": 2,
    "licensedetails": 2,
    "approleassignments": 2,
    "approleassignedto": 2,
    "subscribedskus": 3,
}
_UNITS_OF_GROUP = {"members": 3, "transitivemembers": 5}


def units_of(users: int) -> Quota:
    """The quota of resource units that a tenant with so many users has."""
    most = next((units for limit, units in _SIZES if users <= limit), _LARGE)
    return Quota(most, QUOTAS["units"].seconds, f"{most:,} resource units in 10 s")


def own_regime(path: str) -> str:
    """The name of the throttling regime that this path of Graph is under; "" for the directory's own.

    What one refuses says nothing about the others, and nobody in one waits for another.
    """
    parts = _parts(path)
    if parts[:1] == ["identity"] and parts[1:2] == ["conditionalaccess"]:
        return "risk"
    if parts[:1] == ["reports"] and parts[1:] and parts[1].startswith("get"):
        return "usage"
    if parts[:1] == ["users"] and len(parts) > 2:
        return _OF_USER.get(parts[2], "")
    return _FIRST.get(parts[0] if parts else "", "")


def costs(request: Request) -> dict[str, int]:
    """What one request takes of which quota; nothing where no number is published."""
    if request.service not in (Service.GRAPH, Service.GRAPH_BETA):
        return {}
    regime, write = own_regime(request.path), request.method != "GET"
    if not regime:
        taken = {"units": _units(request)}
        return taken | {"writes": 1, "tenant-writes": 1} if write else taken
    if regime == "intune":
        return {"intune": 1, "intune-writes": 1} if write else {"intune": 1}
    if regime == "outlook":
        return {f"outlook {_parts(request.path)[1]}": 1}
    return {regime: 1} if regime in QUOTAS else {}


def total(requests: Iterable[Request]) -> dict[str, int]:
    """What a batch of these takes: each of its items counts by itself."""
    found = Counter[str]()
    for request in requests:
        found.update(costs(request))
    return dict(found)


def quota(name: str) -> Quota:
    """The quota of this name."""
    return QUOTAS[name.partition(" ")[0]]


def _units(request: Request) -> int:
    """As published: a base by what is read, a little more or less by how; every write 1."""
    if request.method != "GET":
        return 1
    query = {name.lower(): value for name, value in request.query}
    top = query.get("$top", "")
    more = ("$expand" in query) - ("$select" in query) - (top.isdecimal() and int(top) < 20)
    return max(1, _base(_parts(request.path)) + more)


def _base(parts: list[str]) -> int:
    if parts[:1] == ["users"] and (len(parts) == 1 or parts[1] in ("delta", "delta()", "$count")):
        return 2
    if parts[:1] == ["groups"] and len(parts) > 2 and parts[2] in _UNITS_OF_GROUP:
        return _UNITS_OF_GROUP[parts[2]]
    return max((_UNITS[part] for part in parts if part in _UNITS), default=1)


def _parts(path: str) -> list[str]:
    return [part for part in path.lower().split("/") if part]
