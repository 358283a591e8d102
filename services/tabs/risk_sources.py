"""Where the facts behind the Risks tab come from: each source by itself, so that one that fails stops no other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from services import identity_protection as protection
from services.errors import (
    NotFound,
    NotPermitted,
    RollcallError,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from services.operation import Json, Request, Service
from services.reports import audits_by, audits_of, report_pages, sign_ins_of
from services.risk import facts as typed
from services.risk.facts import DAYS, Facts
from services.risk.rule import Source
from services.tabs import device, mailbox_fields
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.transport.urls import segment
from services.user import User

_BASELINE = 30
"""Days of sign-ins that are compared with; the directory keeps no more (7 days without a premium licence)."""

_PAGE, _MOST_PAGES = 1000, 5
"""Sign-ins a request, and requests: more would take longer than anybody waits."""

_DEVICE_FIELDS = (
    "id,deviceName,manufacturer,model,serialNumber,operatingSystem,osVersion,complianceState,isEncrypted,"
    "jailBroken,partnerReportedThreatState,lastSyncDateTime,enrolledDateTime,managedDeviceOwnerType,"
    "complianceGracePeriodExpirationDateTime,userPrincipalName,userId"
)

Found: TypeAlias = dict[str, Any]
"""Fields of `Facts`."""


class Missing(msgspec.Struct, frozen=True):
    """A source that could not be looked at, or not whole: `why` in a few words, `sentence` in full."""

    source: Source
    why: str
    sentence: str
    request_id: str = ""
    fatal: bool = False
    """No source can be looked at for this reason."""


class Reading(msgspec.Struct, frozen=True):
    """What is known so far; `waiting` are the sources that have not answered yet."""

    facts: Facts
    missing: tuple[Missing, ...]
    waiting: tuple[Source, ...]


async def readings(tenant: Tenant, user: User) -> AsyncIterator[Reading]:
    """What is known of the user, whenever a source has answered; the last one has all that there is.

    Raises `RollcallError` when the tenant cannot be reached at all.
    """
    facts = Facts(user=user.id, now=tenant.clock.now(), account={"passwordPolicies": user.password_policies})
    tasks = {asyncio.ensure_future(read(tenant, user)): source for source, read in _SOURCES.items()}
    waiting, missing = dict(tasks), list[Missing]()
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=lambda one: list(tasks).index(one)):
                source = waiting.pop(task)
                try:
                    found, cut = task.result()
                    facts = msgspec.structs.replace(facts, **found)
                    missing += cut
                except RollcallError as error:
                    missing.append(_missing(source, error))
            if not waiting and all(any(m.fatal and m.source is s for m in missing) for s in _SOURCES):
                first = next(iter(tasks)).exception()
                raise first or AssertionError
            missing.sort(key=lambda one: list(_SOURCES).index(one.source))
            yield Reading(facts, tuple(missing), tuple(waiting.values()))
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _sign_ins(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    request = sign_ins_of(user, tenant.clock.now(), _BASELINE, top=_PAGE)
    records: list[dict[str, Json]] = []
    pages = 0
    async for page in report_pages(tenant, request, "sign-ins"):
        records += page
        pages += 1
        if pages == _MOST_PAGES:
            break
    found = typed.sign_ins(records)
    if pages < _MOST_PAGES or len(records) < _PAGE * _MOST_PAGES:
        return {"sign_ins": found}, []
    number = f"{len(records):,}"
    sentence = f"This user signs in so often that only the newest {number} sign-ins were looked at."
    return {"sign_ins": found}, [Missing(Source.SIGN_INS, f"only the newest {number}", sentence)]


async def _detections(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    records = await protection.detections(tenant, user.id, tenant.clock.now(), DAYS)
    return {"detections": typed.detections(records)}, []


async def _risk(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    risky = await protection.risky_user(tenant, user.id)
    if risky is None:
        return {}, []
    return {"risky": risky, "history": tuple(await protection.history(tenant, user.id))}, []


async def _audits(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    now = tenant.clock.now()
    records: list[dict[str, Json]] = []
    for request in (audits_of(user, now, DAYS, top=_PAGE), audits_by(user, now, DAYS, top=_PAGE)):
        async for page in report_pages(tenant, request, "audit logs"):
            records += page
            if len(records) >= _PAGE * _MOST_PAGES:
                break
    return {"audits": typed.audits(records)}, []


async def _devices(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}/managedDevices",
        query=(("$select", _DEVICE_FIELDS),),
    )
    records = [device async for page in tenant.pages(request) for device in page]
    return {"devices": typed.devices(records)}, []


async def _mailbox(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    if not user.has_exchange:
        raise NotFound("This user has no Exchange licence, and so no mailbox.")
    nouns = ("Mailbox", "CASMailbox", "MailboxAutoReplyConfiguration")
    requests = [cmdlet(f"Get-{noun}", {"Identity": user.id}) for noun in nouns]
    mailbox, protocols, replies = await mailbox_fields.read(tenant, requests)
    return {"mailbox": {**replies, **protocols, **mailbox}}, []


async def _registration(tenant: Tenant, user: User) -> tuple[Found, list[Missing]]:
    path = f"/reports/authenticationMethods/userRegistrationDetails/{segment(user.id)}"
    found = await tenant.read(Request(Service.GRAPH, path=path))
    return {"registration": found if isinstance(found, dict) else None}, []


_SOURCES: Mapping[Source, Callable[[Tenant, User], Awaitable[tuple[Found, list[Missing]]]]] = {
    Source.SIGN_INS: _sign_ins,
    Source.AUDITS: _audits,
    Source.REGISTRATION: _registration,
    Source.RISK: _risk,
    Source.DETECTIONS: _detections,
    Source.DEVICES: _devices,
    Source.MAILBOX: _mailbox,
}
"""In the order in which they are begun: what is slowest, by its quota, comes first."""


_NOT_THERE: Mapping[Source, str] = {
    Source.MAILBOX: "no mailbox",
    Source.DEVICES: "no devices are known",
    Source.REGISTRATION: "the report does not list this user",
}
"""What it means that there is nothing of this one user; elsewhere it means that the whole service is missing."""


def _missing(source: Source, error: RollcallError) -> Missing:
    why, sentence = _why(source, error)
    fatal = isinstance(error, Unreachable | SignInNeeded)
    return Missing(source, why, sentence, error.request_id, fatal)


def _why(source: Source, error: RollcallError) -> tuple[str, str]:
    """In a few words, and in full."""
    said = f"{error.code} {error.sentence}".casefold()
    if isinstance(error, Throttled):
        return "throttled, F5 tries again", error.sentence
    if isinstance(error, NotFound) and source in _NOT_THERE:
        return _NOT_THERE[source], error.sentence
    if error.status == 501 or isinstance(error, NotFound):
        return "not in this cloud", error.sentence
    if not isinstance(error, NotPermitted):
        return (
            "not reachable" if isinstance(error, Unreachable) else "failed, F5 tries again"
        ), error.sentence
    if isinstance(error, NotPermitted) and device.without_intune(error) is not error:
        return "no Intune licence", device.NO_INTUNE
    premium = "P2" if source in (Source.RISK, Source.DETECTIONS) else "P1"
    if "premium" in said or "licens" in said or "p1 or p2" in said:
        return f"no Entra ID {premium}", error.sentence
    if source in (Source.RISK, Source.DETECTIONS):
        return "no Entra ID P2, or no permission", error.sentence
    return "not permitted", error.sentence
