"""Options: everything that decides what the sandbox tenant holds and how it behaves."""

from pathlib import Path

import msgspec

TENANT_DOMAIN = "contoso.example"
PORTAL_APP_ID = "7f0c5f6e-52a3-4a6f-9a1f-3f6f6d0e21b7"
"""appId of the tenant's application "Rollcall", whose roles are the portal access roles."""
FUNCTIONAL_ROLES = "Functional roles"
"""Name of the administrative unit that holds the groups that are functional roles."""


OPERATOR_ROLES = ("Administrator", "Help desk", "Licence manager", "Auditor")
"""The roles that the application "Rollcall" declares."""


class Options(msgspec.Struct, frozen=True):
    """What `rollcall sandbox` was asked for.

    `data` None keeps nothing (`ephemeral` says the same beside a `data`). `epoch` is the ISO date the seeded
    history counts back from, "" the day the data is created. `quota_scale` makes the published quotas'
    time run that many times faster, for a client whose clock does. `operator_role` is the portal role of the
    administrator whom the token stands for, "" for none. `eligible_only`: that administrator holds no directory
    role, may activate some (PIM), and is let through by the active ones alone. `until_unlocked` names a file whose
    lock the server waits for: when nobody else holds it, the server stops. `token` "" draws a random one. `sign_in`
    names a directory for the certificates of a sign-in service, which is then served too, over https.
    """

    port: int = 0
    users: int = 2000
    groups: int = 5000
    seed: int = 1
    latency_ms: float = 0.0
    faults: tuple[str, ...] = ()
    hostile: bool = False
    quotas: bool = False
    quota_scale: float = 1.0
    ephemeral: bool = False
    data: Path | None = None
    token: str = ""
    sign_in: Path | None = None
    epoch: str = ""
    operator_role: str = "Administrator"
    eligible_only: bool = False
    until_unlocked: Path | None = None

    def __repr__(self) -> str:
        """Without the token: it must not reach a log."""
        return f"Options(port={self.port}, users={self.users}, groups={self.groups}, seed={self.seed})"
