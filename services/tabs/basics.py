"""Basics: names, job, contact, location, account and dates of a user."""

import asyncio
from collections.abc import Sequence

import msgspec

from services import active_directory, directory_attributes, properties
from services.directory_attributes import ABSENT, ELSEWHERE, Held
from services.errors import RollcallError
from services.operation import Answer, Json, Operation, Request, Service
from services.properties import STORES, Store
from services.sameness import settled
from services.tabs.countries import COUNTRIES
from services.tabs.fields import SYNCED, day, many, matching, shown_day, text_of, up_to
from services.tabs.languages import language_tag, languages
from services.tabs.tab import FieldValue, Property, PropertyTab
from services.tabs.user_names import DOMAINS, nickname, user_name, verified
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

_PHONE = r"[0-9+()./\- xXeEtT#*]{1,64}"
_MAIL = r"(?=.{3,250}$)[^@\s,;]{1,64}@[^@\s,;]{1,248}"

_phone = matching(_PHONE, "A phone number: digits, +, spaces, brackets, dashes and ext, at most 64.")
_mail = matching(_MAIL, "A mail address, like name@example.com, at most 250 characters.")

PROPERTIES = (
    Property("displayName", "Display name", "Name", check=up_to(256, required=True)),
    Property("givenName", "First name", "Name", check=up_to(64)),
    Property("surname", "Last name", "Name", check=up_to(64)),
    Property("jobTitle", "Job title", "Job", check=up_to(128)),
    Property("department", "Department", "Job", check=up_to(64)),
    Property("companyName", "Company", "Job", check=up_to(64)),
    Property("officeLocation", "Office", "Job", check=up_to(128)),
    Property("manager", "Manager", "Job", kind="person"),
    Property("employeeId", "Employee id", "Job", check=up_to(16)),
    Property("hireDate", "Hire date", "Job", kind="date", check=day),
    Property("mail", "Mail", "Contact", kind="fixed"),
    Property("otherMails", "Other mails", "Contact", kind="list", check=many(_mail, 250)),
    Property("businessPhones", "Business phone", "Contact", kind="list", check=many(_phone, 1)),
    Property("mobilePhone", "Mobile phone", "Contact", check=_phone),
    Property("faxNumber", "Fax", "Contact", check=_phone),
    Property("streetAddress", "Street", "Location", check=up_to(1024)),
    Property("city", "City", "Location", check=up_to(128)),
    Property("state", "State or province", "Location", check=up_to(128)),
    Property("postalCode", "Postal code", "Location", check=up_to(40)),
    Property(
        "country",
        "Country",
        "Location",
        kind="choice",
        choices=(("", "No country"), *COUNTRIES),
        check=up_to(128),
    ),
    Property("usageLocation", "Usage location", "Location", kind="choice", choices=COUNTRIES),
    Property("preferredLanguage", "Preferred language", "Location", check=language_tag),
    Property("userPrincipalName", "User name (UPN)", "Account", check=user_name()),
    Property("mailNickname", "Mail nickname", "Account", check=nickname),
    Property("accountEnabled", "Sign-in allowed", "Account", kind="flag"),
    Property("employeeHireDate", "Start date", "Account", kind="date", check=day),
    Property("employeeLeaveDateTime", "End date", "Account", kind="date", check=day),
)

MASTERED = "Mastered in Active Directory"
CLOUD_FIELDS = frozenset({"usageLocation", "hireDate"})
"""What stays writable in the cloud for a synchronised user (`api-map.md` §9)."""


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fields, live: of a Local user from Active Directory, of a Hybrid one also from there.

    Raises `RollcallError` when the directory that has the user refuses.
    """
    if user.local:
        # read beside the screen, so that the first tag that is typed need not wait
        await asyncio.to_thread(languages)
        kept = await directory_attributes.held(tenant, user)
        return [_mastered(p, FieldValue(p.id, None, "", ABSENT), kept) for p in PROPERTIES]
    found = await _in_cloud(tenant, user)
    if not user.synced or active_directory.unreachable(tenant):
        return found
    try:
        kept = await directory_attributes.held(tenant, user)
    except RollcallError as error:
        lock = f"{MASTERED}: {error.sentence}"
        return [msgspec.structs.replace(v, lock=lock) if v.lock == SYNCED else v for v in found]
    pairs = zip(PROPERTIES, found, strict=True)
    return [_mastered(p, v, kept) if v.lock == SYNCED else v for p, v in pairs]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One operation per store, and the manager by reference; first what Active Directory masters."""
    there = [change for change in changes if directory_attributes.FACT in change.facts]
    here = [change for change in changes if directory_attributes.FACT not in change.facts]
    return directory_attributes.operations(there) + properties.operations(here)


