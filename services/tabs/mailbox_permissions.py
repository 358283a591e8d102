"""Mailbox permissions: who has full access to a user's mailbox, sends as it, or sends on its behalf."""

from collections.abc import AsyncIterator, Mapping

import msgspec

from services import delegates, powershell
from services.action import Action, Answers, Form, Question, RecipientKind, one_record
from services.columns import Column
from services.delegates import TITLES, Grant, Right
from services.errors import InvalidInput
from services.operation import Already, HasMember, Json, Look, Operation
from services.record import Record, facts_of
from services.tabs.fields import SYNCED
from services.tabs.mailbox_holders import Holder, held_on
from services.tabs.tab import Ground, Page, RecordTab, needs_exchange
from services.tabs.trustees import Trustee, complete
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User

COLUMNS = (
    Column("name", "Name", least=18),
    Column("permissions", "Permissions", least=36),
    Column("address", "Address", least=20),
    Column("kind", "Kind", width=12, wide=True),
)
OTHERS = "other-rights"
_ABOUT = {
    Right.FULL_ACCESS: "opens it like its owner, sends nothing",
    Right.SEND_AS: "mail looks as if sent by the mailbox",
    Right.ON_BEHALF: "mail says on whose behalf",
}


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """Everybody who holds anything, live. Raises `RollcallError`."""
    held = await held_on(tenant, user)
    yield Page([_record(holder, held.synced) for holder in held.holders], replace=True)


def _words(holder: Holder) -> str:
    return ", ".join((*(title for right, title in TITLES.items() if right in holder.rights), *holder.others))


def _record(holder: Holder, synced: bool) -> Record:
    who = holder.who
    address = who.address if who.address != who.name else ""
    details = [("Name", who.name), ("Address", address), ("Kind", who.kind), ("Permissions", _words(holder))]
    if who.lock:
        details.append(("Cannot be changed", who.lock))
    facts = {
        **msgspec.structs.asdict(who),
        "rights": ",".join(right for right in TITLES if right in holder.rights),
        "others": ",".join(holder.others),
        "synced": "yes" if synced else "",
    }
    words = _words(holder)
    return Record(who.key, (who.name, words, address, who.kind), tuple(details), facts)


# Actions.


def _unlocked(tenant: Tenant, user: User, record: Record | None) -> str:
    return one_record(tenant, user, record) or (record.facts["lock"] if record else "")


def _choices(synced: bool) -> tuple[tuple[str, str], ...]:
    rights = [right for right in TITLES if not (synced and right is Right.ON_BEHALF)]
    width = max(len(title) for title in TITLES.values())
    return tuple((right.value, f"{TITLES[right]:{width}}  {_ABOUT[right]}") for right in rights)


def _told(user: User, synced: bool, *more: str) -> tuple[str, ...]:
    return (
        f"On the mailbox of {user.name}  {user.upn}",
        *([f"Who sends on behalf is {SYNCED[0].lower()}{SYNCED[1:]}."] if synced else []),
        *more,
    )


_MAPPED = Question(
    id="mapped",
    title="Automapping",
    kind="flag",
    value=True,
    about="With full access: Outlook opens the mailbox by itself (not for the members of a group).",
)


async def _ask_add(tenant: Tenant, user: User, record: Record | None) -> Form:
    held = await held_on(tenant, user)
    who = Question(
        id="who",
        title="Who",
        kind="recipient",
        about="A user or a mail-enabled security group: type part of the name or address.",
        recipients=(RecipientKind.USER, RecipientKind.MAIL_SECURITY_GROUP),
        complete=complete,
    )
    rights = Question(id="rights", title="Permissions", kind="choices", choices=_choices(held.synced))
    facts = {holder.who.key: sorted(holder.rights) for holder in held.holders if holder.who.id}
    return Form(
        title="Add mailbox permissions",
        questions=(who, rights, _MAPPED),
        told=_told(user, held.synced),
        facts={"held": facts},
    )


def _plan_add(user: User, form: Form, answers: Answers) -> list[Operation]:
    who = answers["who"]
    if who is None:
        raise InvalidInput("Choose who gets the permissions.")
    if who["id"].lower() == user.id.lower():
        raise InvalidInput("This is the mailbox of that user: choose somebody else.")
    if not answers["rights"]:
        raise InvalidInput("Choose at least one permission.")
    has = form.facts["held"].get(who["id"].lower(), ())
    wanted = [Right(right) for right in answers["rights"] if right not in has]
    if not wanted:
        raise InvalidInput(f"{who['name']} holds that already.")
    trustee = Trustee(who["id"], who["name"], who["address"], who["kind"], who["recipient"])
    return [_operation(user, trustee, right, True, answers["mapped"]) for right in wanted]


async def _ask_edit(tenant: Tenant, user: User, record: Record | None) -> Form:
    facts = facts_of(record)
    rights = facts["rights"].split(",") if facts["rights"] else []
    kept = facts["others"].replace(",", ", ")
    more = [f"Of other rights, these stay as they are: {kept}"] if kept else []
    question = Question(
        id="rights",
        title="Permissions",
        kind="choices",
        value=rights,
        choices=_choices(bool(facts["synced"])),
    )
    return Form(
        title=f"Edit mailbox permissions: {facts['name']}",
        questions=(question, *([_MAPPED] if Right.FULL_ACCESS not in rights else [])),
        told=_told(user, bool(facts["synced"]), *more),
        facts=dict(facts),
    )


