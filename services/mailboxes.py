"""A mailbox's settings as operations: one Set- cmdlet each for the mailbox, its protocols and its replies."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from services import exchange_names, powershell
from services import exchange_values as values
from services.clean import LIMIT
from services.exchange_values import Form
from services.operation import HasNames, HasValue, Json, Look, Operation, Request
from services.transport.exchange import cmdlet
from state.values import Change


class Store(StrEnum):
    """The noun of the Get- and Set- cmdlets that a setting lives behind."""

    MAILBOX = "Mailbox"
    PROTOCOLS = "CASMailbox"
    REPLIES = "MailboxAutoReplyConfiguration"
    BOOKING = "CalendarProcessing"


HASH_TABLE = "#Exchange.GenericHashTable"
PROTOCOLS = (
    *("OWAEnabled", "ActiveSyncEnabled", "OutlookMobileEnabled", "ImapEnabled", "PopEnabled", "MAPIEnabled"),
    *("EwsEnabled", "SmtpClientAuthenticationDisabled"),
)
REPLIES = ("AutoReplyState", "StartTime", "EndTime", "InternalMessage", "ExternalMessage", "ExternalAudience")
BOOKING_LISTS = ("BookInPolicy", "RequestInPolicy", "RequestOutOfPolicy", "ResourceDelegates")
BOOKING = (
    *("AutomateProcessing", "AllowConflicts", "ConflictPercentageAllowed", "MaximumConflictInstances"),
    *("AllowRecurringMeetings", "BookingWindowInDays", "EnforceSchedulingHorizon"),
    *("MinimumDurationInMinutes", "MaximumDurationInMinutes", "ScheduleOnlyDuringWorkHours"),
    *("ProcessExternalMeetingMessages", "EnforceCapacity"),
    *("AllBookInPolicy", "AllRequestInPolicy", "AllRequestOutOfPolicy", "ForwardRequestsToDelegates"),
    *("TentativePendingApproval", *BOOKING_LISTS, "AddOrganizerToSubject", "DeleteSubject", "DeleteComments"),
    *("DeleteAttachments", "RemovePrivateProperty", "AddAdditionalResponse", "AdditionalResponse"),
)
STORES: Mapping[str, Store] = {
    **dict.fromkeys(PROTOCOLS, Store.PROTOCOLS),
    **dict.fromkeys(REPLIES, Store.REPLIES),
    **dict.fromkeys(BOOKING, Store.BOOKING),
}
"""Settings that are not the mailbox's own."""

FORMS: Mapping[str, Form] = {
    "EmailAddresses": Form.ALIASES,
    "MailTip": Form.MARKUP,
    "MaxSendSize": Form.SIZE,
    "MaxReceiveSize": Form.SIZE,
    "IssueWarningQuota": Form.SIZE,
    "ProhibitSendQuota": Form.SIZE,
    "ProhibitSendReceiveQuota": Form.SIZE,
    "ForwardingSmtpAddress": Form.SMTP,
    "StartTime": Form.INSTANT,
    "EndTime": Form.INSTANT,
    "InternalMessage": Form.MARKUP,
    "ExternalMessage": Form.MARKUP,
    "AdditionalResponse": Form.MARKUP,
    **dict.fromkeys(BOOKING_LISTS, Form.NAMES),
}
"""How settings are compared, where that is not as they are."""

READ: Mapping[Store, tuple[str, ...]] = {
    Store.MAILBOX: (
        *(
            "ExternalDirectoryObjectId",
            "DisplayName",
            "PrimarySmtpAddress",
            "RecipientTypeDetails",
            "IsDirSynced",
        ),
        *("EmailAddresses", "HiddenFromAddressListsEnabled", "MailTip", "MaxSendSize", "MaxReceiveSize"),
        *(
            "LitigationHoldEnabled",
            "ArchiveStatus",
            "ArchiveGuid",
            "RetentionPolicy",
            "RetainDeletedItemsFor",
        ),
        *("IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota"),
        *("ForwardingAddress", "ForwardingSmtpAddress", "DeliverToMailboxAndForward"),
    ),
    Store.PROTOCOLS: PROTOCOLS,
    Store.REPLIES: REPLIES,
    Store.BOOKING: BOOKING,
}
"""What each Get- cmdlet is asked for, always the same, so that equal reads are made once."""

