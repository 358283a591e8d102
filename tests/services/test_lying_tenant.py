"""Services that lie on every tab: whatever they answer is either used or a sentence, and never followed elsewhere."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services import people_rows
from services.errors import ForeignHost, RollcallError
from services.profile import FunctionalRoles
from services.sandbox.options import FUNCTIONAL_ROLES, PORTAL_APP_ID
from services.session import Session
from services.tabs.registry import TABS
from services.tabs.tab import PropertyTab, RecordTab, Tab
from services.transport.quotas import QUOTAS
from services.user import User
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, fields, records, rows

pytestmark = pytest.mark.anyio

PROFILE: dict[str, Any] = {
    "functional_roles": FunctionalRoles(administrative_unit=FUNCTIONAL_ROLES),
    "portal_app_id": PORTAL_APP_ID,
}
PATIENCE = 20.0
KINDS = ("foreign-link", "endless", "gigantic:megabytes=2", "deformed", "truncate:after=2")


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: str(kind).partition(":")[0])
def lying(request: pytest.FixtureRequest) -> Iterator[tuple[str, Endpoints]]:
    """A tenant that lies in every list, but for the user whose page is open."""
    kind = str(request.param)
    with running_sandbox(users=40, groups=40, hostile=True, faults=(kind,)) as endpoints:
        yield kind.partition(":")[0], endpoints


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.transport.pipeline.LARGEST", 1 << 20)
    monkeypatch.setattr("services.transport.paging.MOST_PAGES", 3)
    monkeypatch.setattr("services.transport.wire.ATTEMPTS", 1)
    monkeypatch.setattr("services.tenant._PAUSES", ())
    monkeypatch.setitem(QUOTAS, "reports", msgspec.structs.replace(QUOTAS["reports"], most=1000))


async def loaded(session: Session, user: User, tab: Tab) -> object:
    """What the tab shows of it, or the sentence."""
    try:
        if isinstance(tab, PropertyTab):
            return await fields(session, user, tab.id)
        if isinstance(tab, RecordTab):
            return await records(session, user, tab.id)
        return await rows(session, user, tab.id)
    except RollcallError as error:
        return error


async def test_every_tab(lying: tuple[str, Endpoints], tmp_path: Path) -> None:
    kind, endpoints = lying
    async with connected(endpoints, tmp_path, **PROFILE) as session:
        user = await session.find_user(ADELE)
        found = {}
        for tab in TABS:
            async with asyncio.timeout(PATIENCE):
                found[tab.id] = await loaded(session, user, tab)
        if kind == "foreign-link":
            assert isinstance(found["security-groups"], ForeignHost)
        refused = [error for error in found.values() if isinstance(error, RollcallError)]
        assert refused or kind == "deformed"
        for error in refused:
            assert error.sentence.endswith((".", "!", "?"))
            assert all(char.isprintable() for char in error.sentence)


async def test_the_users_page(lying: tuple[str, Endpoints], tmp_path: Path) -> None:
    async with connected(lying[1], tmp_path) as session:
        async with asyncio.timeout(PATIENCE):
            with suppress(RollcallError):
                users = [u async for piece in session.tenant.users.listing() for u in piece.objects]
                for user in users:
                    people_rows.record(user, session.profile.kinds, people_rows.Insight())
