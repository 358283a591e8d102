"""Local users: the accounts that only Active Directory knows, as the directory's users are known elsewhere."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from uuid import UUID

from services import ldap
from services.errors import BadAnswer, NotFound
from services.operation import Json, Request, Service
from services.tenant import Tenant
from services.transport.urls import odata_string
from services.user import User

PERSON = "(sAMAccountType=805306368)"
"""Users and nothing else: no computers, no trusts ([MS-ADTS] 2.2.13, SAM_NORMAL_USER_ACCOUNT); it is indexed."""

_FIELDS = (
    "objectGUID",
    "mS-DS-ConsistencyGuid",
    "sAMAccountName",
    "userPrincipalName",
    "displayName",
    "cn",
    "mail",
    "department",
    "title",
    "employeeID",
    "userAccountControl",
    "whenCreated",
)


async def find(tenant: Tenant, identifier: str) -> User | None:
    """The Local user with this objectGUID, user principal name or logon name; None where there is none.

    An account that Entra follows is none of them. Raises `RollcallError`.
    """
    if not tenant.profile.active_directory:
        return None
    if (guid := _guid(identifier)) is not None:
        named = ldap.equal_guid("objectGUID", guid)
    else:
        names = ("userPrincipalName", "sAMAccountName")
        named = ldap.any_of([ldap.equal(name, identifier) for name in names])
    found = (await tenant.read(_search(tenant, named)))["value"]
    if len(found) != 1 or await _followed(tenant, found[0]):
        return None
    return of_entry(found[0])


async def pages(tenant: Tenant, known: AsyncIterable[Iterable[User]]) -> AsyncIterator[list[User]]:
    """The Local users, page by page; `known` are the directory's own, piece by piece. Raises `RollcallError`."""
    anchors, names = set(), set()
    async for users in known:
        for user in users:
            if (anchor := ldap.guid_of(user.on_premises_immutable_id or "")) is not None:
                anchors.add(str(anchor))
            if user.synced and user.on_premises_distinguished_name:
                names.add(user.on_premises_distinguished_name.casefold())
    async for page in tenant.pages(_search(tenant, "")):
        yield [
            of_entry(entry)
            for entry in page
            if str(entry["dn"]).casefold() not in names and not anchors.intersection(_anchors(entry))
        ]


def of_entry(entry: dict[str, Json]) -> User:
    """The account as a user. Raises `BadAnswer` for one without an objectGUID: the bind user may not read it."""
    if not entry.get("id"):
        raise BadAnswer(
            f"Active Directory does not tell the objectGUID of {entry['dn']}: let the bind user read it."
        )
    return User(
        id=entry["id"],
        display_name=entry.get("displayName") or entry.get("cn"),
        user_principal_name=entry.get("userPrincipalName") or entry.get("sAMAccountName"),
        mail=entry.get("mail"),
        account_enabled=entry.get("accountEnabled"),
        department=entry.get("department"),
        job_title=entry.get("title"),
        employee_id=entry.get("employeeID"),
        created_date_time=_created(str(entry.get("whenCreated") or "")),
        on_premises_distinguished_name=entry["dn"],
        local=True,
    )


async def _followed(tenant: Tenant, entry: dict[str, Json]) -> bool:
    """Whether Entra has a user that is synchronised from this account."""
    for anchor in _anchors(entry):
        query = (
            ("$filter", f"onPremisesImmutableId eq '{odata_string(ldap.immutable_id(anchor))}'"),
            ("$select", "id"),
        )
        try:
            body = await tenant.read(Request(Service.GRAPH, path="/users", query=query))
        except NotFound:
            continue
        if body.get("value"):
            return True
    return False


def _search(tenant: Tenant, named: str) -> Request:
    wanted = ldap.all_of([PERSON, named]) if named else PERSON
    return ldap.search(tenant.profile.active_directory.base_dn, wanted, _FIELDS)


def _anchors(entry: dict[str, Json]) -> list[str]:
    """The GUIDs that Entra Connect may have made the user's onPremisesImmutableId of."""
    return [guid for guid in (entry.get("mS-DS-ConsistencyGuid"), entry.get("id")) if guid]


def _guid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _created(text: str) -> str | None:
    """Generalized time ("20260131080000.0Z") as Graph writes it."""
    digits = text[:14]
    if len(digits) != 14 or not digits.isdigit():
        return None
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"