QUOTAS = (
    ("IssueWarningQuota", "Warn at"),
    ("ProhibitSendQuota", "Stop sending at"),
    ("ProhibitSendReceiveQuota", "Stop sending and receiving at"),
)
"""The quotas as Exchange wants them ordered, smallest first, with their titles."""


FORWARDS = {
    "ForwardingAddress": "Forward to a colleague",
    "ForwardingSmtpAddress": "Forward to an address",
}
"""The two places a mailbox can forward to, with their titles: Exchange keeps both and follows one."""

ON_PREMISES = "mastered on premises"
"""The fact of a change that tells that Active Directory masters the mailbox, so that some settings are not ours."""

_NOW, _LEFT = "now:", "left behind"
_SHOWN, _WAS = "shown", "was"
"""The facts of a change that hold its values as the page shows them, after and before."""


def get(store: Store, user: str, more: Iterable[str] = ()) -> Request:
    """The read of one store of a mailbox; `more` are properties that are not always asked for."""
    select = (*READ[store], *sorted(set(more) - set(READ[store])))
    return cmdlet(f"Get-{store}", {"Identity": user}, select=select)


def operations(changes: Sequence[Change]) -> list[Operation]:
    """The staged changes of one user's mailbox as operations, one for each store."""
    groups: dict[Store, list[Change]] = {}
    for change in (*changes, *_left_behind(changes)):
        groups.setdefault(STORES.get(change.field, Store.MAILBOX), []).append(change)
    return [_both_ways(groups[store], store) for store in Store if store in groups]


def _both_ways(changes: Sequence[Change], store: Store) -> Operation:
    # Exchange takes a flag as yes or no, never as nothing: what it did not tell cannot be put back
    told = [c for c in changes if c.before is not None or not isinstance(c.after, bool)]
    back = [_turned(c) for c in told]
    # a text that was cut when it was read cannot be put back
    cut = any(isinstance(c.before, str) and len(c.before) >= LIMIT for c in changes)
    return msgspec.structs.replace(
        _one_way(changes, store),
        inverse=_one_way(back, store) if back and not cut else None,
        objection=_objection(changes),
        changes=tuple(c.key for c in changes if _LEFT not in c.facts),
    )


def _turned(change: Change) -> Change:
    facts = {**change.facts, _SHOWN: change.facts.get(_WAS, ""), _WAS: change.facts.get(_SHOWN, "")}
    return msgspec.structs.replace(change, before=change.after, after=change.before, facts=facts)


def _named(change: Change) -> str:
    """The setting; a colleague with the name that was chosen, as ids are nothing that a person can review."""
    name = change.facts.get(_SHOWN, "") if change.field == "ForwardingAddress" and change.after else ""
    return f"{change.row_name or change.field}{f' ({name})' if name else ''}"


def _one_way(changes: Sequence[Change], store: Store) -> Operation:
    user, name = changes[0].user, changes[0].user_name
    written = {c.field: _written(c) for c in changes}
    parameters = {"Identity": user, **written}
    shell = powershell.tables(parameters)
    flags = [key for key, value in written.items() if isinstance(value, bool)]
    forms = {c.field: FORMS.get(c.field, Form.PLAIN) for c in changes}
    told = [_named(c) for c in changes if _LEFT not in c.facts or c.before]
    return Operation(
        title=f"Set {', '.join(told)}",
        target=name,
        request=cmdlet(f"Set-{store}", parameters, anchor=f"UPN:{name}"),
        serial=f"mailbox:{user}",
        powershell=powershell.line(f"Set-{store}", shell, flags),
        before={c.field: _read(forms[c.field], c, c.before) for c in changes},
        after={c.field: _read(forms[c.field], c, c.after) for c in changes},
        look=Look(get(store, user, forms), tuple(_find(c, forms[c.field]) for c in changes)),
    )


def _read(form: Form, change: Change, value: Json) -> Json:
    """A value as the look will tell it: recipients by their primary addresses, whichever was typed."""
    if form is Form.NAMES:
        return values.called(value, exchange_names.of_facts(change.facts))
    return values.read(form, value)


def _find(change: Change, form: Form) -> HasValue | HasNames:
    path = ("value", "0", change.field)
    known = exchange_names.of_facts(change.facts)
    if form is Form.NAMES:
        return HasNames(change.field, path, known)
    # Exchange tells a colleague by a name of its own, not by the id that was sent
    sent = known.get(str(change.after).lower())
    same = (name for name, address in known.items() if sent and address == sent)
    return HasValue(change.field, path, form, (str(change.after), *same) if sent else ())