def _plan_edit(user: User, form: Form, answers: Answers) -> list[Operation]:
    facts = form.facts
    before = set(facts["rights"].split(",")) & {value for value, _ in form.questions[0].choices}
    after = set(answers["rights"])
    if before == after:
        raise InvalidInput("Tick what is to be held, clear what is not.")
    changed = [right for right in TITLES if (right in before) is not (right in after)]
    mapped = bool(answers.get("mapped", True))
    return [_operation(user, _trustee(facts), right, right in after, mapped) for right in changed]


async def _ask_remove(tenant: Tenant, user: User, record: Record | None) -> Form:
    facts = facts_of(record)
    address = facts["address"] if facts["address"] != facts["name"] else facts["kind"]
    return Form(
        title="Remove mailbox permissions",
        told=(f"{facts['name']}  {address}", *_told(user, _stays(facts))),
        save="Remove",
        danger=True,
        facts=dict(facts),
    )


def _plan_remove(user: User, form: Form, answers: Answers) -> list[Operation]:
    facts, who = form.facts, _trustee(form.facts)
    gone = [Right(right) for right in facts["rights"].split(",") if right]
    if _stays(facts):
        gone.remove(Right.ON_BEHALF)
    operations = [_operation(user, who, right, False) for right in gone]
    others = tuple(right for right in facts["others"].split(",") if right)
    return [*operations, *([_others(user, who, others)] if others else [])]


def _stays(facts: Mapping[str, Json]) -> bool:
    """Whether there is something that only Active Directory can take away."""
    return bool(facts["synced"]) and Right.ON_BEHALF in facts["rights"].split(",")


def _trustee(facts: Mapping[str, Json]) -> Trustee:
    return msgspec.convert({name: facts[name] for name in Trustee.__struct_fields__}, Trustee)


def _target(user: User, who: Trustee) -> str:
    return f"{who.name} on the mailbox of {user.name}"


def _operation(user: User, who: Trustee, right: Right, adds: bool, mapped: bool = True) -> Operation:
    ids = tuple(name for name in (who.id, who.recipient) if name)
    given = Grant(right, user.id, who.address, _target(user, who), ids, mapped, user.upn)
    return delegates.grant(given, adds)


def _others(user: User, who: Trustee, rights: tuple[str, ...]) -> Operation:
    """Takes away the rights that have no name on the page."""
    one = _other_way(user, who, rights, adds=False)
    return msgspec.structs.replace(one, inverse=_other_way(user, who, rights, adds=True))


def _other_way(user: User, who: Trustee, rights: tuple[str, ...], *, adds: bool) -> Operation:
    name = f"{'Add' if adds else 'Remove'}-MailboxPermission"
    more = {"InheritanceType": "All", "AutoMapping": False} if adds else {}
    parameters = {
        "Identity": user.id, "User": who.address, "AccessRights": list(rights), **more, "Confirm": False,
    }  # fmt: skip
    request = cmdlet(
        "Get-MailboxPermission",
        {"Identity": user.id, "User": who.address},
        select=("User", "AccessRights", "IsInherited", "Deny"),
    )
    where = (("Deny", "false"), ("IsInherited", "false"))
    return Operation(
        title=f"{'Add' if adds else 'Remove'} {', '.join(rights)}",
        target=_target(user, who),
        request=cmdlet(name, parameters, anchor=f"UPN:{user.upn}"),
        serial=f"mailbox:{user.id}",
        powershell=powershell.line(name, parameters, ("AutoMapping",)),
        before={OTHERS: not adds},
        after={OTHERS: adds},
        look=Look(request, (HasMember(OTHERS, rights, ("AccessRights",), where=where),)),
        already=(Already(200, "access control entry is already present"),) if adds else (),
    )


TAB = RecordTab(
    id="mailbox-permissions",
    title="Mailbox permissions",
    about="Who has full access to this mailbox, sends as it, or sends on its behalf.",
    columns=COLUMNS,
    load=load,
    empty="Nobody but its owner has a permission on this mailbox",
    actions=(
        Action(
            id="add-mailbox-permissions",
            title="Add",
            about="Gives a user or a mail-enabled security group permissions on this mailbox.",
            ask=_ask_add,
            plan=_plan_add,
            key="insert,plus",
        ),
        Action(
            id="edit-mailbox-permissions",
            title="Edit",
            about="Changes which of the three permissions somebody holds.",
            ask=_ask_edit,
            plan=_plan_edit,
            fits=_unlocked,
            key="enter,E",
        ),
        Action(
            id="remove-mailbox-permissions",
            title="Remove",
            about="Takes all permissions on this mailbox from somebody.",
            ask=_ask_remove,
            plan=_plan_remove,
            fits=_unlocked,
            key="delete,minus",
        ),
    ),
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
