"""PATCH /users/{id}: what the directory accepts, refuses, clears and merges."""

import re
from typing import Any

from services.sandbox import audit_trail, passwords
from services.sandbox.answers import NO_CONTENT, Call, Json, Reply, bad_request
from services.sandbox.directory_reads import user_of
from services.sandbox.membership_writes import SYNCED
from services.sandbox.odata_filter import moment
from services.sandbox.odata_query import refuse_options
from services.sandbox.organization import verified_domains
from services.sandbox.shapes import ENTITIES, PROFILE_STORE
from services.sandbox.store import Store, Thing

WRITABLE = frozenset(
    [
        "accountEnabled",
        "ageGroup",
        "businessPhones",
        "city",
        "companyName",
        "consentProvidedForMinor",
        "country",
        "department",
        "displayName",
        "employeeHireDate",
        "employeeId",
        "employeeLeaveDateTime",
        "employeeOrgData",
        "employeeType",
        "faxNumber",
        "givenName",
        "jobTitle",
        "mail",
        "mailNickname",
        "mobilePhone",
        "officeLocation",
        "onPremisesExtensionAttributes",
        "onPremisesImmutableId",
        "otherMails",
        "passwordPolicies",
        "passwordProfile",
        "postalCode",
        "preferredDataLocation",
        "preferredLanguage",
        "showInAddressList",
        "state",
        "streetAddress",
        "surname",
        "usageLocation",
        "userPrincipalName",
        "userType",
    ]
)
CLOUD_OWNED = frozenset(["usageLocation", "preferredDataLocation", "ageGroup", "consentProvidedForMinor"])
"""What may be written to a synced user in the cloud."""
NOT_NULLABLE = frozenset(
    [
        "accountEnabled",
        "displayName",
        "mailNickname",
        "usageLocation",
        "userPrincipalName",
        "businessPhones",
        "otherMails",
        "mail",
        "passwordProfile",
        "hireDate",
        "birthday",
    ]
)
LONGEST = {
    "displayName": 256, "givenName": 64, "surname": 64, "jobTitle": 128, "department": 64, "companyName": 64,
    "city": 128, "state": 128, "country": 128, "postalCode": 40, "streetAddress": 1024, "mobilePhone": 64,
    "officeLocation": 128, "employeeId": 16, "mailNickname": 64, "faxNumber": 64, "mail": 256,
    "userPrincipalName": 113, "employeeType": 64,
}  # fmt: skip
_TYPES: dict[str, Any] = {"boolean": bool, "array": list, "object": dict, "string": str, "datetime": str}


def update(store: Store, call: Call, key: str) -> Reply:
    """Changes the properties in the body; 204. Raises Refusal."""
    refuse_options(call)
    user = user_of(store, key)
    body = call.json()
    _refuse_names(body)
    document = user.read()
    if document.get("onPremisesSyncEnabled") is True and set(body) - CLOUD_OWNED - PROFILE_STORE:
        raise bad_request(SYNCED)
    for name, value in body.items():
        _check(store, user, name, value)
    profile = body.pop("passwordProfile", None)
    changed = {name: _merged(document, name, value) for name, value in body.items()}
    differences: audit_trail.Changes = [
        (name[:1].upper() + name[1:], _listed(document.get(name)), _listed(value))
        for name, value in changed.items()
        if document.get(name) != value
    ]
    with store.transaction():
        shown = passwords.set_profile(store, user, profile) if profile else {}
        if differences:
            _store(store, user, document | shown, changed, differences)
        elif shown:
            store.save(user, document | shown)
    return NO_CONTENT


def _store(
    store: Store,
    user: Thing,
    document: dict[str, Json],
    changed: dict[str, Json],
    differences: audit_trail.Changes,
) -> None:
    was_enabled = document.get("accountEnabled")
    names = ", ".join(name for name, _, _ in differences)
    with store.transaction():
        store.save(user, document | changed)
        listed = [*differences, ("Included Updated Properties", None, names)]
        audit_trail.write(
            store, "Update user", "UserManagement", "Update", [audit_trail.target(user, listed)]
        )
        enabled = changed.get("accountEnabled", was_enabled)
        if enabled != was_enabled:
            activity = "Enable account" if enabled else "Disable account"
            change: audit_trail.Changes = [("AccountEnabled", [was_enabled], [enabled])]
            audit_trail.write(store, activity, "UserManagement", "Update", [audit_trail.target(user, change)])


def _listed(value: Json) -> Json:
    return value if isinstance(value, list) else [] if value is None else [value]


def _refuse_names(body: dict[str, Json]) -> None:
    if not body:
        raise bad_request("At least one property must be specified for update.")
    for name in body:
        if name not in ENTITIES["user"]:
            raise bad_request(f"Invalid property '{name}'.")
        if name not in WRITABLE and name not in PROFILE_STORE - {"mailboxSettings"}:
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")
    profile = PROFILE_STORE & set(body)
    if profile and len(profile) < len(body):
        raise bad_request(
            f"The property '{min(profile)}' cannot be updated together with directory properties; send it in "
            "a separate request."
        )


def _check(store: Store, user: Thing, name: str, value: Json) -> None:
    wrong = bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")
    kind = ENTITIES["user"][name]
    if value is None:
        if name in NOT_NULLABLE:
            raise wrong
        return
    if not isinstance(value, _TYPES.get(kind, object)) or (isinstance(value, str) and not value.strip()):
        raise wrong
    if isinstance(value, str) and len(value) > LONGEST.get(name, 1024 * 60):
        raise wrong
    if kind == "array" and not all(isinstance(item, str) and item.strip() for item in value):
        raise wrong
    if name == "businessPhones" and len(value) > 1:
        raise wrong
    if kind == "datetime" and not _is_moment(value):
        raise wrong
    _check_meaning(store, user, name, value, wrong)


def _check_meaning(store: Store, user: Thing, name: str, value: Json, wrong: Exception) -> None:
    match name:
        case "passwordProfile":
            passwords.check_profile(value, str(user.read().get("userPrincipalName")))
        case "usageLocation" if not re.fullmatch(r"[A-Za-z]{2}", value):
            raise wrong
        case "userType" if value not in ("Member", "Guest"):
            raise wrong
        case "mail" if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise wrong
        case "onPremisesExtensionAttributes":
            _check_extensions(value, wrong)
        case "userPrincipalName":
            _check_upn(store, user, value, wrong)
        case _:
            return


def _check_extensions(value: dict[str, Json], wrong: Exception) -> None:
    for name, text in value.items():
        if not re.fullmatch(r"extensionAttribute([1-9]|1[0-5])", name):
            raise bad_request(f"Invalid property '{name}'.")
        if text is not None and (not isinstance(text, str) or not text or len(text) > 1024):
            raise wrong


def _check_upn(store: Store, user: Thing, value: str, wrong: Exception) -> None:
    local, _, domain = value.partition("@")
    if not re.fullmatch(r"[A-Za-z0-9'._\-!#^~]{1,64}", local):
        raise wrong
    if domain.lower() not in verified_domains(store):
        raise bad_request(
            "Property userPrincipalName is invalid: its domain is not a verified domain of the tenant."
        )
    other = store.find_user(value)
    if other is not None and other.seq != user.seq:
        raise bad_request("Another object with the same value for property userPrincipalName already exists.")


def _is_moment(value: str) -> bool:
    try:
        moment(value)
    except ValueError:
        return False
    return True


def _merged(document: dict[str, Json], name: str, value: Json) -> Json:
    if name == "onPremisesExtensionAttributes" and value is not None:
        return (document.get(name) or {}) | value
    return value.upper() if name == "usageLocation" else value
