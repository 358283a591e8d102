"""Clouds: where each national cloud has its services; one row per cloud.

Source: api-map.md §10.5. GCC is served by the global hosts. SharePoint's host has the tenant's own name before the
suffix, so the profile names it.
"""

from typing import Literal, TypeAlias

import msgspec

CloudName: TypeAlias = Literal["global", "gcc", "gcc-high", "dod", "china"]


class Cloud(msgspec.Struct, frozen=True):
    """Host roots without a slash at the end; `authority` signs in, `sharepoint` ends the tenant's own host."""

    authority: str
    graph: str
    exchange: str
    sharepoint: str


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
    ),
}
