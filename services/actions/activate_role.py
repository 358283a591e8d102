"""Activate a role: the operator takes a directory role that PIM has ready for them, for some hours, with a reason."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from services import powershell
from services.action import Action, Answers, Form, Question
from services.directory_roles import ROOT, WHOLE
from services.errors import InvalidInput
from services.operation import Already, HasMember, Json, Look, Operation, Request, Service
from services.own_roles import OWN, Eligible, Own, OwnRoles
from services.record import Record
from services.tenant import Tenant
from services.transport.urls import odata_string
from services.user import User

ID = "activate-role"
TITLE = "Activate a role"

ROLE, LENGTH, WHY, TICKET, SYSTEM = "role", "length", "justification", "ticket", "system"
NOW, POLICIES, ROLES = "now", "policies", "names"
"""Facts of the form: when it was opened, what each role's policy asks for, what each role is called."""

_LENGTHS = (30, 60, 120, 240, 480, 720, 1440)
"""Minutes that are offered."""

_USUAL, _UNKNOWN_MOST = 60, 480
"""Minutes: what is chosen before anybody chooses, and the most where no policy says."""

_BETWEEN = "\x1f"
_POLICIES = "/policies/roleManagementPolicyAssignments"
_RULE = "EndUser_Assignment"


class Policy(msgspec.Struct, frozen=True):
    """What a role's policy asks of who activates it; `most` are minutes."""

    most: int = _UNKNOWN_MOST
    ticket: bool = False
    approval: bool = False


