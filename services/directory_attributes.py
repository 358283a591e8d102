"""The attributes of Active Directory behind a user's properties: which they are, read, and written as operations."""

from collections.abc import Mapping, Sequence

import msgspec

from services import active_directory, ldap, powershell
from services.active_directory import Account
from services.operation import HasValue, Json, Look, Operation
from services.tenant import Tenant
from services.user import User
from state.values import Change

FACT = "active-directory"
"""The fact of a change that is written there: the account's objectGUID."""

ATTRIBUTES: Mapping[str, str] = {
    "displayName": "displayName",
    "givenName": "givenName",
    "surname": "sn",
    "jobTitle": "title",
    "department": "department",
    "companyName": "company",
    "officeLocation": "physicalDeliveryOfficeName",
    "employeeId": "employeeID",
    "businessPhones": "telephoneNumber",
    "mobilePhone": "mobile",
    "faxNumber": "facsimileTelephoneNumber",
    "streetAddress": "streetAddress",
    "city": "l",
    "state": "st",
    "postalCode": "postalCode",
    "preferredLanguage": "preferredLanguage",
    "accountEnabled": "userAccountControl",
}
"""What is written there, by Graph's name; the pairs are those that Entra Connect synchronises
(learn.microsoft.com, "Attributes synchronized by Microsoft Entra Connect")."""

READ_ONLY: Mapping[str, str] = {
    "userPrincipalName": "userPrincipalName",
    "mail": "mail",
    "mailNickname": "mailNickname",
    "country": "co",
    "otherMails": "otherMailbox",
    "manager": "manager",
}
"""What is only read: names that other systems sign in by, a country that is three attributes at once, and a
manager, who is told by a distinguished name."""

ELSEWHERE = "Change it in Active Directory itself"
ABSENT = "Active Directory keeps nothing of the kind"

_ENABLED = "accountEnabled"


class Held(msgspec.Struct, frozen=True):
    """What an account holds: `values` by Graph's names."""

    account: Account
    values: Mapping[str, Json]


async def held(tenant: Tenant, user: User) -> Held:
    """What Active Directory holds of the user now. Raises `RollcallError`."""
    account = await active_directory.account(tenant, user)
    every = {**ATTRIBUTES, **READ_ONLY}
    body = await tenant.read(ldap.read(account.id, (*every.values(), "objectGUID")))
    entry = body["value"][0] if body["value"] else {}
    return Held(account, {field: _of_entry(entry, field, name) for field, name in every.items()})


def operations(changes: Sequence[Change]) -> list[Operation]:
    """The staged changes of one account: all attributes at once, and the sign-in, which takes another right."""
    written = [change for change in changes if change.field != _ENABLED]
    found = [_both_ways(written)] if written else []
    return found + [_switched(change) for change in changes if change.field == _ENABLED]


def _both_ways(changes: Sequence[Change]) -> Operation:
    back = [msgspec.structs.replace(c, before=c.after, after=c.before) for c in changes]
    keys = tuple(change.key for change in changes)
    return msgspec.structs.replace(_one_way(changes), inverse=_one_way(back), changes=keys)


def _one_way(changes: Sequence[Change]) -> Operation:
    guid = changes[0].facts[FACT]
    attributes = {ATTRIBUTES[change.field]: change.after or None for change in changes}
    names = ", ".join(change.row_name or change.field for change in changes)
    fields = [change.field for change in changes]
    return Operation(
        title=f"Set {names}",
        target=changes[0].user_name,
        request=ldap.modify(guid, replace=attributes),
        serial=active_directory.serial(guid),
        powershell=_shown(guid, attributes),
        before={change.field: change.before for change in changes},
        after={change.field: change.after for change in changes},
        look=Look(
            ldap.read(guid, tuple(attributes)),
            tuple(HasValue(field, ("value", "0", ATTRIBUTES[field])) for field in fields),
        ),
    )


def _switched(change: Change) -> Operation:
    user = User(change.user, user_principal_name=change.user_name, account_enabled=change.before)
    operation = active_directory.allowed(user, Account(change.facts[FACT], ""), bool(change.after))
    return msgspec.structs.replace(operation, changes=(change.key,))


def _shown(guid: str, attributes: Mapping[str, Json]) -> str:
    kept = {name: value for name, value in attributes.items() if value is not None}
    gone = [name for name, value in attributes.items() if value is None]
    parts: dict[str, Json] = {"Identity": guid}
    if kept:
        parts["Replace"] = kept
    if gone:
        parts["Clear"] = gone
    return powershell.line("Set-ADUser", parts)


def _of_entry(entry: Mapping[str, Json], field: str, attribute: str) -> Json:
    return entry.get(_ENABLED) if field == _ENABLED else entry.get(attribute)
