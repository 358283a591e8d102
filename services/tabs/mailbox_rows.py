"""The rows that the tabs of shared, room and equipment mailboxes share: what one user may do on each."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

import msgspec

from services import delegates, exchange_names
from services.columns import Column
from services.delegates import RECIPIENT, SEPARATOR, TITLES, Right
from services.errors import NotFound, NotPermitted, Rejected
from services.exchange_values import listed, several
from services.jobs.sight import seen
from services.operation import Answer, Json
from services.tabs import mailbox_page
from services.tabs.fields import SYNCED, text_of
from services.tabs.tab import Page, Row, Toggle, ToggleTab, needs_exchange
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User

COLUMNS = (
    Column("displayName", "Name", least=20),
    Column("alias", "Alias", least=10, wide=True),
    Column("mail", "Mail", least=20),
    Column("source", "Source", width=8, wide=True),
)
TOGGLES = tuple(Toggle(right.value, title, f"{title.lower()} known in") for right, title in TITLES.items())

_FIELDS = (
    *(
        "ExternalDirectoryObjectId",
        "Guid",
        "DisplayName",
        "Alias",
        "PrimarySmtpAddress",
        "RecipientTypeDetails",
    ),
    *("GrantSendOnBehalfTo", "IsDirSynced"),
)
_NAMES_LOOKED_UP = 50
"""How many mailboxes that Exchange names in its older ways are looked up one by one."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LATER = (0, 404, 408, 429, 500, 502, 503, 504)

Load: TypeAlias = Callable[[Tenant, User], AsyncIterator[Page]]


class Held(msgspec.Struct, frozen=True):
    """What is known of the user before any mailbox is: its names in Exchange, and where it may send as.

    `send_as` holds ids in lower case; `sure` means that a mailbox that is not among them is none of them.
    """

    names: tuple[str, ...]
    send_as: frozenset[str]
    sure: bool


def tab(id_: str, title: str, about: str, kind: str) -> ToggleTab:
    """The tab of the mailboxes of one `RecipientTypeDetails`."""
    return ToggleTab(
        id=id_,
        title=title,
        about=about,
        toggles=TOGGLES,
        columns=COLUMNS,
        load=_loader(kind),
        plan=delegates.operations,
        resolve=resolve,
        visible=needs_exchange,
        opens=mailbox_page.opener(kind, [column.id for column in COLUMNS].index("mail")),
        export=True,
    )


def _loader(kind: str) -> Load:
    async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
        """The mailboxes as they arrive; who has full access is found by `resolve`, for the rows on screen."""
        holding = asyncio.ensure_future(_held(tenant, user))
        parameters = {"RecipientTypeDetails": [kind], "ResultSize": "Unlimited"}
        first = True
        try:
            async for found in tenant.pages(cmdlet("Get-Mailbox", parameters, select=_FIELDS)):
                held = await holding
                yield Page([_row(mailbox, user, held) for mailbox in found], replace=first)
                first = False
        finally:
            holding.cancel()

    return load


async def resolve(tenant: Tenant, user: User, rows: Sequence[Row]) -> list[Row]:
    """The same rows with what was unknown; Exchange has no list of what a user may open.

    A switch that Exchange refuses to show is locked with its words; those of other cmdlets are told all the same.
    """
    wanted = [(n, number) for n, row in enumerate(rows) for number, on in enumerate(row.on) if on is None]
    found = list(rows)
    looks = [
        delegates.look(Right(TOGGLES[t].id), rows[n].key, user.id, user.upn, rows[n].facts.get(RECIPIENT, ""))
        for n, t in wanted
    ]
    answers = await tenant.ask([look.request for look in looks])
    for (n, t), look, answer in zip(wanted, looks, answers, strict=True):
        if not answer.ok and answer.status not in _LATER:
            found[n] = _unshown(found[n], t, answer)
        elif isinstance(on := seen(look, answer).get(TOGGLES[t].id), bool):
            switches = (*found[n].on[:t], on, *found[n].on[t + 1 :])
            found[n] = msgspec.structs.replace(found[n], on=switches)
    return found


