"""The Graph service: one call or one batch, with the faults and quotas that strike inside it."""

from services.sandbox import batch, role_wall, routes
from services.sandbox.answers import Call, Refusal, Reply, error_reply, new_id
from services.sandbox.faults import Fault
from services.sandbox.quotas import Quotas
from services.sandbox.store import Store

_PRESSURE = 0.8
_PERCENTAGE = "x-ms-throttle-limit-percentage"
"""Sent from four fifths of a quota on, as published."""

_UNLICENSED = {
    "no-premium": (
        ("auditlogs/signins", "identityprotection", "reports/authenticationmethods"),
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    ),
    "no-premium-audits": (
        ("auditlogs",),
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    ),
    "no-p2": (("identityprotection",), "Forbidden", "Your tenant is not licensed for this feature."),
    "no-pim": (
        (
            "rolemanagement/directory/roleassignmentscheduleinstances",
            "rolemanagement/directory/roleassignmentschedulerequests",
            "rolemanagement/directory/roleeligibilityscheduleinstances",
        ),
        "AadPremiumLicenseRequired",
        "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
    ),
    "no-intune": (
        ("devicemanagement", "users/{}/manageddevices"),
        "Forbidden",
        "Application is not authorized to perform this operation. AppLifecycle_2210",
    ),
}
"""Fault -> what a tenant without that licence does not answer, and how it says so."""


class Graph:
    """Answers Graph calls on a store; `walled`: the caller has no rights but those of its active roles."""

    def __init__(
        self, store: Store, faults: list[Fault], quotas: Quotas | None, *, walled: bool = False
    ) -> None:
        self._store = store
        self._faults = faults
        self._quotas = quotas
        self._walled = walled

    def answer(self, call: Call) -> Reply:
        """The reply to a whole request. Raises Refusal."""
        if tuple(part.lower() for part in call.segments) == ("$batch",):
            if call.method != "POST":
                raise Refusal(
                    405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."
                )
            with self._store.transaction():
                return batch.answer(call, self._item)
        return self._one(call)

    def _one(self, call: Call) -> Reply:
        used = self._quotas.charge(call, routes.cost(call)) if self._quotas else 0.0
        path = "/".join(call.segments)
        token = any(name.lower().endswith("deltatoken") and value for name, value in call.query.items())
        if token and strike(self._faults, ("expire-delta",), call.method, path):
            fresh = (("Location", f"{call.root}/{path}?$deltatoken="),)
            raise Refusal(410, "syncStateNotFound", "The sync state generation is not found.", fresh)
        for name, (places, code, message) in _UNLICENSED.items():
            if _is_at(path, places) and strike(self._faults, (name,), call.method, path):
                raise Refusal(403, code, message)
        if self._walled:
            role_wall.check(self._store, call)
        reply = routes.answer(self._store, call)
        if used >= _PRESSURE:
            reply = Reply(
                reply.status, reply.body, (*reply.headers, (_PERCENTAGE, f"{used:.2f}")), reply.content_type
            )
        return reply

    def _item(self, call: Call) -> Reply:
        path = "/".join(call.segments)
        fault = strike(self._faults, ("throttle-item", "error-item"), call.method, path)
        if fault:
            return error_reply(refusal_of(fault), new_id(), "")
        reply = self._one(call)
        late = applied(self._faults, call.method, path)
        return error_reply(refusal_of(late), new_id(), "") if late else reply


def _is_at(path: str, places: tuple[str, ...]) -> bool:
    """Whether the path begins with one of these, in which {} stands for any segment."""
    parts = path.lower().split("/")
    split = (place.split("/") for place in places)
    return any(
        len(parts) >= len(place) and all(p in ("{}", part) for p, part in zip(place, parts, strict=False))
        for place in split
    )


def strike(faults: list[Fault], names: tuple[str, ...], method: str, path: str) -> Fault | None:
    """The first fault of these names that hits the call; the others are not counted then."""
    for fault in faults:
        if fault.name in names and fault.strikes(method, path):
            return fault
    return None


def applied(faults: list[Fault], method: str, path: str) -> Fault | None:
    """The fault that hides a write that was done; it hits a whole batch only where it names its path."""
    if method == "GET":
        return None
    names = ("applied-429", "applied-504")
    whole = "$batch" in path.lower()
    fitting = [f for f in faults if not whole or "batch" in f.values.get("path", "").lower()]
    return strike(fitting, names, method, path)


def refusal_of(fault: Fault) -> Refusal:
    """What a throttling or error fault answers."""
    headers: tuple[tuple[str, str], ...] = ()
    usual = {"throttle": "2", "throttle-item": "0.249", "applied-429": "1"}.get(fault.name, "")
    wait = fault.values.get("retry_after", usual)
    if wait and wait != "none":
        headers = (("Retry-After", wait),)
    if fault.name in ("throttle", "throttle-item", "applied-429"):
        return Refusal(429, "TooManyRequests", "Too many requests.", headers)
    if fault.name == "applied-504":
        return Refusal(504, "GatewayTimeout", "The gateway did not get an answer in time.", headers)
    status = int(fault.number("status", 503))
    if status == 403:
        return Refusal(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )
    code = {500: "InternalServerError", 502: "BadGateway", 503: "ServiceUnavailable", 504: "GatewayTimeout"}
    return Refusal(status, code.get(status, "UnknownError"), "The service failed.", headers)
