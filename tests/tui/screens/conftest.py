"""One tenant for each module of tests, so that no module sees what another one wrote."""

from collections.abc import Iterator

import pytest

from tests.sandbox import Endpoints, running_sandbox


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A small tenant that answers at once."""
    with running_sandbox(groups=240) as endpoints:
        yield endpoints
