"""What the benchmarks of the whole program share: a tenant of its own, a session on it, bare calls to it."""

import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import msgspec

from services.profile import TenantProfile
from services.secret import Secret
from services.session import Session
from state.clock import Clock
from tests.journeys.served import Served, served


@contextmanager
def tenant(*flags: str) -> Iterator[Served]:
    """A sandbox in a process of its own that keeps nothing."""
    with served("--ephemeral", *flags) as endpoint:
        yield endpoint


@asynccontextmanager
async def session(endpoint: Served, state: Path, clock: Clock | None = None) -> AsyncIterator[Session]:
    """A session as the program opens it, journal on disk, runner at work; in the machine's time if no other."""
    facts = {k: v for k, v in msgspec.structs.asdict(endpoint).items() if k not in ("pid", "token")}
    profile = TenantProfile(name="lab", sign_in="static-token", token=Secret(endpoint.token), **facts)
    opened = await Session.open(profile, state_dir=state, clock=clock)
    try:
        yield opened
    finally:
        await opened.close()


def bare(endpoint: Served) -> httpx.AsyncClient:
    """A client with nothing of Rollcall's between it and the tenant."""
    return httpx.AsyncClient(
        base_url=endpoint.graph_url, headers={"Authorization": f"Bearer {endpoint.token}"}, timeout=120
    )


def peak() -> float:
    """MB this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
