"""Accounts that Active Directory masters: which one is a user's, and what is done to it, as operations."""

import msgspec

from services import ldap, powershell
from services.errors import NotFound, NotPermitted
from services.local_users import PERSON
from services.operation import Already, HasValue, Json, Look, Operation, Repeat, Request, Service
from services.tenant import Tenant
from services.transport.ldap_answers import ALREADY, DISABLED
from services.transport.urls import segment
from services.user import User
from services.vault import MASK, named

NOT_CONNECTED = (
    "mastered in Active Directory, and no domain controller is connected: do it there, or add"
    " [tenants.NAME.active_directory] to the profile"
)
"""Why nothing is done to an account that Active Directory masters."""

NEVER_EXPIRES = 0x10000
"""DONT_EXPIRE_PASSWORD in userAccountControl ([MS-ADTS] 2.2.16)."""

ACCOUNT = "account"
"""The fact of a form with the account that its plan is about."""

LATER = (
    "Entra follows at the next synchronisation, by default within 30 minutes; until then the cloud shows and does"
    " what was before."
)

DOUBT = "Either the old password works or the new one: reset it again to be sure, with another password."

OLD_DATE = "Undone, the password counts as set at that moment: its old date does not come back."

_NEXT_LOGON = "changeAtNextLogon"

_FIELDS = ("objectGUID", "sAMAccountName", "userPrincipalName", "userAccountControl", "pwdLastSet")

_ANCHORS = "id,onPremisesImmutableId,onPremisesDistinguishedName,onPremisesSamAccountName"


class Account(msgspec.Struct, frozen=True):
    """One user object; `id` is its objectGUID, `flags` its userAccountControl, `password_set` its pwdLastSet."""

    id: str
    dn: str
    flags: int | None = None
    password_set: int | None = None

    @property
    def enabled(self) -> bool | None:
        """Whether it may sign in; None where the bind user may not read that."""
        return None if self.flags is None else not self.flags & DISABLED

    @property
    def never_expires(self) -> bool:
        """Whether the domain never asks for another password, whatever pwdLastSet says."""
        return bool((self.flags or 0) & NEVER_EXPIRES)


def on_premises(user: User) -> bool:
    """Whether Active Directory masters the account: alone (Local), or with Entra following it (Hybrid)."""
    return user.local or user.synced


def unreachable(tenant: Tenant) -> str:
    """Why nothing can be done in Active Directory; "" where the profile names a domain controller."""
    return "" if tenant.profile.active_directory else NOT_CONNECTED


async def account(tenant: Tenant, user: User) -> Account:
    """The user's account, as it is now. Raises `RollcallError`, and `NotFound` unless it is exactly one."""
    if user.local:
        body = await tenant.read(ldap.read(user.id, _FIELDS))
        return _of_entry(body["value"][0]) if body["value"] else _nobody(tenant, user)
    request = Request(Service.GRAPH, path=f"/users/{segment(user.id)}", query=(("$select", _ANCHORS),))
    anchors = await tenant.read(request)
    if not (anchored := _anchored(anchors)):
        return _nobody(tenant, user)
    base = tenant.profile.active_directory.base_dn
    found = (await tenant.read(ldap.search(base, ldap.all_of([PERSON, anchored]), _FIELDS)))["value"]
    return _of_entry(found[0]) if len(found) == 1 else _nobody(tenant, user)


def as_fact(found: Account) -> dict[str, Json]:
    """The account as a form keeps it for the plan."""
    fact: dict[str, Json] = msgspec.to_builtins(found)
    return fact


def of_fact(fact: Json) -> Account:
    """The account that `as_fact` wrote."""
    return msgspec.convert(fact, Account)


def password_expired(user: User, found: Account) -> Operation:
    """The user has to change the password at the next logon (`pwdLastSet` = 0); the inverse lets it count again."""
    there = _expiry(user, found, True)
    if found.password_set in (None, 0):
        return there
    return msgspec.structs.replace(there, inverse=_expiry(user, found, False))


def _expiry(user: User, found: Account, on: bool) -> Operation:
    """`pwdLastSet` takes 0, for expired, and -1, for set at this moment, alone ([MS-SAMR] 3.1.1.8.8)."""
    shown = {"Identity": found.id, "ChangePasswordAtLogon": on}
    before = None if found.password_set is None else found.password_set == 0
    return Operation(
        title="Expire password" if on else "Let the password count again",
        target=user.upn,
        request=ldap.modify(found.id, replace={"pwdLastSet": 0 if on else -1}),
        serial=serial(found.id),
        powershell=powershell.line("Set-ADUser", shown, flags=("ChangePasswordAtLogon",)),
        before={_NEXT_LOGON: before if on else True},
        after={_NEXT_LOGON: on},
        look=_look(found, _NEXT_LOGON, "pwdLastSet"),
    )


