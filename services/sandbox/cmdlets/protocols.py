"""Get-CASMailbox and Set-CASMailbox: by which protocols a mailbox can be opened."""

from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import mailbox
from services.sandbox.cmdlets.binding import refuse_unserved
from services.sandbox.cmdlets.mailboxes import audited, unchanged
from services.sandbox.cmdlets.registry import Outcome, Parameters, cmdlet
from services.sandbox.store import Store

NOUN = "CASMailbox"
_DEFAULTS: dict[str, Json] = {
    "OWAEnabled": True, "MAPIEnabled": True, "ImapEnabled": True, "PopEnabled": True, "ActiveSyncEnabled": True,
    "EwsEnabled": True, "OutlookMobileEnabled": True, "SmtpClientAuthenticationDisabled": None,
}  # fmt: skip


@cmdlet("Get-CASMailbox")
def get_cas_mailbox(store: Store, parameters: Parameters) -> Outcome:
    """One mailbox's protocols."""
    refuse_unserved(parameters, {"Identity"})
    found = mailbox(store, parameters.get("Identity"))
    facts = found.facts
    return Outcome([{
        "Identity": found.name, "Name": found.name, "Guid": found.id, "DisplayName": facts["displayName"],
        "PrimarySmtpAddress": facts.get("mail"), "ExternalDirectoryObjectId": found.id,
        **_DEFAULTS, **found.changed(NOUN),
    }])  # fmt: skip


@cmdlet("Set-CASMailbox")
def set_cas_mailbox(store: Store, parameters: Parameters) -> Outcome:
    """Opens and closes protocols."""
    refuse_unserved(parameters, {*_DEFAULTS, "Identity", "Confirm"})
    found = mailbox(store, parameters["Identity"])
    before = {**_DEFAULTS, **found.changed(NOUN)}
    changes = [
        (name, before[name], value)
        for name, value in parameters.items()
        if name in _DEFAULTS and before[name] != value
    ]
    if not changes:
        return unchanged(found)
    found.record.settings[NOUN] = {**found.changed(NOUN), **{name: after for name, _, after in changes}}
    held.save(store, found)
    audited(store, found, "Set-CASMailbox", changes)
    return Outcome()
