"""Extension Attributes: the fifteen custom attributes of a user."""

from collections.abc import Sequence

from services import properties
from services.operation import Operation, Request, Service
from services.tabs.fields import SYNCED, text_of, up_to
from services.tabs.tab import FieldValue, Property, PropertyTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

INSIDE = "onPremisesExtensionAttributes"
_NAMES = tuple(f"extensionAttribute{n}" for n in range(1, 16))


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fifteen, live. Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}",
        query=(("$select", f"{INSIDE},onPremisesSyncEnabled"),),
    )
    body = await tenant.read(request)
    values = body.get(INSIDE) or {}
    lock = SYNCED if body.get("onPremisesSyncEnabled") else ""
    return [FieldValue(name, values.get(name), text_of(values.get(name)), lock) for name in _NAMES]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One PATCH for all of them (`api-map.md` §3.15: it merges)."""
    return properties.operations(changes, inside=INSIDE)


TAB = PropertyTab(
    id="extension-attributes",
    title="Extension Attributes",
    about="The fifteen custom attributes. Clear the field to remove a value.",
    properties=tuple(
        Property(name, f"Attribute {number}", "Extension attributes", check=up_to(1024))
        for number, name in enumerate(_NAMES, 1)
    ),
    load=load,
    plan=plan,
)
