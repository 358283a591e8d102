"""One tenant a module, and a session a test, for the tabs that share nothing else."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.session import Session
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import connected


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test changes objects of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(tenant, tmp_path) as found:
        yield found
