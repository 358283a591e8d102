"""Microsoft authenticators: the devices with the app by which a user signs in; their deletion is staged."""

from collections.abc import AsyncIterator, Mapping, Sequence

from services import sign_in_methods
from services.columns import Column
from services.operation import Json, Operation
from services.sign_in_methods import REGISTERED
from services.tabs.details import shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Page, Row, Toggle, ToggleTab
from services.tenant import Tenant
from services.user import User
from state.values import Change

_TAGS = {"SoftwareTokenActivated": "app with codes"}
"""What Graph calls the way in which the app was registered, in words; one that is not here is shown as it is."""


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The devices, live. Raises `RollcallError`."""
    found = await sign_in_methods.read(tenant, sign_in_methods.authenticators_of(user.id))
    yield Page([_row(method) for method in found if method.get("id")], replace=True)


def _row(method: Mapping[str, Json]) -> Row:
    name = text_of(method.get("displayName")) or "(no name)"
    created, tag = method.get("createdDateTime"), text_of(method.get("deviceTag"))
    cells = (
        name,
        shown_moment(created)[:16] if created else "",
        text_of(method.get("phoneAppVersion")),
        _TAGS.get(tag, tag),
    )
    return Row(str(method["id"]), name, cells, (True,))


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One DELETE for each device."""
    return [sign_in_methods.authenticator_deleted(change) for change in changes]


TAB = ToggleTab(
    id="microsoft-authenticators",
    title="Microsoft authenticators",
    about=(
        "The devices with Microsoft Authenticator by which the user signs in. Space stages that one is deleted; a "
        "deleted device cannot be put back: the user has to register it again on the device."
    ),
    toggles=(Toggle(REGISTERED, "Registered", counted="registered"),),
    columns=(
        Column("displayName", "Device", least=20),
        Column("created", "Registered on", width=16),
        Column("version", "App version", width=12),
        Column("tag", "Way", least=14, wide=True),
    ),
    load=load,
    plan=plan,
    empty="The user has no device with Microsoft Authenticator",
)
