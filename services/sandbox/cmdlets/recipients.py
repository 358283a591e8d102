"""Get-Recipient and Get-User: who can be reached by mail, and as what."""

from typing import Any

from services.sandbox import mailboxes
from services.sandbox.answers import DECODE, Json
from services.sandbox.cmdlets.addressing import is_exchange_group, limited, recipient
from services.sandbox.cmdlets.binding import refuse_unserved
from services.sandbox.cmdlets.registry import Outcome, Parameters, cmdlet, missing
from services.sandbox.mailboxes import Mailbox
from services.sandbox.store import Store, Thing


@cmdlet("Get-Recipient")
def get_recipient(store: Store, parameters: Parameters) -> Outcome:
    """One recipient, or all; resource mailboxes, and the kinds of converted ones, only one by one."""
    identity = parameters.get("Identity")
    for found in mailboxes.find(store, identity) if identity is not None else ():
        if found.kind != "UserMailbox":
            return Outcome([mailbox_recipient(found)])
    return _get(store, parameters, "1", recipient_row)


@cmdlet("Get-User")
def get_user(store: Store, parameters: Parameters) -> Outcome:
    """One user, or all; also those without a mailbox."""
    identity = parameters.get("Identity")
    if identity is None:
        return _get(store, parameters, "type='user'", user_row)
    found = store.find_user(str(identity))
    if found is None:
        raise missing(str(identity))
    return Outcome([user_row(found.id, found.read())])


def _get(store: Store, parameters: Parameters, where: str, row: Any) -> Outcome:
    refuse_unserved(parameters, {"Identity", "ResultSize", "RecipientTypeDetails"})
    if parameters.get("Identity") is not None:
        found: Thing = recipient(store, parameters["Identity"], where)
        return Outcome([row(found.id, found.read())])
    sql = (
        "SELECT id, doc FROM objects JOIN docs USING (seq) "  # noqa: S608 - our own condition
        f"WHERE deleted=0 AND mail IS NOT NULL AND {where} ORDER BY name"
    )
    rows = [row(identity, DECODE(doc)) for identity, doc in store.db.execute(sql)]
    wanted = parameters.get("RecipientTypeDetails")
    if wanted is not None:
        kinds = {str(w).lower() for w in (wanted if isinstance(wanted, list) else [wanted])}
        rows = [r for r in rows if r["RecipientTypeDetails"].lower() in kinds]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


def details(document: dict[str, Json]) -> str:
    """RecipientTypeDetails of a mail-enabled object."""
    if "groupTypes" in document:
        if not is_exchange_group(document):
            return "GroupMailbox"
        return (
            "MailUniversalSecurityGroup"
            if document.get("securityEnabled")
            else "MailUniversalDistributionGroup"
        )
    if document.get("userType") == "Guest":
        return "GuestMailUser"
    return "UserMailbox" if document.get("mail") else "User"


def recipient_row(identity: str, document: dict[str, Json]) -> dict[str, Any]:
    """What Get-Recipient shows of one."""
    return {
        "Identity": document["displayName"],
        "Guid": identity,
        "ExternalDirectoryObjectId": identity,
        "LegacyExchangeDN": legacy_name(identity),
        "Name": identity if "userType" in document else document.get("mailNickname"),
        "Alias": document.get("mailNickname"),
        "DisplayName": document["displayName"],
        "PrimarySmtpAddress": document.get("mail"),
        "EmailAddresses": document.get("proxyAddresses") or [],
        "RecipientType": details(document),
        "RecipientTypeDetails": details(document),
        "IsDirSynced": document.get("onPremisesSyncEnabled") is True,
    }


def legacy_name(identity: str) -> str:
    """How Exchange's oldest settings name a recipient."""
    return f"{mailboxes.LEGACY}{identity.replace('-', '')}"


def mailbox_recipient(found: Mailbox) -> dict[str, Any]:
    """What Get-Recipient shows of a mailbox."""
    return {
        **recipient_row(found.id, found.facts),
        "Identity": found.name,
        "Name": found.name,
        "DistinguishedName": mailboxes.distinguished_name(found),
        "RecipientType": "UserMailbox",
        "RecipientTypeDetails": found.kind,
    }


def user_row(identity: str, document: dict[str, Json]) -> dict[str, Any]:
    """What Get-User shows of one."""
    return {
        "Identity": document["displayName"],
        "Guid": identity,
        "ExternalDirectoryObjectId": identity,
        "UserPrincipalName": document["userPrincipalName"],
        "DisplayName": document["displayName"],
        "FirstName": document.get("givenName"),
        "LastName": document.get("surname"),
        "Department": document.get("department"),
        "Title": document.get("jobTitle"),
        "RecipientTypeDetails": details(document),
        "IsDirSynced": document.get("onPremisesSyncEnabled") is True,
    }
