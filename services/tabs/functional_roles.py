"""Functional roles: the groups that the tenant's profile names as such; members get their permissions and licences."""

import re
from collections.abc import AsyncIterator, Callable

from services.administrative_units import members, units
from services.errors import InvalidInput, NotFound
from services.group import Group, GroupKind
from services.tabs.group_rows import COLUMNS, MEMBER, matching
from services.tabs.mixed_groups import plan, row_for
from services.tabs.tab import Page, ToggleTab
from services.tenant import Tenant
from services.user import User

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def available(tenant: Tenant) -> str:
    """Hidden where the profile names no groups."""
    return "" if tenant.profile.functional_roles else "the profile has no [tenants.NAME.functional_roles]"


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The groups that the profile names. A distribution group hands out nothing, so none is ever among them."""
    async for page in matching(tenant, user, await named(tenant), row_for(user)):
        yield page


async def named(tenant: Tenant) -> Callable[[Group], bool]:
    """Which groups the profile names as functional roles. Raises `RollcallError`."""
    rules = tenant.profile.functional_roles
    ids = {identity.lower() for identity in rules.ids}
    if rules.administrative_unit:
        ids |= await members(tenant, await _unit(tenant, rules.administrative_unit))
    prefix = rules.prefix.casefold()

    def wanted(group: Group) -> bool:
        if group.kind is GroupKind.DISTRIBUTION:
            return False
        return group.id in ids or bool(prefix and group.name.casefold().startswith(prefix))

    return wanted


async def _unit(tenant: Tenant, name: str) -> str:
    """The unit's id. Raises `NotFound`, or `InvalidInput` for a name that several have."""
    if _GUID.fullmatch(name):
        return name
    found = [identity for identity, called in (await units(tenant)).items() if called == name]
    if not found:
        raise NotFound(
            f'There is no administrative unit "{name}", which the profile names for functional roles.'
        )
    if len(found) > 1:
        raise InvalidInput(f'Several administrative units are called "{name}": put the id into the profile.')
    return found[0]


TAB = ToggleTab(
    id="functional-roles",
    title="Functional roles",
    about="Groups that hand their members permissions and licences, as the tenant's profile names them.",
    toggles=(MEMBER,),
    columns=COLUMNS,
    load=load,
    plan=plan,
    available=available,
)
