"""POST /invitations: the mail to a guest who is in the directory already goes out again, or they redeem anew."""

import re

from services.sandbox import audit_trail
from services.sandbox.answers import Call, Json, Refusal, Reply, bad_request, new_id, now_iso, ok
from services.sandbox.odata_query import refuse_options
from services.sandbox.organization import verified_domains
from services.sandbox.store import Store, Thing

_TAKEN: dict[str, type] = {
    "invitedUserEmailAddress": str,
    "inviteRedirectUrl": str,
    "sendInvitationMessage": bool,
    "invitedUserDisplayName": str,
    "invitedUser": dict,
    "resetRedemption": bool,
}
_NEEDED = ("invitedUserEmailAddress", "inviteRedirectUrl")


def invite(store: Store, call: Call) -> Reply:
    """201 with the invitation; every one is another mail.

    The tenant lets nobody new in, as its external collaboration settings may say. Raises Refusal.
    """
    refuse_options(call)
    body = call.json()
    _check(store, body)
    address = body["invitedUserEmailAddress"]
    reset = body.get("resetRedemption", False)
    guest = _reset(store, body) if reset else _guest(store, address)
    if guest is None:
        raise Refusal(
            403,
            "Forbidden",
            "Guest invitations not allowed for your company. Contact your company administrator for more details.",
        )
    document = guest.read()
    identity = new_id()
    with store.transaction():
        if reset:
            document |= {
                "externalUserState": "PendingAcceptance",
                "externalUserStateChangeDateTime": now_iso(),
            }
            store.save(guest, document)
        audit_trail.write(store, "Invite external user", "UserManagement", "Add", [audit_trail.target(guest)])
    sent: dict[str, Json] = {
        "@odata.context": f"{call.root}/$metadata#invitations/$entity",
        "id": identity,
        "inviteRedeemUrl": f"https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations%2f{identity}",
        "invitedUserDisplayName": body.get("invitedUserDisplayName") or document.get("displayName"),
        "invitedUserType": "Guest",
        "invitedUserEmailAddress": address,
        "sendInvitationMessage": body.get("sendInvitationMessage", False),
        "resetRedemption": reset,
        "inviteRedirectUrl": body["inviteRedirectUrl"],
        "status": "Completed" if document.get("externalUserState") == "Accepted" else "PendingAcceptance",
        "invitedUserMessageInfo": {
            "messageLanguage": None,
            "customizedMessageBody": None,
            "ccRecipients": [],
        },
        "invitedUser": {"id": guest.id},
    }
    return ok(sent, 201)


def _check(store: Store, body: dict[str, Json]) -> None:
    for name, value in body.items():
        if name not in _TAKEN or not isinstance(value, _TAKEN[name]):
            raise bad_request(
                f"The property '{name}' of the invitation is unknown or has a wrong value.", "BadRequest"
            )
    if missing := [name for name in _NEEDED if not body.get(name)]:
        raise bad_request(f"The invitation needs the property '{missing[0]}'.", "BadRequest")
    if not re.fullmatch(r"https?://[^\s/]+.*", body["inviteRedirectUrl"]):
        raise bad_request("The inviteRedirectUrl is not an absolute address.", "BadRequest")
    _check_reset(body)
    address = body["invitedUserEmailAddress"]
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise bad_request("The invited user email address is not a valid address.", "BadRequest")
    if address.rpartition("@")[2].lower() in verified_domains(store):
        raise bad_request(
            "The invited user already exists in the directory. They can use that account to sign in to shared apps "
            "and resources.",
            "BadRequest",
        )


def _check_reset(body: dict[str, Json]) -> None:
    """The user and the reset of their redemption are named together, the user by the id alone."""
    user = body.get("invitedUser")
    if body.get("resetRedemption"):
        if not isinstance(user, dict) or set(user) != {"id"} or not isinstance(user["id"], str):
            raise bad_request("To reset a redemption, invitedUser must hold the user's id.", "BadRequest")
    elif user is not None:
        raise bad_request("An invitedUser is only named to reset their redemption.", "BadRequest")


def _reset(store: Store, body: dict[str, Json]) -> Thing:
    """The guest who is to redeem anew, at an address of theirs. Raises Refusal."""
    found = store.find(body["invitedUser"]["id"], "user")
    document = found.read() if found else {}
    if found is None or not document.get("externalUserState"):
        raise bad_request("The invited user is not in the directory or was never invited.", "BadRequest")
    known = {str(mail).casefold() for mail in (document.get("mail"), *(document.get("otherMails") or ()))}
    if body["invitedUserEmailAddress"].casefold() not in known:
        raise bad_request(
            "The address is neither the mail nor among the otherMails of the user.", "BadRequest"
        )
    return found


def _guest(store: Store, address: str) -> Thing | None:
    sql = "SELECT id FROM objects WHERE type='user' AND deleted=0 AND usertype='guest' AND mail=?"
    row = store.db.execute(sql, (address.casefold(),)).fetchone()
    return store.find(row[0], "user") if row else None
