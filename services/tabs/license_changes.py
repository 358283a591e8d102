"""License changes: which licences came to a user, which went, when and through whom."""

import re
from collections.abc import AsyncIterator, Mapping

from services.columns import Column
from services.operation import Json
from services.product_names import product_name
from services.record import Record
from services.reports import audits_of, initiator, report_pages
from services.tabs.details import shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Page, RecordTab, always
from services.tenant import Tenant
from services.user import User

ACTIVITY = "Change user license"
_DAYS = 30
"""How long the directory keeps its records with a premium licence; 7 days without."""

_SKU = re.compile(r"SkuId=([0-9a-fA-F-]{36})")
_JSON_SKU = re.compile(r'skuid\\?"\s*:\s*\\?"([0-9a-f-]{36})', re.IGNORECASE)
_OFF = re.compile(r"DisabledPlans=\[([^\]]*)\]")

Held = Mapping[str, frozenset[str]]
"""Name of a licence -> ids of the service plans that are off in it."""


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The newest first, page by page as they are asked for. Raises `RollcallError`."""
    first = True
    async for found in report_pages(
        tenant, audits_of(user, tenant.clock.now(), _DAYS, ACTIVITY), "licence changes"
    ):
        yield Page([_record(audit, user) for audit in found], replace=first, note=f"last {_DAYS} days")
        first = False


def licences_in(value: str) -> Held:
    """The licences that one value of the property `AssignedLicense` lists.

    The log writes them as a JSON list of texts such as "[SkuName=SPE_E5, AccountId=…, SkuId=…,
    DisabledPlans=[…]]"; what else stands in them is passed over.
    """
    found: dict[str, frozenset[str]] = {}
    if "SkuName=" not in value:
        return {product_name(identity): frozenset() for identity in _JSON_SKU.findall(value)}
    for entry in value.split("SkuName=")[1:]:
        part = re.split(r'[,\]"]', entry, maxsplit=1)[0].strip()
        sku, off = _SKU.search(entry), _OFF.search(entry)
        ids = re.findall(r"[0-9a-fA-F-]{36}", off[1]) if off else ()
        found[product_name(sku[1] if sku else "", part)] = frozenset(ids)
    return found


def _record(audit: dict[str, Json], user: User) -> Record:
    changed = [
        prop
        for target in audit.get("targetResources") or ()
        if isinstance(target, dict) and target.get("id") == user.id
        for prop in target.get("modifiedProperties") or ()
        if isinstance(prop, dict)
    ]
    before: dict[str, frozenset[str]] = {}
    after: dict[str, frozenset[str]] = {}
    for prop in changed:
        if prop.get("displayName") == "AssignedLicense":
            before |= licences_in(str(prop.get("oldValue") or ""))
            after |= licences_in(str(prop.get("newValue") or ""))
    came = [name for name in after if name not in before]
    went = [name for name in before if name not in after]
    other = [name for name in after if name in before and after[name] != before[name]]
    signs = [*(f"+ {n}" for n in came), *(f"− {n}" for n in went), *(f"{n}: service plans" for n in other)]
    at, who = shown_moment(audit.get("activityDateTime")), initiator(audit.get("initiatedBy") or {})
    pairs = [("Time", at)]
    pairs += [("Assigned", name) for name in came]
    pairs += [("Removed", name) for name in went]
    pairs += [("Service plans changed", name) for name in other]
    pairs += [("Kept", name) for name in after if name in before and name not in other]
    pairs += [
        ("By", who),
        ("Result", text_of(audit.get("result"))),
        ("Reason", text_of(audit.get("resultReason"))),
        ("Service", text_of(audit.get("loggedByService"))),
        ("Correlation id", text_of(audit.get("correlationId"))),
    ]
    for prop in changed:
        old, new = text_of(prop.get("oldValue")) or "-", text_of(prop.get("newValue")) or "-"
        pairs.append((text_of(prop.get("displayName")), f"{old} → {new}"))
    cells = (at, ", ".join(signs) or "no licence came or went", who, text_of(audit.get("result")))
    return Record(str(audit.get("id")), cells, tuple(pairs))


TAB = RecordTab(
    id="license-changes",
    title="License changes",
    about="The licences that came to the user or went in the last 30 days, newest first.",
    columns=(
        Column("time", "Time", width=19),
        Column("change", "Change", least=24),
        Column("by", "By", least=12),
        Column("result", "Result", width=10),
    ),
    load=load,
    # reports tell of who is in the recycle bin, too
    visible=always,
)
