"""Pausing: what the runner asks where a service refuses for want of a role, and before it sends what needs one."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from services.operation import Operation


class Lack(msgspec.Struct, frozen=True):
    """That the operator has no role, now, that lets an operation through, and what to make of that.

    `pauses`: the process, and the step with it, waits until one of `roles` (ids) is active. `again`: one is active
    already, and the service has only not heard of it. Neither: the refusal stands, and says so.
    """

    sentence: str
    roles: tuple[str, ...] = ()
    pauses: bool = False
    again: bool = False


class Roles(Protocol):
    """What is known of the directory roles of whoever signed in here."""

    async def before(self, operations: Sequence[Operation]) -> Lack | None:
        """Why the process of these, which are about to be sent, pauses; asks only where a role's time is over."""
        ...

    async def refused(self, operations: Sequence[Operation]) -> list[Lack | None]:
        """What a service's 403 to each of these comes from; None where roles do not tell."""
        ...

    async def regained(self, roles: Sequence[str]) -> str:
        """The log's line for a process that waits for one of these and may go on; "" while it may not."""
        ...


class _NoRoles:
    async def before(self, operations: Sequence[Operation]) -> Lack | None:
        """Nothing is lacking."""
        return None

    async def refused(self, operations: Sequence[Operation]) -> list[Lack | None]:
        """Nobody knows."""
        return [None] * len(operations)

    async def regained(self, roles: Sequence[str]) -> str:
        """Nothing comes back."""
        return ""


UNKNOWN_ROLES: Roles = _NoRoles()
"""Where nothing is known of roles, nothing pauses."""
