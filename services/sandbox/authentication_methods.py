"""How a user proves who it is: phone numbers, one of each type, and devices with Microsoft Authenticator."""

import re
from typing import Any

from services.sandbox import audit_trail, document_list
from services.sandbox.answers import (
    ENCODE,
    NO_CONTENT,
    Call,
    Json,
    Refusal,
    Reply,
    bad_request,
    now_iso,
    ok,
)
from services.sandbox.directory_reads import user_of
from services.sandbox.odata_query import refuse_options
from services.sandbox.shapes import whole
from services.sandbox.store import Store, Thing

COLLECTION = "authenticationMethods"
"""One document for each user who has any: `phones`, `authenticators`, and the id of the `default` method."""

PHONES, AUTHENTICATORS, DEFAULT = "phones", "authenticators", "default"
IDS = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
"""phoneType -> the id that its number has with every user (`api-map.md` §3.19)."""

_NUMBER = re.compile(r"\+[1-9]\d{0,2} \d{4,14}(x\d{1,8})?")
_ENTITY = {PHONES: "phoneAuthenticationMethod", AUTHENTICATORS: "microsoftAuthenticatorAuthenticationMethod"}
_SEGMENT = {PHONES: "phoneMethods", AUTHENTICATORS: "microsoftAuthenticatorMethods"}

Held = dict[str, Any]


def phones(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/authentication/phoneMethods: all on one page, and no query options."""
    return _listed(store, call, key, PHONES)


def authenticators(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/authentication/microsoftAuthenticatorMethods: all on one page, and no query options."""
    return _listed(store, call, key, AUTHENTICATORS)


def add_phone(store: Store, call: Call, key: str) -> Reply:
    """POST …/phoneMethods: one number of each type, the alternate one only beside a primary one."""
    refuse_options(call)
    user, body = user_of(store, key), _body(call)
    kind = body.get("phoneType")
    if kind not in IDS:
        raise _invalid(f"The phoneType '{kind}' is none of {', '.join(IDS)}.")
    held = _held(store, user)
    types = {phone["phoneType"] for phone in held[PHONES]}
    if kind in types:
        raise _invalid(f"A phone method of the type '{kind}' already exists.")
    if kind == "alternateMobile" and "mobile" not in types:
        raise _invalid("An alternateMobile requires that the user has a mobile.")
    phone = {
        "id": IDS[kind],
        "phoneNumber": _number(body.get("phoneNumber")),
        "phoneType": kind,
        "smsSignInState": _sms(kind),
        "createdDateTime": now_iso(),
    }
    held[PHONES].append(phone)
    held[DEFAULT] = held[DEFAULT] or phone["id"]
    _keep(store, user, held, "Admin registered security info")
    context = f"{call.root}/$metadata#users('{user.id}')/authentication/phoneMethods/$entity"
    return ok({"@odata.context": context, **whole(_ENTITY[PHONES], ENCODE(phone), None)}, 201)


def change_phone(store: Store, call: Call, key: str, method: str) -> Reply:
    """PATCH …/phoneMethods/{id}: another number; the type stays."""
    refuse_options(call)
    user, body = user_of(store, key), _body(call)
    held = _held(store, user)
    phone = _find(held[PHONES], method)
    if body.get("phoneType", phone["phoneType"]) != phone["phoneType"]:
        raise _invalid("The phoneType of a phone method cannot be changed.")
    phone["phoneNumber"] = _number(body.get("phoneNumber"))
    _keep(store, user, held, "Admin updated security info")
    context = f"{call.root}/$metadata#users('{user.id}')/authentication/phoneMethods/$entity"
    return ok({"@odata.context": context, **whole(_ENTITY[PHONES], ENCODE(phone), None)})


def delete_phone(store: Store, call: Call, key: str, method: str) -> Reply:
    """DELETE …/phoneMethods/{id}; the primary mobile not while there is an alternate one."""
    refuse_options(call)
    user = user_of(store, key)
    held = _held(store, user)
    phone = _find(held[PHONES], method)
    if phone["phoneType"] == "mobile" and any(p["phoneType"] == "alternateMobile" for p in held[PHONES]):
        raise _invalid("The mobile cannot be deleted while the user has an alternateMobile.")
    return _deleted(store, user, held, PHONES, phone)


def delete_authenticator(store: Store, call: Call, key: str, method: str) -> Reply:
    """DELETE …/microsoftAuthenticatorMethods/{id}."""
    refuse_options(call)
    user = user_of(store, key)
    held = _held(store, user)
    return _deleted(store, user, held, AUTHENTICATORS, _find(held[AUTHENTICATORS], method))


def _deleted(store: Store, user: Thing, held: Held, what: str, method: dict[str, Json]) -> Reply:
    left = [each for each in (*held[PHONES], *held[AUTHENTICATORS]) if each is not method]
    if method["id"] == held[DEFAULT]:
        if left:
            raise _invalid("The default authentication method cannot be deleted while others are registered.")
        held[DEFAULT] = ""
    held[what].remove(method)
    _keep(store, user, held, "Admin deleted security info")
    return NO_CONTENT


def _listed(store: Store, call: Call, key: str, what: str) -> Reply:
    refuse_options(call)
    user = user_of(store, key)
    context = f"{call.root}/$metadata#users('{user.id}')/authentication/{_SEGMENT[what]}"
    found = [whole(_ENTITY[what], ENCODE(each), None) for each in _held(store, user)[what]]
    return ok({"@odata.context": context, "value": found})


def _body(call: Call) -> dict[str, Json]:
    body = call.json()
    for name in body:
        if name == "smsSignInState":
            raise _invalid("The property 'smsSignInState' is read-only.")
        if name not in ("phoneNumber", "phoneType", "@odata.type"):
            raise _invalid(f"Invalid property '{name}'.")
    return dict(body)


def _number(value: Json) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise _invalid("The phoneNumber is not of the format '+{country code} {number}x{extension}'.")
    return value


def _sms(kind: str) -> str | None:
    return "notAllowedByPolicy" if kind == "mobile" else "notSupported"


def _find(methods: list[dict[str, Json]], key: str) -> dict[str, Json]:
    """The method with this id, whose letters count."""
    found = next((each for each in methods if each["id"] == key), None)
    if found is None:
        raise Refusal(404, "resourceNotFound", f"The authentication method {key} was not found.")
    return found


def _held(store: Store, user: Thing) -> Held:
    kept = document_list.find(store, COLLECTION, user.id)
    return dict(kept.doc) if kept else {"id": user.id, PHONES: [], AUTHENTICATORS: [], DEFAULT: ""}


def _keep(store: Store, user: Thing, held: Held, activity: str) -> None:
    with store.transaction():
        document_list.remove(store, COLLECTION, user.id)
        document_list.add(store, COLLECTION, held)
        audit_trail.write(store, activity, "UserManagement", "Update", [audit_trail.target(user)])


def _invalid(message: str) -> Refusal:
    return bad_request(message, "badRequest")
