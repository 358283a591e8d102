"""Get- and Set-MailboxAutoReplyConfiguration: what a mailbox answers by itself."""

from datetime import datetime
from typing import Any

from services.exchange_values import Form, instant, markup_of_text, read
from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import mailbox
from services.sandbox.cmdlets.binding import refuse_unserved
from services.sandbox.cmdlets.mailboxes import audited, unchanged
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet
from services.sandbox.store import Store

NOUN = "MailboxAutoReplyConfiguration"
_DEFAULTS: dict[str, Json] = {
    "AutoReplyState": "Disabled", "ExternalAudience": "All", "InternalMessage": "", "ExternalMessage": "",
    "StartTime": "2026-01-15T09:00:00Z", "EndTime": "2026-01-16T09:00:00Z",
}  # fmt: skip
_CHOICES = {
    "AutoReplyState": ("Disabled", "Enabled", "Scheduled"),
    "ExternalAudience": ("None", "Known", "All"),
}
_FIXED = {"CreateOOFEvent": False, "AutoDeclineFutureRequestsWhenOOF": False, "OOFEventSubject": ""}


@cmdlet("Get-MailboxAutoReplyConfiguration")
def get_replies(store: Store, parameters: Parameters) -> Outcome:
    """One mailbox's replies; times without an offset, in UTC."""
    refuse_unserved(parameters, {"Identity"})
    found = mailbox(store, parameters["Identity"])
    now = {**_DEFAULTS, **found.changed(NOUN)}
    times: dict[str, Any] = {name: str(now[name]).removesuffix("Z") for name in ("StartTime", "EndTime")}
    row = {"Identity": found.name, "MailboxOwnerId": found.name, **_FIXED, **now, **times}
    return Outcome([row | {f"{name}@data.type": "System.DateTime" for name in times}])


@cmdlet("Set-MailboxAutoReplyConfiguration")
def set_replies(store: Store, parameters: Parameters) -> Outcome:
    """Changes the replies; scheduled ones need an end after their start."""
    refuse_unserved(parameters, {*_DEFAULTS, "Identity", "Confirm"})
    found = mailbox(store, parameters["Identity"])
    before = {**_DEFAULTS, **found.changed(NOUN)}
    asked = {n: _converted(n, value) for n, value in parameters.items() if n in _DEFAULTS}
    after = before | asked
    if after["AutoReplyState"] == "Scheduled" and _at(after["EndTime"]) <= _at(after["StartTime"]):
        raise CmdletError(
            400,
            "Microsoft.Exchange.Data.Storage.InvalidScheduledOofDuration",
            "The end time must be later than the start time for scheduled automatic replies.",
        )
    changes = [(name, before[name], after[name]) for name in asked if before[name] != after[name]]
    if not changes:
        return unchanged(found)
    found.record.settings[NOUN] = {**found.changed(NOUN), **{name: value for name, _, value in changes}}
    held.save(store, found)
    audited(store, found, "Set-MailboxAutoReplyConfiguration", changes)
    return Outcome()


def _converted(name: str, value: Json) -> Json:
    if name in _CHOICES:
        known = {choice.lower(): choice for choice in _CHOICES[name]}
        if str(value).lower() not in known:
            raise CmdletError(
                400,
                "System.Management.Automation.ParameterBindingException",
                f"Cannot process argument transformation on parameter '{name}'. Cannot convert value \"{value}\".",
            )
        return known[str(value).lower()]
    if name.endswith("Time"):
        return instant(value)
    text = str(value or "")
    return text if not read(Form.MARKUP, text) or text.lstrip().startswith("<") else markup_of_text(text)


def _at(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))
