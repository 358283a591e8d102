"""Assign devices: the user becomes the primary user of a computer that Intune manages."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from services import powershell
from services.action import Action, Answers, Form, Question
from services.actions import sign_in
from services.errors import InvalidInput, NotPermitted, RollcallError
from services.found import Found, Recipient
from services.members import GRAPH_HOST
from services.operation import HasValue, Json, Look, Operation, Request, Service
from services.record import Record
from services.tabs.device import users_of, without_intune
from services.tabs.fields import text_of
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import AssignedPlan, User

_SYSTEMS = ("Windows", "macOS")
"""What laptops run and whose primary user Intune lets be changed, those of the tenant's most first."""

_FIELDS = "id,deviceName,operatingSystem,manufacturer,model,serialNumber,userDisplayName,userPrincipalName"
_MOST = 50
_FORMER, _FORMER_NAME = "former", "formerName"

_PLANS = frozenset({
    "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "3e170737-c728-4eae-bbb9-3f3360f7184c",
    "d216f254-796f-4dab-bbfa-710686e646b9", "da24caf9-af8e-485c-b7c8-e73336da2693",
    "8e9ff0ff-aa7a-4b20-83c1-2f636b600ac2",
})  # fmt: skip
"""INTUNE_A, INTUNE_A_VL, INTUNE_A_GOV, INTUNE_EDU and INTUNE_SMBIZ, as Microsoft publishes the plans' ids."""

_SERVICE, _OFFICE_ONLY = "SCO", "882e1d05-acd1-4ccb-8708-6ee03664b117"
"""Graph's name of Intune among assigned plans, and the plan of that name that brings no Intune (INTUNE_O365)."""


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Who holds an Intune licence; where the directory does not tell the plans, Intune will."""
    if user.deleted:
        return sign_in.DELETED
    if user.assigned_plans is not None and not any(map(_is_intune, user.assigned_plans)):
        return "no Intune licence"
    return ""


def _is_intune(plan: AssignedPlan) -> bool:
    if plan.capability_status not in ("Enabled", "Warning"):
        return False
    identity = (plan.service_plan_id or "").lower()
    return identity in _PLANS or (plan.service == _SERVICE and identity != _OFFICE_ONLY)


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Which computer. Raises `RollcallError` where Intune tells of none."""
    if not await computers(tenant):
        raise InvalidInput("Intune manages no Windows or macOS computer that could be assigned.")
    question = Question(
        id="device",
        title="Device",
        kind="recipient",
        about="Type part of its name, model, serial number or user; Enter lists all.",
        find=find,
        complete=partial(_known, user),
    )
    return Form(
        title=f"Assign a device to {user.name}",
        questions=(question,),
        told=(
            "In Intune the user becomes its primary user, in place of who is that now.",
            "Nothing on the device changes; lists may lag some minutes behind.",
        ),
        save="Assign",
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call, and the way back to the former primary user or to none."""
    device = answers.get("device")
    if not device:
        raise InvalidInput("Choose a device.")
    former = device[_FORMER] or None
    now = f"now {device[_FORMER_NAME]}'s" if former else "nobody's now"
    there = _set(device, former, user.id, f"Assign device ({now})")
    return [msgspec.structs.replace(there, inverse=_set(device, user.id, former, "Assign back"))]


async def computers(tenant: Tenant) -> list[dict[str, Json]]:
    """The computers that Intune manages, by system and name, kept for a while. Raises `RollcallError`."""
    try:
        return await tenant.kept.get("managed computers", partial(_listed, tenant))
    except NotPermitted as error:
        raise without_intune(error) from None


async def _listed(tenant: Tenant) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    for system in _SYSTEMS:
        query = (("$filter", f"operatingSystem eq '{system}'"), ("$select", _FIELDS), ("$top", "1000"))
        request = Request(Service.GRAPH, path="/deviceManagement/managedDevices", query=query)
        page = [each async for page in tenant.pages(request) for each in page if each.get("id")]
        found += sorted(page, key=lambda held: text_of(held.get("deviceName")).casefold())
    return found


async def find(tenant: Tenant, text: str) -> Found:
    """The computers with every typed word in name, model, serial number or user; all without a word."""
    words = text.casefold().split()
    fitting = [
        held
        for held in await computers(tenant)
        if all(word in " ".join(map(str, held.values())).casefold() for word in words)
    ]
    more = len(fitting) - _MOST
    told = f"{more:,} more: type more of the name" if more > 0 else ""
    return Found(tuple(map(_choice, fitting[:_MOST])), told)


def _choice(held: Mapping[str, Json]) -> Recipient:
    identity = str(held["id"])
    whose = held.get("userDisplayName") or held.get("userPrincipalName")
    about = (whose, held.get("model"), held.get("serialNumber"))
    name = text_of(held.get("deviceName")) or identity
    return Recipient(identity, name, " · ".join(filter(None, map(text_of, about))), "device")


async def _known(user: User, tenant: Tenant, answer: dict[str, Json]) -> dict[str, Json]:
    """The choice with the present primary user, which only the beta knows. Raises `RollcallError`."""
    (said,) = await tenant.ask([users_of(str(answer["id"]))])
    people = said.body.get("value") if said.ok and isinstance(said.body, dict) else None
    if not isinstance(people, list):
        raise RollcallError(
            f"Intune does not tell who is the primary user of {answer['name']} now "
            f"({said.message or said.status}): choose it again.",
            request_id=said.request_id,
        )
    former = people[0] if people else {}
    identity = text_of(former.get("id")).lower()
    if identity == user.id:
        raise InvalidInput(f"{user.name} is the primary user of {answer['name']} already.")
    name = text_of(former.get("displayName") or former.get("userPrincipalName")) or identity
    return {**answer, _FORMER: identity, _FORMER_NAME: name}


def _set(device: Mapping[str, Json], before: str | None, after: str | None, title: str) -> Operation:
    path = f"/deviceManagement/managedDevices/{segment(device['id'])}/users/$ref"
    if after:
        body = {"@odata.id": f"{GRAPH_HOST}/beta/users/{segment(after)}"}
        request = Request(Service.GRAPH_BETA, "POST", path, body=body)
        shell: dict[str, Json] = {"Method": "POST", "Uri": f"/beta{path}", "Body": body}
    else:
        request = Request(Service.GRAPH_BETA, "DELETE", path)
        shell = {"Method": "DELETE", "Uri": f"/beta{path}"}
    return Operation(
        title=title,
        target=str(device["name"]),
        request=request,
        serial=f"device:{device['id']}",
        powershell=powershell.line("Invoke-MgGraphRequest", shell),
        before={"primaryUser": before},
        after={"primaryUser": after},
        look=Look(users_of(str(device["id"])), (HasValue("primaryUser", ("value", "0", "id")),)),
    )


ACTION = Action(
    id="assign-devices",
    title="Assign devices",
    about="Makes the user the primary user of a computer that Intune manages.",
    ask=ask,
    plan=plan,
    fits=fits,
)
