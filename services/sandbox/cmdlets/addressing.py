"""Finds recipients the way Exchange does: by id, address, alias or name."""

from collections.abc import Collection

from services.sandbox import mailboxes
from services.sandbox.answers import Json
from services.sandbox.cmdlets.registry import CmdletError, missing
from services.sandbox.mailboxes import Mailbox
from services.sandbox.store import Store, Thing

_BY = (
    "SELECT seq, id, type, deleted, doc FROM objects JOIN docs USING (seq) "
    "WHERE deleted=0 AND mail IS NOT NULL AND "
)


def is_exchange_group(document: dict[str, Json]) -> bool:
    """Distribution and mail-enabled security groups."""
    return bool(document.get("mailEnabled")) and "Unified" not in (document.get("groupTypes") or ())


def recipient(store: Store, identity: Json, where: str = "1") -> Thing:
    """The one mail-enabled object that `identity` names; `where` narrows it. Raises CmdletError."""
    text = mailboxes.of_legacy(str(identity)).casefold()
    for condition in ("id=?", "mail=?", "upn=?", "nick=?", "type IN ('user','group') AND name=?"):
        rows = store.db.execute(f"{_BY} {condition} AND {where} LIMIT 2", (text,)).fetchall()
        if len(rows) > 1:
            raise _ambiguous(identity)
        if rows:
            return Thing(*rows[0])
    raise missing(str(identity))


def mailbox(store: Store, identity: Json) -> Mailbox:
    """The one mailbox that `identity` names. Raises CmdletError."""
    found = mailboxes.find(store, identity)
    if len(found) > 1:
        raise _ambiguous(identity)
    if not found:
        raise missing(str(identity))
    return found[0]


def grantee(store: Store, identity: Json) -> Thing:
    """The user or mail-enabled security group that may be given a right. Raises CmdletError."""
    found = recipient(store, identity)
    document = found.read()
    if found.type == "user" or (is_exchange_group(document) and document.get("securityEnabled")):
        return found
    raise CmdletError(
        404,
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
        f"User or group \"{identity}\" wasn't found. Please make sure you've typed it correctly.",
    )


def grantee_id(store: Store, identity: Json, sids: Collection[str]) -> str:
    """The same by its id; of those who are gone only the SID is left, which an entry must bear."""
    text = str(identity)
    return text if text in sids else grantee(store, identity).id


def writable(found: Mailbox, cmdlet: str, names: str) -> None:
    """Raises CmdletError for a mailbox whose settings Active Directory masters."""
    if found.synced:
        raise CmdletError(
            400,
            "Microsoft.Exchange.Configuration.Tasks.OutOfScopeException",
            f'The operation on mailbox "{found.facts["displayName"]}" failed because it\'s out of the current '
            f"user's write scope. The action '{cmdlet}', '{names}', can't be performed on the object because the "
            "object is being synchronized from your on-premises organization. This action should be performed "
            "on the object in your on-premises organization.",
        )


def _ambiguous(identity: Json) -> CmdletError:
    return CmdletError(
        400,
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException",
        f"The operation couldn't be performed because '{identity}' matches multiple entries.",
    )


def limited(rows: list[dict[str, Json]], size: Json) -> tuple[list[dict[str, Json]], list[str]]:
    """As many rows as ResultSize asks for (1000 unasked), and Exchange's warning when there are more."""
    if isinstance(size, str) and size.lower() == "unlimited":
        return rows, []
    try:
        limit = 1000 if size is None else int(size)
    except ValueError:
        raise CmdletError(400, "System.FormatException", f"'{size}' is no ResultSize.") from None
    if len(rows) <= limit:
        return rows, []
    return rows[:limit], ["There are more results available than are currently displayed."]
