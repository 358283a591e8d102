"""How the program was asked to start; the command line makes it, the app reads it."""

import msgspec

from tui.drawing import Drawing
from tui.tenants import TenantChoice


class StartOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the app needs to know before a tenant is connected.

    `user` (a UPN or id) opens that page at once, at `tab`. `keys` maps binding ids to keys.
    `photo` is how photos are drawn. `tenant_label` is what the header calls the tenant, in the look `tenant_look`;
    `tenants` are those that can be switched to.
    """

    user: str | None = None
    tab: str | None = None
    readonly: bool = False
    ascii: bool = False
    keys: dict[str, str] = {}
    bell: bool = True
    photo: Drawing = Drawing.INITIALS
    tenant_label: str = ""
    tenant_look: str = "tenant"
    tenants: tuple[TenantChoice, ...] = ()
    sandbox: bool = False