def password_reset(user: User, found: Account, secret: str, *, change: bool) -> Operation:
    """Sets the password that the vault knows by this name; `change` has the user choose another at once.

    Both in one LDAP operation, so that a refused password leaves the old one as it was.
    """
    written = {ldap.PASSWORD: named(secret)} | ({"pwdLastSet": 0} if change else {})
    shown = {"Identity": found.id, "Reset": True, "NewPassword": MASK}
    lines = [powershell.line("Set-ADAccountPassword", shown)]
    if change:
        wanted = {"Identity": found.id, "ChangePasswordAtLogon": True}
        lines.append(powershell.line("Set-ADUser", wanted, flags=("ChangePasswordAtLogon",)))
    return Operation(
        title="Reset password",
        target=user.upn,
        request=ldap.modify(found.id, replace=written),
        serial=serial(found.id),
        powershell="; ".join(lines),
        after={"Password": MASK, "Change at next logon": change},
        repeat=Repeat.ONCE,
        doubt=DOUBT,
    )


def allowed(user: User, found: Account, on: bool) -> Operation:
    """Enables or disables the account (ACCOUNTDISABLE); the inverse puts back what was."""
    before = user.account_enabled if found.enabled is None else found.enabled
    there = _switched(user, found, on, before)
    if before is None or before is on:
        return there
    return msgspec.structs.replace(there, inverse=_switched(user, found, before, on))


def _switched(user: User, found: Account, on: bool, before: bool | None) -> Operation:
    bit = {"userAccountControl": DISABLED}
    return Operation(
        title="Enable sign-in" if on else "Block sign-in",
        target=user.upn,
        request=ldap.modify(found.id, clear_bits=bit) if on else ldap.modify(found.id, set_bits=bit),
        serial=serial(found.id),
        powershell=powershell.line("Enable-ADAccount" if on else "Disable-ADAccount", {"Identity": found.id}),
        before={"accountEnabled": before},
        after={"accountEnabled": on},
        look=_look(found, "accountEnabled", "userAccountControl"),
        already=(Already(ALREADY.status, ALREADY.code),),
    )


def _look(found: Account, field: str, attribute: str = "") -> Look:
    return Look(ldap.read(found.id, (attribute or field,)), (HasValue(field, ("value", "0", field)),))


def serial(guid: str) -> str:
    """What operations on one account are kept in order by."""
    return f"active-directory:{guid}"


def _anchored(anchors: dict[str, Json]) -> str:
    """By the anchor of the synchronisation, which no rename changes; by both names where that is no GUID.

    Never by name beside a GUID that is not there: that would be another account which took the name.
    """
    guid = ldap.guid_of(str(anchors.get("onPremisesImmutableId") or ""))
    if guid is not None:
        names = ("objectGUID", "mS-DS-ConsistencyGuid")
        return ldap.any_of([ldap.equal_guid(name, guid) for name in names])
    name, logon = anchors.get("onPremisesDistinguishedName"), anchors.get("onPremisesSamAccountName")
    if not name or not logon:
        return ""
    return ldap.all_of([ldap.equal("distinguishedName", str(name)), ldap.equal("sAMAccountName", str(logon))])


def _of_entry(entry: dict[str, Json]) -> Account:
    return Account(entry["id"], entry["dn"], entry.get("userAccountControl"), entry.get("pwdLastSet"))


def _nobody(tenant: Tenant, user: User) -> Account:
    controller = tenant.profile.active_directory
    raise NotFound(
        f"Active Directory ({controller.host}) does not hold exactly one account of {user.name} below"
        f" {controller.base_dn}: check base_dn in the profile, and whether the account was deleted or moved."
    )


def refuse_never_expiring(user: User, found: Account) -> None:
    """Raises `NotPermitted` where the account's password never expires: the domain then asks for no change."""
    if found.never_expires:
        raise NotPermitted(
            f'The password of {user.name} is set to never expire, so no change would be asked for. Clear "Password'
            ' never expires" in Active Directory first.'
        )
