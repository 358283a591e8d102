"""Convert to Shared mailbox: the user's mailbox becomes one that others open, and mostly needs no licence."""

from collections.abc import Mapping, Sequence

import msgspec

from services import exchange_values as values
from services import mailboxes, powershell
from services.action import Action, Answers, Form, Question
from services.actions import block_sign_in, holdings, sign_in
from services.errors import InvalidInput
from services.mailboxes import Store
from services.operation import Answer, HasValue, Json, Look, Operation
from services.record import Record
from services.tabs import mail
from services.tabs.fields import text_of
from services.tabs.mailbox_fields import read
from services.tabs.sizes import short_size
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User

MOST = 50 << 30
"""Bytes that a shared mailbox may hold without a licence."""

_USER, _SHARED = "UserMailbox", "SharedMailbox"
_TYPES: Mapping[str, str] = {_SHARED: "Shared", _USER: "Regular"}
"""`RecipientTypeDetails` -> what Set-Mailbox calls it."""

_BLOCK = "block"
_HOLDS = ("InPlaceHolds", "ComplianceTagHoldApplied", "DelayHoldApplied")


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Who has a mailbox that is mastered here; whether it is shared already only Exchange knows."""
    if user.deleted:
        return sign_in.DELETED
    if user.synced:
        return sign_in.SYNCED
    return "" if user.has_exchange else "no Exchange licence"


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """What it holds and what keeps needing a licence, as Exchange counts it now. Raises `RollcallError`."""
    (mailbox,) = await read(tenant, [mailboxes.get(Store.MAILBOX, user.id)])
    kind = text_of(mailbox.get("RecipientTypeDetails"))
    if kind == _SHARED:
        raise InvalidInput("The mailbox is a shared one already: there is nothing to convert.")
    if kind != _USER:
        name = mail.KINDS.get(kind, kind) or "of no kind that Exchange names"
        raise InvalidInput(f"Only a user's mailbox is converted; this one is {name}.")
    if mailbox.get("IsDirSynced") is True:
        raise InvalidInput("The mailbox is synchronised from Active Directory: convert it there.")
    size, holds = await tenant.ask([
        cmdlet("Get-MailboxStatistics", {"Identity": user.id}, select=("TotalItemSize", "ItemCount")),
        cmdlet("Get-Mailbox", {"Identity": user.id}, select=_HOLDS),
    ])  # fmt: skip
    warnings = [*_of_size(size), *_of_archive(mailbox), *_of_holds(mailbox, holds)]
    set_dates, unread = ({}, []) if user.account_enabled is False else await holdings.dates(tenant, user)
    return Form(
        title=f"Convert the mailbox of {user.name} to a shared mailbox?",
        questions=_questions(user),
        told=(
            *_first(user, size),
            *warnings,
            _after(user, bool(warnings)),
            *(f"{each.name} stays: it cannot be read ({each.reason})." for each in unread),
        ),
        save="Convert",
        danger=bool(warnings),
        facts={block_sign_in.DATES: set_dates},
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """The conversion; then, where it is ticked, what Block sign-in does and nothing taken away."""
    blocked = block_sign_in.plan(user, form, {}) if answers.get(_BLOCK) else ()
    return [_both_ways(user), *blocked]


def _both_ways(user: User) -> Operation:
    back = _converted(user, _SHARED, _USER)
    return msgspec.structs.replace(_converted(user, _USER, _SHARED), inverse=back)


def _converted(user: User, before: str, after: str) -> Operation:
    parameters = {"Identity": user.id, "Type": _TYPES[after]}
    return Operation(
        title=f"Convert to {mail.KINDS[after].lower()}",
        target=user.upn,
        request=cmdlet("Set-Mailbox", parameters, anchor=f"UPN:{user.upn}"),
        serial=f"mailbox:{user.id}",
        powershell=powershell.line("Set-Mailbox", parameters),
        before={"RecipientTypeDetails": before},
        after={"RecipientTypeDetails": after},
        look=Look(
            mailboxes.get(Store.MAILBOX, user.id),
            (HasValue("RecipientTypeDetails", ("value", "0", "RecipientTypeDetails")),),
        ),
    )


def _questions(user: User) -> tuple[Question, ...]:
    if user.account_enabled is False:
        return ()
    about = "Ends the sessions and clears Start date and End date, too."
    return (Question(id=_BLOCK, title="Block the sign-in, too", kind="flag", value=False, about=about),)


def _first(user: User, answer: Answer) -> list[str]:
    now = f"{user.upn}: mail and permissions stay as they are."
    bytes_, found = _counted(answer)
    if bytes_ is None:
        return [now]
    items = found.get("ItemCount")
    count = f" in {items:,} items" if isinstance(items, int) else ""
    return [now, f"It holds {short_size(bytes_)}{count}."]


def _of_size(answer: Answer) -> list[str]:
    bytes_, _ = _counted(answer)
    if bytes_ is None:
        told = f" ({answer.message or answer.status})" if not answer.ok else ""
        return [f"Exchange does not tell how full it is{told}: over 50 GB it keeps needing a licence."]
    if bytes_ > MOST:
        return ["! Over 50 GB: without a licence it takes no more mail."]
    return []


def _counted(answer: Answer) -> tuple[int | None, Mapping[str, Json]]:
    """How many bytes the mailbox holds, exactly, and the whole of what was counted."""
    found = _object(answer)
    size = values.size(found["TotalItemSize"]) if found.get("TotalItemSize") is not None else None
    return (size if isinstance(size, int) else None), found


def _of_archive(mailbox: Mapping[str, Json]) -> list[str]:
    if mailbox.get("ArchiveStatus") in (None, "", "None"):
        return []
    return ["! It has an archive, which keeps needing a licence."]


def _of_holds(mailbox: Mapping[str, Json], answer: Answer) -> list[str]:
    found = _object(answer)
    litigation = ["litigation hold"] if mailbox.get("LitigationHoldEnabled") is True else []
    others = ["another hold"] if any(found.get(name) for name in _HOLDS) else []
    if held := " and ".join(litigation + others):
        return [f"! It is on {held}, which keeps needing a licence."]
    return [] if answer.ok else ["Exchange does not tell whether there are other holds than litigation."]


def _object(answer: Answer) -> Mapping[str, Json]:
    """The one object in the answer of a Get- cmdlet; empty where there is none."""
    objects = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    return objects[0] if isinstance(objects, list) and objects and isinstance(objects[0], dict) else {}


def _after(user: User, keeps: bool) -> str:
    licences = "Licences stay" if keeps else "It needs no licence any more: take it away on Licenses"
    if user.account_enabled is False:
        return f"{licences}. The sign-in is blocked already."
    return f"{licences}. The account can still sign in, unless it is blocked."


ACTION = Action(
    id="convert-to-shared",
    title="Convert to Shared mailbox",
    about="Makes the user's mailbox a shared one; tells what keeps needing a licence.",
    ask=ask,
    plan=plan,
    fits=fits,
)
