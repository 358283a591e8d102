"""Distribution and mail-enabled security groups: reading them, and the only way to write their members."""

from typing import Any

from services.sandbox import audit_trail
from services.sandbox.answers import DECODE, Json
from services.sandbox.cmdlets.addressing import is_exchange_group, limited, recipient
from services.sandbox.cmdlets.binding import confirmed, refuse_unserved
from services.sandbox.cmdlets.recipients import recipient_row
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet, missing
from services.sandbox.store import MEMBER, OWNER, Store, Thing

_GROUPS = "type='group' AND unified=0"
_TASKS = "Microsoft.Exchange.Management.Tasks"


@cmdlet("Get-DistributionGroup")
def get_group(store: Store, parameters: Parameters) -> Outcome:
    """One group, or all."""
    refuse_unserved(parameters, {"Identity", "ResultSize", "RecipientTypeDetails"})
    if parameters.get("Identity") is not None:
        found = _group(store, parameters)
        return Outcome([_row(store, found.seq, found.id, found.read())])
    sql = (
        "SELECT seq, id, doc FROM objects JOIN docs USING (seq) "  # noqa: S608 - our own condition
        f"WHERE deleted=0 AND mailed=1 AND {_GROUPS} ORDER BY name"
    )
    rows = [_row(store, seq, identity, DECODE(doc)) for seq, identity, doc in store.db.execute(sql)]
    wanted = parameters.get("RecipientTypeDetails")
    if wanted is not None:
        kinds = {str(w).lower() for w in (wanted if isinstance(wanted, list) else [wanted])}
        rows = [r for r in rows if r["RecipientTypeDetails"].lower() in kinds]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Get-DistributionGroupMember")
def get_members(store: Store, parameters: Parameters) -> Outcome:
    """The direct members, as Exchange itself knows them at this moment."""
    refuse_unserved(parameters, {"Identity", "ResultSize"})
    group = _group(store, parameters)
    sql = (
        "SELECT o.id, d.doc FROM links l JOIN objects o ON o.seq=l.target JOIN docs d ON d.seq=o.seq "
        "WHERE l.rel=? AND l.source=? AND o.deleted=0 ORDER BY o.name"
    )
    rows = [
        recipient_row(identity, DECODE(doc)) for identity, doc in store.db.execute(sql, (MEMBER, group.seq))
    ]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Add-DistributionGroupMember")
def add_member(store: Store, parameters: Parameters) -> Outcome:
    """Adds one member; one who is there already is an error."""
    group, member = _both(store, parameters)
    if store.linked(MEMBER, group.seq, member.seq):
        raise CmdletError(
            400,
            f"{_TASKS}.MemberAlreadyExistsException",
            f'The recipient "{_name(member)}" is already a member of the group "{_name(group)}".',
        )
    store.link(MEMBER, group.seq, member.seq)
    store.visibility.wrote_in_exchange((MEMBER, group.seq, member.seq), before=False)
    _audit(store, "Add member to group", "Assign", group, member)
    return Outcome()


@cmdlet("Remove-DistributionGroupMember")
def remove_member(store: Store, parameters: Parameters) -> Outcome:
    """Removes one member; asks for confirmation unless told not to, which nobody can answer here."""
    confirmed(parameters)
    group, member = _both(store, parameters)
    if not store.linked(MEMBER, group.seq, member.seq):
        raise CmdletError(
            400,
            f"{_TASKS}.MemberNotFoundException",
            f'The recipient "{_name(member)}" isn\'t a member of the group "{_name(group)}".',
        )
    store.unlink(MEMBER, group.seq, member.seq)
    store.visibility.wrote_in_exchange((MEMBER, group.seq, member.seq), before=True)
    _audit(store, "Remove member from group", "Unassign", group, member)
    return Outcome()


def _group(store: Store, parameters: Parameters) -> Thing:
    return recipient(store, parameters["Identity"], _GROUPS)


def _both(store: Store, parameters: Parameters) -> tuple[Thing, Thing]:
    """The group, which must be writable here, and the member."""
    refuse_unserved(parameters, {"Identity", "Member", "BypassSecurityGroupManagerCheck", "Confirm"})
    if not parameters.get("Member"):
        raise CmdletError(
            400,
            "System.Management.Automation.ParameterBindingException",
            "Cannot process command because of one or more missing mandatory parameters: Member.",
        )
    group = _group(store, parameters)
    document = group.read()
    if document.get("onPremisesSyncEnabled") is True:
        raise CmdletError(
            400,
            "Microsoft.Exchange.Configuration.Tasks.OutOfScopeException",
            f"The operation on the group \"{_name(group)}\" failed because it's out of the current user's "
            "write scope. "
            "The action can't be performed on the object because the object is being synchronized from your "
            "on-premises organization. This action should be performed on the object in your on-premises "
            "organization.",
        )
    if not parameters.get("BypassSecurityGroupManagerCheck") and not _manages(store, group):
        raise CmdletError(
            403,
            "Microsoft.Exchange.Management.RecipientTasks.OperationRequiresGroupManagerException",
            "You don't have sufficient permissions. This operation can only be performed by a manager of the "
            "group.",
        )
    member = recipient(store, parameters["Member"])
    if member.seq == group.seq or (member.type == "group" and not is_exchange_group(member.read())):
        raise missing(str(parameters["Member"]))
    return group, member


def _manages(store: Store, group: Thing) -> bool:
    admin = store.find(store.fact("admin_id"), "user")
    return admin is not None and store.linked(OWNER, group.seq, admin.seq)


def _row(store: Store, seq: int, identity: str, document: dict[str, Json]) -> dict[str, Any]:
    security = bool(document.get("securityEnabled"))
    return {
        **recipient_row(identity, document),
        "GroupType": "Universal, SecurityEnabled" if security else "Universal",
        "Description": [document["description"]] if document.get("description") else [],
        "HiddenFromAddressListsEnabled": False,
        "MemberJoinRestriction": "Closed",
        "MemberDepartRestriction": "Closed" if security else "Open",
        "ManagedBy": _managers(store, seq),
    }


def _managers(store: Store, seq: int) -> list[str]:
    sql = "SELECT o.id FROM links l JOIN objects o ON o.seq=l.target WHERE l.rel=? AND l.source=?"
    return [row[0] for row in store.db.execute(sql, (OWNER, seq))]


def _name(thing: Thing) -> str:
    return str(thing.read()["displayName"])


def _audit(store: Store, activity: str, operation: str, group: Thing, member: Thing) -> None:
    values: list[tuple[str, Json]] = [("Group.ObjectID", group.id), ("Group.DisplayName", _name(group))]
    changes = [(n, None, v) if operation == "Assign" else (n, v, None) for n, v in values]
    targets = [audit_trail.target(member, changes), audit_trail.target(group)]
    audit_trail.write(store, activity, "GroupManagement", operation, targets)
