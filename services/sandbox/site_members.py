"""Who is in a site's groups: finding a user, adding and removing, with SharePoint's own refusals."""

import re

from services.sandbox.answers import DECODE, ENCODE, Call, Json, Refusal, Reply
from services.sandbox.site_answers import JSON_TYPE, QUERY, no_resource, refuse_options, shown
from services.sandbox.site_records import (
    LOGIN,
    SECURITY,
    SECURITY_GROUP,
    SHAREPOINT_GROUP,
    UNIFIED,
    Collection,
    Principal,
    save,
)
from services.sandbox.store import Store

_MISSING = "-2146232832, Microsoft.SharePoint.SPException"
_NULL = ENCODE({"odata.null": True})


def facts(one: Principal) -> dict[str, Json]:
    """A principal as the service shows it."""
    return {
        "Email": one.mail,
        "Id": one.id,
        "IsHiddenInUI": False,
        "IsSiteAdmin": False,
        "LoginName": one.login,
        "PrincipalType": one.kind,
        "Title": one.title,
    }


def group_facts(collection: Collection, number: int) -> dict[str, Json]:
    """A SharePoint group as the service shows it."""
    (group,) = [g for g in collection.groups if g.id == number]
    return {
        "Description": None,
        "Id": group.id,
        "IsHiddenInUI": False,
        "LoginName": group.title,
        "OwnerTitle": f"{collection.webs[0].title} Owners",
        "PrincipalType": SHAREPOINT_GROUP,
        "Title": group.title,
    }


def site_user(call: Call, collection: Collection, segment: str) -> Reply:
    """GET siteusers(@v)?@v='…': one user of the site and its groups. Raises Refusal 404."""
    alias = re.fullmatch(r"siteusers\((@\w+)\)", segment, re.IGNORECASE)
    if alias is None:
        raise no_resource(segment)
    literal = call.query.get(alias[1], "")
    if not re.fullmatch(r"'(?:[^']|'')*'", literal):
        raise Refusal(400, QUERY, f"The value of the alias '{alias[1]}' is not a text in quotes.")
    found = collection.known(literal[1:-1].replace("''", "'"))
    if found is None:
        raise Refusal(404, _MISSING, "User cannot be found.")
    groups = [group_facts(collection, g.id) for g in collection.groups if found.id in g.members]
    return shown(call, "user", {**facts(found), "Groups": groups}, frozenset({"Groups"}))


def ensure(store: Store, call: Call, collection: Collection) -> Reply:
    """POST ensureuser."""
    refuse_options(call)
    body = _body(call)
    if set(body) != {"logonName"} or not isinstance(body["logonName"], str):
        raise Refusal(400, QUERY, "The parameter logonName is missing or has another type.")
    found = _resolved(store, collection, body["logonName"])
    save(store, collection)
    return Reply(200, ENCODE(facts(found)), content_type=JSON_TYPE)


def add(store: Store, call: Call, collection: Collection, number: int) -> Reply:
    """POST users: adding who is in already changes nothing."""
    refuse_options(call)
    body = _body(call)
    verbose = "odata=verbose" in call.headers.get("content-type", "").lower()
    if verbose and body.pop("__metadata", None) != {"type": "SP.User"}:
        raise Refusal(
            400, QUERY, "An entry without a type name was found, but no expected type was specified."
        )
    for name in body:
        if name != "LoginName":
            raise Refusal(
                400,
                QUERY,
                f"The property '{name}' does not exist on type 'SP.User'. Make sure to only use property names that "
                "are defined by the type.",
            )
    if not isinstance(body.get("LoginName"), str):
        raise Refusal(400, QUERY, "The property 'LoginName' is missing or has another type.")
    found = _resolved(store, collection, body["LoginName"])
    (group,) = [g for g in collection.groups if g.id == number]
    if found.id not in group.members:
        group.members.append(found.id)
    save(store, collection)
    return Reply(201, ENCODE(facts(found)), content_type=JSON_TYPE)


def remove(store: Store, call: Call, collection: Collection, number: int, who: int) -> Reply:
    """POST users/removebyid(n)."""
    refuse_options(call)
    (group,) = [g for g in collection.groups if g.id == number]
    if who not in group.members:
        raise Refusal(404, _MISSING, f"Can not find the user with ID: {who}.")
    group.members.remove(who)
    save(store, collection)
    return Reply(200, _NULL, content_type=JSON_TYPE)


def _body(call: Call) -> dict[str, Json]:
    if not call.headers.get("content-type", "").lower().startswith("application/json"):
        raise Refusal(415, QUERY, "The Content-Type of the request is not supported.")
    try:
        body = DECODE(call.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, QUERY, "Invalid JSON. The request has no object for its body.")
    return body


def _resolved(store: Store, collection: Collection, login: str) -> Principal:
    """The principal with this login name, new to the site where need be. Raises Refusal for nobody's."""
    if login.lower().startswith(LOGIN):
        user = store.find_user(login[len(LOGIN) :])
        if user is not None:
            document = user.read()
            upn = str(document["userPrincipalName"]).lower()
            title = str(document.get("displayName") or upn)
            return collection.welcome(f"{LOGIN}{upn}", title, mail=str(document.get("mail") or ""))
    for start in (SECURITY, UNIFIED):
        if login.lower().startswith(start):
            group = store.find(login[len(start) :].removesuffix("_o"), "group")
            if group is not None:
                return collection.welcome(login.lower(), str(group.read()["displayName"]), SECURITY_GROUP)
    raise Refusal(404, _MISSING, f"The specified user {login} could not be found.")