async def _in_cloud(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fields in one batch: each store has a permission of its own, and so have the domains.

    A store that refuses locks its own fields with the reason.
    """
    stores = (Store.DIRECTORY, Store.LIFECYCLE, Store.PROFILE)
    *answers, domains = await tenant.ask([*(_read(user, store) for store in stores), DOMAINS])
    await asyncio.to_thread(languages)
    if not answers[0].ok:
        # alone it is tried again with patience, and says in a sentence why it fails
        answers[0] = Answer(200, await tenant.read(_read(user, Store.DIRECTORY)))
    found = [_value(p, dict(zip(stores, answers, strict=True))) for p in PROPERTIES]
    check = user_name(verified(domains))
    return [msgspec.structs.replace(v, check=check) if v.id == "userPrincipalName" else v for v in found]


def _mastered(field: Property, otherwise: FieldValue, kept: Held) -> FieldValue:
    """The field as Active Directory holds it, to be changed there; `otherwise` where it holds no such thing."""
    read_only = field.id in directory_attributes.READ_ONLY
    if field.id not in kept.values or (read_only and otherwise.lock == SYNCED):
        return otherwise
    value = kept.values[field.id]
    if read_only:
        return FieldValue(field.id, value, _shown(field, value), ELSEWHERE)
    facts = {directory_attributes.FACT: kept.account.id}
    return FieldValue(field.id, value, _shown(field, value), facts=facts)


def _store(field: str) -> Store:
    store = STORES.get(field, Store.DIRECTORY)
    return store if store in (Store.LIFECYCLE, Store.PROFILE) else Store.DIRECTORY


def _read(user: User, store: Store) -> Request:
    fields = ["id"] + [p.id for p in PROPERTIES if p.id != "manager" and _store(p.id) is store]
    query = [("$select", ",".join(fields))]
    if store is Store.DIRECTORY:
        query = [
            ("$select", ",".join([*fields, "onPremisesSyncEnabled"])),
            ("$expand", "manager($select=id,displayName,userPrincipalName)"),
        ]
    return Request(Service.GRAPH, path=f"/users/{segment(user.id)}", query=tuple(query))


def _value(field: Property, answers: dict[Store, Answer]) -> FieldValue:
    directory = answers[Store.DIRECTORY].body
    answer = answers[_store(field.id)]
    if not answer.ok or not isinstance(answer.body, dict):
        reason = answer.message or f"status {answer.status}"
        return FieldValue(field.id, None, "", f"Not readable here: {reason}")
    value = settled(answer.body.get(field.id)) if field.kind == "date" else answer.body.get(field.id)
    synced = bool(directory.get("onPremisesSyncEnabled")) and field.id not in CLOUD_FIELDS
    lock = SYNCED if synced else "Set by the mail service" if field.kind == "fixed" else ""
    if field.id == "manager":
        person = value or {}
        shown = text_of(person.get("displayName") or person.get("userPrincipalName") or person.get("id"))
        identity = person.get("id")
        return FieldValue(field.id, identity.lower() if isinstance(identity, str) else None, shown, lock)
    return FieldValue(field.id, value, _shown(field, value), lock)


def _shown(field: Property, value: Json) -> str:
    if field.kind == "date":
        return shown_day(value)
    if field.kind == "flag":
        return {True: "yes", False: "no"}.get(value, "")
    if field.kind == "choice":
        return dict(field.choices).get(value, text_of(value))
    return text_of(value)


TAB = PropertyTab(
    id="basics",
    title="Basics",
    about="Names, job, contact, location, sign-in and dates. Enter edits a field.",
    properties=PROPERTIES,
    load=load,
    plan=plan,
    local=True,
)
