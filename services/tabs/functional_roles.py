"""Functional roles: the groups that the tenant's profile names as such; members get their permissions and licences."""

import re
from collections.abc import AsyncIterator

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
    named = tenant.profile.functional_roles
    ids = {identity.lower() for identity in named.ids}
    if named.administrative_unit:
        ids |= await members(tenant, await _unit(tenant, named.administrative_unit))
    prefix = named.prefix.casefold()

    def wanted(group: Group) -> bool:
        if group.kind is GroupKind.DISTRIBUTION:
            return False
        return group.id in ids or bool(prefix and group.name.casefold().startswith(prefix))

    async for page in matching(tenant, user, wanted, row_for(user)):
        yield page


async def _unit(tenant: Tenant, named: str) -> str:
    """The unit's id. Raises `NotFound`, or `InvalidInput` for a name that several have."""
    if _GUID.fullmatch(named):
        return named
    found = [identity for identity, name in (await units(tenant)).items() if name == named]
    if not found:
        raise NotFound(
            f'There is no administrative unit "{named}", which the profile names for functional roles.'
        )
    if len(found) > 1:
        raise InvalidInput(f'Several administrative units are called "{named}": put the id into the profile.')
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
