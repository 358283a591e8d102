"""FirstLook: some of the tenant's users as they were kept, to look at while the program still connects."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from services.chunks import Foreign, Packing, at_once
from services.directory_kinds import USERS
from services.places import state_file
from services.profile import Kinds, TenantProfile
from services.user import User
from state.glance import glance


class FirstLook(msgspec.Struct, frozen=True):
    """Some users of the `count` that are kept, `as_of` when they were read; `kinds` are the profile's."""

    users: Sequence[User]
    count: int
    as_of: datetime
    kinds: Kinds


def first_look(profile: TenantProfile, state_dir: Path) -> FirstLook | None:
    """About a thousand users; None when none are kept, or what is kept cannot be read."""
    found = glance(state_file(state_dir), profile.tenant_id, USERS.name, at_once)
    if found is None:
        return None
    try:
        users = Packing(USERS).items(*found.chunks)
    except Foreign:
        return None
    return FirstLook(users, found.count, found.as_of, profile.kinds) if users else None
