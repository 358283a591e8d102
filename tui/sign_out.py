"""Sign-out: takes away all that signing in left on this machine, for one tenant or for all of the profile file."""

import argparse

from services.errors import InvalidInput
from services.places import default_state
from services.token_storage import forget
from tui.start import configured


def sign_out(arguments: argparse.Namespace) -> int:
    """Removes it and says what it was. Raises `InvalidInput` for a tenant that is not in the profile file."""
    config = configured(arguments.config)
    state_dir = arguments.state or default_state()
    if arguments.tenant and arguments.tenant not in config.tenants:
        known = ", ".join(config.tenants) or "none"
        raise InvalidInput(
            f"There is no tenant {arguments.tenant!r} in the profile file; there are: {known}."
        )
    names = [arguments.tenant] if arguments.tenant else list(config.tenants)
    for name in names:
        found = forget(state_dir, config.tenants[name].tenant_id)
        print(f"{name}: " + (f"removed {' and '.join(found)}" if found else "nothing was kept"))
    if not names:
        print("No tenant is configured; nothing was kept.")
    print("A running Rollcall keeps what it has in memory until it ends.")
    return 0