def _unshown(row: Row, toggle: int, answer: Answer) -> Row:
    locks = list(row.locks or ("",) * len(TOGGLES))
    why = f"Exchange does not show who has “{TOGGLES[toggle].title}”: {answer.message or answer.status}"
    locks[toggle] = locks[toggle] or why
    return msgspec.structs.replace(row, locks=tuple(locks))


async def _held(tenant: Tenant, user: User) -> Held:
    names, (send_as, sure) = await asyncio.gather(_names(tenant, user), _send_as(tenant, user))
    return Held(names, send_as, sure)


async def _names(tenant: Tenant, user: User) -> tuple[str, ...]:
    """All that Exchange may call the user where it names others; the display name where it is nobody else's."""
    asked = [name for name in (user.id, user.display_name) if name]
    known = await exchange_names.addresses(tenant, asked)
    mine = known.get(user.id.lower())
    return tuple(name for name, address in known.items() if mine and address == mine)


async def _send_as(tenant: Tenant, user: User) -> tuple[frozenset[str], bool]:
    """Ids of all the user may send as, and whether every one was understood.

    A tenant that refuses to be asked this way is asked mailbox by mailbox, for the rows on screen.
    """
    request = cmdlet(
        "Get-RecipientPermission",
        {"Trustee": user.upn, "ResultSize": "Unlimited"},
        select=("Identity", "Trustee", "AccessRights", "AccessControlType"),
    )
    try:
        entries = (await tenant.read(request))["value"]
    except (NotFound, NotPermitted, Rejected):
        return frozenset(), False
    names = {text_of(e.get("Identity")).rpartition("/")[2] for e in entries if _allows(e)}
    ids = {name.lower() for name in names if _GUID.fullmatch(name)}
    others = sorted(name for name in names if name and name.lower() not in ids)
    sure = len(others) <= _NAMES_LOOKED_UP and "" not in names
    asked = [
        cmdlet("Get-Recipient", {"Identity": name}, select=("ExternalDirectoryObjectId", "Guid"))
        for name in others[:_NAMES_LOOKED_UP]
    ]
    for answer in await tenant.ask(asked):
        known = _ids(answer)
        ids |= known
        sure = sure and bool(known)
    return frozenset(ids), sure


def _allows(entry: dict[str, Json]) -> bool:
    return "SendAs" in listed(entry.get("AccessRights")) and entry.get("AccessControlType") != "Deny"


def _ids(answer: Answer) -> set[str]:
    objects = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(objects, list) or len(objects) != 1:
        return set()
    return {text_of(objects[0].get(key)).lower() for key in ("ExternalDirectoryObjectId", "Guid")} - {""}


def _row(mailbox: dict[str, Json], user: User, held: Held) -> Row:
    ids = [text_of(mailbox.get(key)) for key in ("ExternalDirectoryObjectId", "Guid")]
    key = ids[0] or ids[1]
    name = text_of(mailbox.get("DisplayName")) or key
    synced = bool(mailbox.get("IsDirSynced"))
    sends = any(i.lower() in held.send_as for i in ids if i) or (False if held.sure else None)
    return Row(
        key,
        name,
        (name, text_of(mailbox.get("Alias")), text_of(mailbox.get("PrimarySmtpAddress")),
         "Synced" if synced else "Cloud"),
        (None, sends, _on_behalf(mailbox, user, held)),
        ("", "", SYNCED) if synced else (),
        {RECIPIENT: SEPARATOR.join(held.names)} if held.names else {},
    )  # fmt: skip


def _on_behalf(mailbox: dict[str, Json], user: User, held: Held) -> bool | None:
    if "GrantSendOnBehalfTo" not in mailbox:
        return None
    named = several(mailbox["GrantSendOnBehalfTo"])
    mine = {name.lower() for name in (user.id, user.upn, *held.names)}
    return any({name.lower(), name.rpartition("/")[2].lower()} & mine for name in named)
