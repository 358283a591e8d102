"""Clouds: where each national cloud has its services, and which it has not; one row per cloud.

Sources: api-map.md §10.5; the "national cloud deployments" line of each call in the Graph reference. GCC is served by
the global hosts. SharePoint's host has the tenant's own name before the suffix, so the profile names it.
"""

from typing import Literal, TypeAlias

import msgspec

CloudName: TypeAlias = Literal["global", "gcc", "gcc-high", "dod", "china"]


class Cloud(msgspec.Struct, frozen=True):
    """Host roots without a slash at the end; `authority` signs in, `sharepoint` ends the tenant's own host.

    `missing` are the ids of the tabs and actions for which the cloud has no service at all.
    """

    authority: str
    graph: str
    exchange: str
    sharepoint: str
    missing: frozenset[str] = frozenset()


_GLOBAL = Cloud(
    "https://login.microsoftonline.com",
    "https://graph.microsoft.com",
    "https://outlook.office365.com",
    ".sharepoint.com",
)

CLOUDS: dict[CloudName, Cloud] = {
    "global": _GLOBAL,
    "gcc": _GLOBAL,
    "gcc-high": Cloud(
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://outlook.office365.us",
        ".sharepoint.us",
    ),
    "dod": Cloud(
        "https://login.microsoftonline.us",
        "https://dod-graph.microsoft.us",
        "https://webmail.apps.mil",
        ".sharepoint-mil.us",
    ),
    "china": Cloud(
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://partner.outlook.cn",
        ".sharepoint.cn",
        # /users/{id}/authentication/… is for the global and the US clouds
        frozenset(("manage-mfa-methods", "phone-methods", "microsoft-authenticators")),
    ),
}


def lacks(cloud: CloudName, part: str) -> str:
    """Why a tab or action is not for tenants of this cloud, within a line; "" where it is."""
    return f"the cloud {cloud} has no such service" if part in CLOUDS[cloud].missing else ""
