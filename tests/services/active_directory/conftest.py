"""A session with a tenant in the cloud and the domain beside it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.session import Session
from tests.domain_controller import Domain
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import connected


@pytest.fixture(scope="package")
def tenant() -> Iterator[Endpoints]:
    """The cloud beside it."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, domain: Domain, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with both."""
    async with connected(tenant, tmp_path / "state", active_directory=domain.profile()) as found:
        yield found