def _written(change: Change) -> Json:
    """The value of the cmdlet's parameter."""
    match FORMS.get(change.field, Form.PLAIN):
        case Form.SIZE:
            return values.sent_size(change.after)
        case Form.ALIASES:
            before, after = set(values.aliases(change.before)), set(values.aliases(change.after))
            return list_change([f"smtp:{a}" for a in sorted(after - before)],
                               [f"smtp:{a}" for a in sorted(before - after)])  # fmt: skip
        case Form.NAMES:
            return list(change.after or ()) or None
        case Form.MARKUP if values.same_text(change.before, change.after):
            return change.before or None
        case Form.MARKUP:
            return change.after or None
        case _:
            return change.after


def list_change(add: Sequence[str] = (), remove: Sequence[str] = ()) -> dict[str, Json]:
    """A list-valued parameter that adds and removes, and leaves the rest as it is (`api-map.md` §5.1)."""
    found: dict[str, Json] = {"@odata.type": HASH_TABLE}
    return found | ({"add": list(add)} if add else {}) | ({"remove": list(remove)} if remove else {})


def _left_behind(changes: Sequence[Change]) -> list[Change]:
    """A mailbox forwards to one place: naming one clears the other, whatever it holds by then (§3.10).

    Only where Active Directory masters the other is it left alone: Exchange would refuse the whole call.
    """
    fields = {change.field for change in changes}
    found = []
    for change in changes:
        other = next((name for name in FORWARDS if name != change.field), "")
        if change.field not in FORWARDS or not change.after or other in fields:
            continue
        if other == "ForwardingAddress" and ON_PREMISES in change.facts:
            continue
        cleared = {
            "field": other,
            "row_name": FORWARDS[other],
            "before": change.facts.get(_NOW + other) or None,
            "after": None,
            "facts": {_LEFT: "yes"},
        }
        found.append(msgspec.structs.replace(change, **cleared))
    return found


def _objection(changes: Sequence[Change]) -> str:
    """Why Exchange would refuse these together, as far as the changes and what was loaded with them tell."""
    known: dict[str, Json] = {}
    for change in changes:
        known |= {key.removeprefix(_NOW): text for key, text in change.facts.items() if key.startswith(_NOW)}
    known |= {change.field: change.after for change in changes}
    fields = {change.field for change in changes}
    return (
        _quota_order(known)
        or _reply_times(known, fields)
        or _two_places(known, fields)
        or _booking_lengths(known)
    )


def _two_places(known: Mapping[str, Json], changed: set[str]) -> str:
    if changed & set(FORWARDS) and all(known.get(name) for name in FORWARDS):
        first, second = FORWARDS.values()
        return f"A mailbox forwards to one place: set either “{first}” or “{second}”, and empty the other."
    return ""


def facts(now: Mapping[str, Json]) -> dict[str, str]:
    """What a plan wants to know of the settings that were not changed, as facts of the changed ones."""
    return {f"{_NOW}{name}": "" if value is None else str(value) for name, value in now.items()}


def _quota_order(known: Mapping[str, Json]) -> str:
    sizes = {name: values.size(known[name]) for name, _ in QUOTAS if name in known}
    titles = dict(QUOTAS)
    order = [name for name, _ in QUOTAS if isinstance(sizes.get(name), int)]
    for lower, upper in pairwise(order):
        if sizes[lower] > sizes[upper]:
            return (
                f"“{titles[lower]}” ({values.shown_size(sizes[lower])}) must not be above "
                f"“{titles[upper]}” ({values.shown_size(sizes[upper])}): change one of them."
            )
    return ""


def _reply_times(known: Mapping[str, Json], changed: set[str]) -> str:
    if known.get("AutoReplyState") != "Scheduled" or not changed & set(REPLIES):
        return ""
    start, end = (values.instant(known[name]) if known.get(name) else "" for name in ("StartTime", "EndTime"))
    if "StartTime" in known and "EndTime" in known and not (start and end and start < end):
        return "Scheduled replies need a start and an end after it: set both times."
    return ""


def _booking_lengths(known: Mapping[str, Json]) -> str:
    """The shortest booking must not be longer than the longest; 0 means that there is no longest."""
    shortest, longest = (int(known.get(f"{m}DurationInMinutes") or 0) for m in ("Minimum", "Maximum"))
    if longest and shortest > longest:
        return (
            f"The shortest booking ({shortest} minutes) must not be longer than the longest "
            f"({longest} minutes): change one of them."
        )
    return ""
