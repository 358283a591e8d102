"""Group membership as operations: Graph for security and Microsoft 365 groups, Exchange for the mail-enabled."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from services import powershell
from services.errors import InvalidInput
from services.group import FIELDS, GroupKind
from services.operation import Already, HasMember, Look, Operation, Request, Service
from services.transport.exchange import cmdlet
from services.transport.urls import segment
from state.values import Change

KIND = "kind"
"""The fact of a row and of its changes that tells which service writes the group's members."""

GRAPH_HOST = "https://graph.microsoft.com"
"""`@odata.id` names the cloud's Graph host even when the request goes elsewhere (`api-map.md` §2)."""


class Relation(StrEnum):
    """A user's two relations to a group; the value is Graph's navigation property."""

    MEMBER = "members"
    OWNER = "owners"


_ADDED_BEFORE = (
    Already(400, "added object references already exist"),
    Already(400, "removed object references do not exist"),
)

_NAMED_BY = ("ExternalDirectoryObjectId", "PrimarySmtpAddress")
"""By what Exchange tells a member; the directory's id may be missing."""


def reference(group: str, relation: Relation, user: str) -> str:
    """The path of one member reference. Without its `/$ref` a DELETE would delete the user itself."""
    return f"/groups/{segment(group)}/{relation.value}/{segment(user)}/$ref"


def member_of(user: str) -> Look:
    """Every group the user is a direct member of, one read for all of a plan's steps."""
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user)}/memberOf",
        query=(("$select", "id"), ("$top", "999")),
    )
    return Look(request, ())


def group_read(group: str) -> Request:
    """The read of what decides who may write one group's members."""
    return Request(Service.GRAPH, path=f"/groups/{segment(group)}", query=(("$select", FIELDS),))


def in_graph(change: Change, relation: Relation) -> Operation:
    """Membership or ownership of a security or Microsoft 365 group (`api-map.md` §3.4)."""
    return _with_inverse(_graph, change, relation)


def in_exchange(change: Change) -> Operation:
    """Membership of a distribution or mail-enabled security group (`api-map.md` §3.4)."""
    return _with_inverse(_exchange, change, Relation.MEMBER)


def by_kind(change: Change) -> Operation:
    """Membership by the path of the group's kind. Raises `InvalidInput` when the facts do not tell the kind."""
    try:
        kind = GroupKind(change.facts.get(KIND, ""))
    except ValueError:
        raise InvalidInput(f"What kind of group {change.row_name} is was not kept: stage it again.") from None
    return in_exchange(change) if kind.in_exchange else in_graph(change, Relation.MEMBER)


def _with_inverse(
    build: Callable[[Change, Relation], Operation], change: Change, relation: Relation
) -> Operation:
    back = msgspec.structs.replace(change, before=change.after, after=change.before)
    return msgspec.structs.replace(
        build(change, relation), inverse=build(back, relation), changes=(change.key,)
    )


def _graph(change: Change, relation: Relation) -> Operation:
    group, user, adds = change.row, change.user, bool(change.after)
    noun = "Member" if relation is Relation.MEMBER else "Owner"
    if adds:
        request = Request(
            Service.GRAPH,
            "POST",
            f"/groups/{segment(group)}/{relation.value}/$ref",
            body={"@odata.id": f"{GRAPH_HOST}/v1.0/directoryObjects/{user}"},
        )
        shell = powershell.line(f"New-MgGroup{noun}", {"GroupId": group, "DirectoryObjectId": user})
    else:
        request = Request(Service.GRAPH, "DELETE", reference(group, relation, user))
        shell = powershell.line(
            f"Remove-MgGroup{noun}DirectoryObjectByRef", {"GroupId": group, "DirectoryObjectId": user}
        )
    return Operation(
        title=f"{'Add' if adds else 'Remove'} {noun.lower()}",
        target=change.row_name,
        request=request,
        serial=f"group:{group}",
        powershell=shell,
        before={change.field: change.before},
        after={change.field: change.after},
        look=_graph_look(change, relation),
        already=_ADDED_BEFORE if adds else (*_ADDED_BEFORE, Already(404)),
    )


def _graph_look(change: Change, relation: Relation) -> Look:
    if relation is Relation.MEMBER:
        return Look(member_of(change.user).request, (HasMember(change.field, (change.row,)),))
    request = Request(
        Service.GRAPH,
        path=f"/groups/{segment(change.row)}/owners",
        query=(("$select", "id"), ("$top", "999")),
    )
    return Look(request, (HasMember(change.field, (change.user,)),))


def _exchange(change: Change, relation: Relation) -> Operation:
    adds = bool(change.after)
    parameters = {"Identity": change.row, "Member": change.user_name, "BypassSecurityGroupManagerCheck": True}
    if not adds:
        parameters["Confirm"] = False
    name = f"{'Add' if adds else 'Remove'}-DistributionGroupMember"
    look = cmdlet(
        "Get-DistributionGroupMember",
        {"Identity": change.row, "ResultSize": "Unlimited"},
        select=("ExternalDirectoryObjectId", "PrimarySmtpAddress"),
    )
    return Operation(
        title="Add member" if adds else "Remove member",
        target=change.row_name,
        request=cmdlet(name, parameters),
        serial=f"group:{change.row}",
        powershell=powershell.line(name, parameters),
        before={change.field: change.before},
        after={change.field: change.after},
        look=Look(look, (HasMember(change.field, (change.user, change.user_name), _NAMED_BY),)),
        already=(Already(0, "MemberAlreadyExistsException"),)
        if adds
        else (Already(0, "MemberNotFoundException"),),
    )
