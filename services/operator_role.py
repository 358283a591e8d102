"""The operator's portal role: read from the tenant, kept for a minute, and never taken for more than was read."""

import asyncio

import msgspec

from services.app_roles import App, app_with, grants
from services.errors import (
    BadAnswer,
    NotPermitted,
    Rejected,
    RollcallError,
    ServiceDown,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from services.operation import Request, Service
from services.portal_roles import HELP, Access, PortalRole, named
from services.profile import TenantProfile
from services.tenant import Tenant

KEPT = 60.0
"""Seconds for which what was read is not read again."""

BELIEVED = 600.0
"""Seconds for which what was read holds while the tenant does not answer."""

_NO_ANSWER = (BadAnswer, ServiceDown, SignInNeeded, Throttled, Unreachable)

_NO_PERSON = "delegated authentication"
"""What Graph says of /me where the token is an application's own."""


class OperatorRole:
    """Finds out what the operator may do, and has the tenant's tabs know it. `readonly`: see `Access`."""

    def __init__(self, tenant: Tenant, readonly: str) -> None:
        self._tenant = tenant
        self._readonly = readonly
        self._asking = asyncio.Lock()
        self._good_until = self._believed_until = 0.0
        sentence = "Nothing can be changed before your portal role was read; F5 reads it."
        unread = Access(limited=True, trouble=sentence, unread=True)
        self._keep(unread if tenant.profile.portal else Access())

    def expire(self) -> None:
        """The next look asks the tenant."""
        self._good_until = self._believed_until = 0.0

    async def known(self) -> Access:
        """What was read last, without waiting for the tenant; as `learn` where there is nothing. Never raises."""
        if self._tenant.access.unread or not self._believed_until:
            return await self.learn()
        return self._tenant.access

    async def learn(self) -> Access:
        """What the operator may do, read anew when that was a while ago, or failed. Never raises."""
        async with self._asking:
            now = self._tenant.clock.monotonic()
            if now >= self._good_until:
                try:
                    self._keep(await read(self._tenant))
                    self._good_until, self._believed_until = now + KEPT, now + BELIEVED
                except RollcallError as error:
                    if not isinstance(error, _NO_ANSWER) or now >= self._believed_until:
                        self._keep(_unread(error))
            return self._tenant.access

    def _keep(self, found: Access) -> None:
        grants = self._tenant.access.grants
        self._tenant.access = msgspec.structs.replace(found, readonly=self._readonly, grants=grants)


async def read(tenant: Tenant) -> Access:
    """What the operator's own assignments, or the profile of an application, allow. Raises `RollcallError`.

    Portal roles are in use where the enterprise application that the profile names (by `portal_app_id`, else the
    one that signs in) declares one of them, switched on or not. Elsewhere the tenant's own permissions decide
    alone, and that is said where the profile promises an application that is not there.
    """
    profile = tenant.profile
    if not profile.portal:
        return Access()
    try:
        app = await app_with(tenant, profile.portal)
    except NotPermitted:
        if profile.portal_app_id:
            raise
        # nobody said that there are portal roles, and who may not look at applications has not set them up
        return Access()
    if app is None and profile.portal_app_id:
        return Access(trouble=_no_application(profile))
    declared = {} if app is None else _declared(app)
    if app is None or not declared:
        return Access()
    operator = None if profile.app_only else await operator_id(tenant)
    if operator is None:
        return _of_profile(profile)
    able = {role.id for role in app.roles if role.for_people}
    held = {g.role for g in await grants(tenant, operator) if g.app == app.id and g.role in able}
    return _of(tuple(dict.fromkeys(declared[identity] for identity in declared if identity in held)), app)


def _no_application(profile: TenantProfile) -> str:
    return (
        f"Portal roles limit nothing here: no enterprise application has the id {profile.portal_app_id}. Correct"
        " portal_app_id in the profile file."
    )


def _declared(app: App) -> dict[str, PortalRole]:
    """The portal roles among the app roles, by the app role's id."""
    found = {role.id: named(role.value, role.name) for role in app.roles}
    return {identity: role for identity, role in found.items() if role is not None}


async def operator_id(tenant: Tenant) -> str | None:
    """The id of who signed in; None where that is an application. Raises `RollcallError`."""
    try:
        body = await tenant.read(Request(Service.GRAPH, path="/me", query=(("$select", "id"),)))
    except Rejected as error:
        if _NO_PERSON in error.sentence:
            return None
        raise
    return str(body["id"])


def _of(roles: tuple[PortalRole, ...], app: App) -> Access:
    if roles:
        return Access(limited=True, roles=roles)
    sentence = f"You hold no portal role of {app.name}, so nothing can be changed. {HELP}"
    return Access(limited=True, trouble=sentence, short="you hold no portal role")


def _of_profile(profile: TenantProfile) -> Access:
    role = named(profile.portal_role) if profile.portal_role else None
    if role is not None:
        return Access(limited=True, roles=(role,))
    sentence = (
        "An application signs in here, and the profile gives it no portal role, so nothing can be changed. Set"
        " portal_role in the profile file."
    )
    return Access(limited=True, trouble=sentence, short="the profile has no portal_role")


def _unread(error: RollcallError) -> Access:
    sentence = (
        f"Nothing can be changed, as your portal role could not be read; F5 tries again. {error.sentence}"
    )
    return Access(
        limited=True,
        trouble=sentence,
        short="your portal role could not be read; F5 tries again",
        unread=True,
    )
