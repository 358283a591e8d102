"""One tenant for all tests that only read; the others start their own."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox import Endpoints, running_sandbox


@pytest.fixture(scope="session")
def shared() -> Iterator[Endpoints]:
    """A tenant nobody writes to."""
    with running_sandbox() as endpoints:
        yield endpoints


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    """A tenant of the test's own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
def read(shared: Endpoints) -> Iterator[httpx.Client]:
    """A client of the shared tenant."""
    with client(shared) as found:
        yield found


@pytest.fixture
def graph(endpoints: Endpoints) -> Iterator[httpx.Client]:
    """A client of the test's own tenant."""
    with client(endpoints) as found:
        yield found


def client(endpoints: Endpoints, *, version: str = "v1.0") -> httpx.Client:
    """An HTTP client that carries the token."""
    return httpx.Client(
        base_url=f"{endpoints.graph_url}/{version}", headers={"Authorization": f"Bearer {endpoints.token}"}
    )
