"""A real session with a tenant that is served to it, and the steps an operator's screen would take."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from services.plan import Review, checked, review
from services.profile import TenantProfile
from services.record import Record
from services.secret import Secret
from services.session import Session
from services.tabs.registry import BY_ID
from services.tabs.tab import FieldValue, Page, PropertyTab, RecordTab, Row, ToggleTab
from services.user import User
from state.clock import Clock
from state.values import Change, Process, ProcessStatus, Step
from tests.sandbox import Endpoints

ADELE = "adelev@contoso.example"


def profile(endpoints: Endpoints, **facts: Any) -> TenantProfile:
    """A profile that signs in with the tenant's own token."""
    fields = msgspec.structs.asdict(endpoints)
    return TenantProfile(
        name="lab", sign_in="static-token", token=Secret(fields.pop("token")), **fields, **facts
    )


@asynccontextmanager
async def connected(
    endpoints: Endpoints, folder: Path, *, clock: Clock | None = None, readonly: bool = False, **facts: Any
) -> AsyncIterator[Session]:
    """A session whose state lies in `folder`; `facts` are the profile's."""
    named = profile(endpoints, **facts)
    session = await Session.open(named, state_dir=folder, clock=clock, readonly=readonly)
    try:
        yield session
    finally:
        await session.close()


async def rows(session: Session, user: User, tab: str) -> dict[str, Row]:
    """The rows of a toggle tab when all have come, by name, with every switch resolved."""
    found = BY_ID[tab]
    assert isinstance(found, ToggleTab)
    held: dict[str, Row] = {}
    async for page in found.load(session.tenant, user):
        if page.replace:
            held = {}
        held.update((row.key, row) for row in page.rows if isinstance(row, Row))
    if found.resolve is not None:
        held.update((row.key, row) for row in await found.resolve(session.tenant, user, list(held.values())))
    return {row.name: row for row in held.values()}


async def fields(session: Session, user: User, tab: str) -> dict[str, FieldValue]:
    """The fields of a properties tab."""
    found = BY_ID[tab]
    assert isinstance(found, PropertyTab)
    return {field.id: field for field in await found.load(session.tenant, user)}


async def pages(session: Session, user: User, tab: str, **chosen: str) -> list[Page]:
    """The pages of a record tab, narrowed by `chosen`."""
    found = BY_ID[tab]
    assert isinstance(found, RecordTab)
    load = found.narrow(chosen) if chosen and found.narrow else found.load
    return [page async for page in load(session.tenant, user)]


async def records(session: Session, user: User, tab: str, **chosen: str) -> list[Record]:
    """The records of a record tab when all have come."""
    held: list[Record] = []
    for page in await pages(session, user, tab, **chosen):
        held = ([] if page.replace else held) + [r for r in page.rows if isinstance(r, Record)]
    return held


def flip(user: User, tab: str, row: Row, toggle: int = 0) -> Change:
    """The change that Space on a row makes."""
    found = BY_ID[tab]
    assert isinstance(found, ToggleTab)
    before = row.on[toggle]
    return Change(
        user.id,
        user.upn,
        tab,
        row.key,
        row.name,
        found.toggles[toggle].id,
        before,
        not before,
        dict(row.facts),
    )


def put(user: User, tab: str, field: str, before: Any, after: Any) -> Change:
    """The change that editing a field makes."""
    return Change(user.id, user.upn, tab, "", "", field, before, after)


def back(changes: Sequence[Change]) -> list[Change]:
    """The changes that put everything as it was."""
    return [msgspec.structs.replace(c, before=c.after, after=c.before) for c in changes]


async def reviewed(session: Session, changes: Sequence[Change]) -> Review:
    """Stages the changes and holds the plan against the tenant, as the review screen does."""
    await session.stage(changes)
    return await checked(session.tenant, review(await session.pending.all()))


async def applied(session: Session, found: Review) -> tuple[Process, list[Step]]:
    """Applies the review and waits for the process's end."""
    number = await session.apply(found, "test")
    return await ended(session, number)


async def ended(session: Session, number: int) -> tuple[Process, list[Step]]:
    """The process and its steps when it has ended."""
    news = asyncio.Event()
    session.on_change = news.set
    try:
        while (process := await session.processes.get(number)).status in (
            ProcessStatus.WAITING,
            ProcessStatus.RUNNING,
        ):
            await news.wait()
            news.clear()
    finally:
        session.on_change = lambda: None
    return process, await session.processes.steps(number)
