"""Get- and Set-CalendarProcessing: how a room or a piece of equipment answers requests."""

from typing import Any

from services.exchange_values import Form, markup_of_text, read
from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import mailbox, recipient
from services.sandbox.cmdlets.binding import refuse_unserved
from services.sandbox.cmdlets.mailboxes import audited, unchanged
from services.sandbox.cmdlets.recipients import legacy_name
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet
from services.sandbox.mailboxes import Mailbox
from services.sandbox.store import Store

NOUN = "CalendarProcessing"
_MOST = 2_147_483_647
_LISTS = ("BookInPolicy", "RequestInPolicy", "RequestOutOfPolicy", "ResourceDelegates")
_NUMBERS = {
    "BookingWindowInDays": 1080, "ConflictPercentageAllowed": 100, "MaximumConflictInstances": _MOST,
    "MinimumDurationInMinutes": _MOST, "MaximumDurationInMinutes": _MOST,
    "PostReservationMaxClaimTimeInMinutes": _MOST,
}  # fmt: skip
_DEFAULTS: dict[str, Json] = {
    "AutomateProcessing": "AutoUpdate", "AllowConflicts": False, "BookingWindowInDays": 180,
    "MinimumDurationInMinutes": 0, "MaximumDurationInMinutes": 1440, "AllowRecurringMeetings": True,
    "EnforceSchedulingHorizon": True, "ScheduleOnlyDuringWorkHours": False, "ConflictPercentageAllowed": 0,
    "MaximumConflictInstances": 0, "ForwardRequestsToDelegates": True, "DeleteAttachments": True,
    "DeleteComments": True, "RemovePrivateProperty": True, "DeleteSubject": True, "AddOrganizerToSubject": True,
    "DeleteNonCalendarItems": True, "TentativePendingApproval": True, "EnableResponseDetails": True,
    "OrganizerInfo": True, "AllRequestOutOfPolicy": False, "AllBookInPolicy": True, "AllRequestInPolicy": False,
    "AddAdditionalResponse": False, "AdditionalResponse": "", "RemoveOldMeetingMessages": True,
    "AddNewRequestsTentatively": True, "ProcessExternalMeetingMessages": False,
    "RemoveForwardedMeetingNotifications": False, "RemoveCanceledMeetings": False, "EnableAutoRelease": False,
    "PostReservationMaxClaimTimeInMinutes": 10, "EnforceCapacity": False, "BookingType": "Standard",
    **dict.fromkeys(_LISTS, ()),
}  # fmt: skip
_PROCESSING = {"autoaccept": "AutoAccept", "autoupdate": "AutoUpdate", "none": "None"}
_BOOKED = ("RoomMailbox", "EquipmentMailbox")


@cmdlet("Get-CalendarProcessing")
def get_processing(store: Store, parameters: Parameters) -> Outcome:
    """One mailbox's booking settings; people in Exchange's two ways to name them."""
    refuse_unserved(parameters, {"Identity", "ResultSize"})
    found = mailbox(store, parameters["Identity"])
    now = _now(found)
    named: dict[str, Any] = {name: [legacy_name(i) for i in now[name]] for name in _LISTS}
    named["ResourceDelegates"] = [_name(store, identity) for identity in now["ResourceDelegates"]]
    return Outcome([{"Identity": found.name, "MailboxOwnerId": found.name, **now, **named}])


@cmdlet("Set-CalendarProcessing")
def set_processing(store: Store, parameters: Parameters) -> Outcome:
    """Changes booking settings; a list of people is replaced as a whole."""
    refuse_unserved(parameters, {*_DEFAULTS, "Identity", "Confirm"})
    found = mailbox(store, parameters["Identity"])
    before = _now(found)
    asked = {n: _converted(store, found, n, value) for n, value in parameters.items() if n in _DEFAULTS}
    after = before | asked
    longest = after["MaximumDurationInMinutes"]
    if longest and after["MinimumDurationInMinutes"] > longest:
        raise _refused("MinimumDurationInMinutes must not be greater than MaximumDurationInMinutes.")
    changes = [(name, before[name], after[name]) for name in asked if before[name] != after[name]]
    if not changes:
        return unchanged(found)
    found.record.settings[NOUN] = {**found.changed(NOUN), **{name: value for name, _, value in changes}}
    held.save(store, found)
    audited(store, found, "Set-CalendarProcessing", changes)
    return Outcome()


def _now(found: Mailbox) -> dict[str, Any]:
    own = {"AutomateProcessing": "AutoAccept"} if found.kind in _BOOKED else {}
    stored: dict[str, Any] = {**_DEFAULTS, **own, **found.changed(NOUN)}
    return stored | {name: list(stored[name]) for name in _LISTS}


def _converted(store: Store, found: Mailbox, name: str, value: Json) -> Json:
    if name in _LISTS:
        texts = [] if value is None else value if isinstance(value, list) else [value]
        return sorted({_person(store, str(text)) for text in texts})
    if name in _NUMBERS:
        if type(value) is not int or not 0 <= value <= _NUMBERS[name]:
            raise _refused(f"The value of {name} must be between 0 and {_NUMBERS[name]}: '{value}'.")
        return value
    if name == "AutomateProcessing":
        known = _PROCESSING.get(str(value).lower())
        if known is None:
            raise _refused(f'Cannot convert value "{value}" to type "CalendarProcessingFlags".')
        if known == "AutoAccept" and found.kind not in _BOOKED:
            raise _refused("AutoAccept is only for room and equipment mailboxes.")
        return known
    if name == "AdditionalResponse":
        text = str(value or "")
        return text if not read(Form.MARKUP, text) or text.lstrip().startswith("<") else markup_of_text(text)
    return value


def _person(store: Store, identity: str) -> str:
    for found in held.find(store, identity)[:1]:
        return found.id
    return recipient(store, identity).id


def _name(store: Store, identity: str) -> str:
    return next((found.name for found in held.find(store, identity)), identity)


def _refused(message: str) -> CmdletError:
    return CmdletError(400, "Microsoft.Exchange.Management.StoreTasks.CalendarProcessingException", message)