def offered(roles: OwnRoles) -> Action:
    """The action for the operator whose roles these are."""

    async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
        own, now = await roles.learn(fresh=True), tenant.clock.now()
        choices = [each for each in own.eligible if not _is_active(own, each, now)]
        if own.trouble or not choices:
            raise InvalidInput(own.trouble or _nothing(own, now))
        return _form(own, choices, await _policies(tenant, choices), now)

    return Action(
        id=ID,
        title=TITLE,
        about="Takes a directory role for some hours, where PIM has it ready for you.",
        ask=ask,
        plan=plan,
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One request; a second one while the role is active, or waits for approval, changes nothing."""
    role, _, scope = str(answers.get(ROLE) or "").partition(_BETWEEN)
    if not role:
        raise InvalidInput("Choose a role.")
    name = str(form.facts[ROLES][role])
    policy = msgspec.convert(form.facts[POLICIES].get(role) or {}, Policy)
    wanted = int(answers.get(LENGTH) or _USUAL)
    if wanted > policy.most:
        raise InvalidInput(
            f"{name} may be active for {length(policy.most)} at most: choose a shorter duration."
        )
    why, ticket = str(answers.get(WHY) or "").strip(), str(answers.get(TICKET) or "").strip()
    if not why:
        raise InvalidInput("Say why you need the role: it is kept in the tenant's audit.")
    if policy.ticket and not ticket:
        raise InvalidInput(f"The policy of {name} wants the number of a ticket.")
    system = str(answers.get(SYSTEM) or "").strip()
    tickets = {"ticketNumber": ticket, **({"ticketSystem": system} if system else {})} if ticket else {}
    body = {
        "action": "selfActivate",
        "principalId": user.id,
        "roleDefinitionId": role,
        "directoryScopeId": scope or WHOLE,
        "justification": why,
        "scheduleInfo": {
            "startDateTime": form.facts[NOW],
            "expiration": {"type": "afterDuration", "duration": _iso(wanted)},
        },
        **({"ticketInfo": tickets} if tickets else {}),
    }
    return [_operation(name, wanted, body, approval=policy.approval)]


def length(time: int) -> str:
    """So many minutes as a person says it."""
    if time < 60:
        return f"{time} minutes"
    hours = f"{time / 60:g}"
    return "1 hour" if hours == "1" else f"{hours} hours"


def minutes(period: str) -> int:
    """The minutes of a duration of ISO 8601; 0 for what is none."""
    try:
        return int(msgspec.convert(period, timedelta).total_seconds() // 60)
    except msgspec.ValidationError:
        return 0


def _operation(name: str, time: int, body: dict[str, Json], *, approval: bool) -> Operation:
    role, scope = str(body["roleDefinitionId"]), str(body["directoryScopeId"])
    active = Request(Service.GRAPH, path=f"{ROOT}/roleAssignmentScheduleInstances/{OWN}")
    found = HasMember("active", (role,), ("roleDefinitionId",), where=(("directoryScopeId", scope),))
    given = _request(
        "Ask for the activation of a role" if approval else TITLE, f"{name} for {length(time)}", body
    )
    taken = _request("Deactivate a role", name, {**_same(body), "action": "selfDeactivate"})
    look = Look(active, (found,))
    gone = (Already(400, "RoleAssignmentDoesNotExist"),)
    inverse = msgspec.structs.replace(
        taken, before={"active": True}, after={"active": False}, look=look, already=gone
    )
    return msgspec.structs.replace(
        given, before={"active": False}, after={"active": True}, look=look, inverse=inverse
    )


def _same(body: dict[str, Json]) -> dict[str, Json]:
    """What every request about this role of this person says."""
    return {name: body[name] for name in ("principalId", "roleDefinitionId", "directoryScopeId")}


def _request(title: str, target: str, body: dict[str, Json]) -> Operation:
    return Operation(
        title=title,
        target=target,
        request=Request(Service.GRAPH, "POST", f"{ROOT}/roleAssignmentScheduleRequests", body=body),
        serial=f"own-role:{body['principalId']}:{body['roleDefinitionId']}",
        powershell=powershell.line(
            "New-MgRoleManagementDirectoryRoleAssignmentScheduleRequest", {"BodyParameter": body}
        ),
        doubt="Whether the role is active, the list under Activate a role tells.",
        part=ID,
    )


def _form(own: Own, choices: Sequence[Eligible], policies: Mapping[str, Policy], now: datetime) -> Form:
    tickets = [own.name(each.role) for each in choices if _of(policies, each).ticket]
    approvals = [own.name(each.role) for each in choices if _of(policies, each).approval]
    most = max(_of(policies, each).most for each in choices)
    lengths = [time for time in _LENGTHS if time <= most] or [most]
    return Form(
        title=TITLE,
        told=(f"{', '.join(approvals)}: to be approved by somebody first.",) if approvals else (),
        questions=(
            Question(
                id=ROLE,
                title="Role",
                kind="choice",
                choices=tuple((f"{each.role}{_BETWEEN}{each.scope}", _named(own, each)) for each in choices),
                value=f"{choices[0].role}{_BETWEEN}{choices[0].scope}" if len(choices) == 1 else None,
            ),
            Question(
                id=LENGTH,
                title="For",
                kind="choice",
                choices=tuple((str(time), length(time)) for time in lengths),
                value=str(_USUAL if _USUAL in lengths else lengths[0]),
            ),
            Question(id=WHY, title="Justification", about="Kept in the tenant's audit, for whoever looks"),
            Question(
                id=TICKET,
                title="Ticket",
                about=f"Needed for {', '.join(tickets)}" if tickets else "Where there is one",
            ),
            Question(id=SYSTEM, title="Ticket system", about="Where there is one"),
        ),
        save="Activate",
        facts={
            NOW: now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            POLICIES: {role: msgspec.to_builtins(policy) for role, policy in policies.items()},
            ROLES: {each.role: own.name(each.role) for each in choices},
        },
    )


def _of(policies: Mapping[str, Policy], each: Eligible) -> Policy:
    return policies.get(each.role, Policy())


def _named(own: Own, each: Eligible) -> str:
    return (
        own.name(each.role) if each.scope == WHOLE else f"{own.name(each.role)} (in a part of the directory)"
    )


def _is_active(own: Own, each: Eligible, now: datetime) -> bool:
    return any((held.role, held.scope) == (each.role, each.scope) and held.active(now) for held in own.held)


def _nothing(own: Own, now: datetime) -> str:
    if not own.eligible:
        return "PIM has no role ready for you to activate. Who administers PIM makes you eligible for one."
    first = own.windows[0] if own.windows else None
    until = f" until {first.until.astimezone():%H:%M}" if first is not None and first.until else ""
    return f"Every role that you may activate is active already{until}. It can be activated again when it has ended."


async def _policies(tenant: Tenant, choices: Sequence[Eligible]) -> dict[str, Policy]:
    """What the roles' policies ask for, by role; a role whose policy may not be read is left out."""
    wanted = list(dict.fromkeys(each.role for each in choices))
    answers = await tenant.ask([_policy_of(role) for role in wanted])
    found = {}
    for role, answer in zip(wanted, answers, strict=True):
        rules = _rules(answer.body) if answer.ok else {}
        if rules:
            found[role] = _policy(rules)
    return found


def _policy_of(role: str) -> Request:
    condition = (
        f"scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{odata_string(role)}'"
    )
    query = (("$filter", condition), ("$expand", "policy($expand=rules)"))
    return Request(Service.GRAPH, path=_POLICIES, query=query)


def _rules(body: Json) -> dict[str, dict[str, Json]]:
    """The rules for who activates it themself, by what they are about."""
    assigned = body.get("value") if isinstance(body, dict) else None
    policy = assigned[0].get("policy") if isinstance(assigned, list) and assigned else None
    rules = policy.get("rules") if isinstance(policy, dict) else None
    return {
        str(rule.get("id")).removesuffix(f"_{_RULE}"): rule
        for rule in (rules if isinstance(rules, list) else ())
        if isinstance(rule, dict) and str(rule.get("id")).endswith(_RULE)
    }


def _policy(rules: Mapping[str, dict[str, Json]]) -> Policy:
    setting = rules.get("Approval", {}).get("setting")
    return Policy(
        most=minutes(str(rules.get("Expiration", {}).get("maximumDuration"))) or _UNKNOWN_MOST,
        ticket="Ticketing" in (rules.get("Enablement", {}).get("enabledRules") or ()),
        approval=isinstance(setting, dict) and setting.get("isApprovalRequired") is True,
    )


def _iso(time: int) -> str:
    hours, rest = divmod(time, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
