"""Everything a session sends goes through a recorder: all of it is lawful, and what was applied is in the tenant."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services import people, people_rows
from services.errors import NotFound
from services.marketplace import REQUEST
from services.operation import Request, Service
from services.profile import FunctionalRoles
from services.sandbox.options import FUNCTIONAL_ROLES, PORTAL_APP_ID
from services.session import Session
from services.sites import GROUP, WEB
from services.tabs.registry import BY_ID, TABS
from services.tabs.tab import PropertyTab, RecordTab, Tab, ToggleTab, hidden
from services.user import User
from state.values import Change, ProcessStatus, StepClass
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import (
    ADELE,
    applied,
    back,
    connected,
    fields,
    flip,
    put,
    records,
    reviewed,
    rows,
)

pytestmark = pytest.mark.anyio

AFTER: dict[str, Any] = {
    "choice": "NO",
    "date": "2026-04-01T00:00:00Z",
    "flag": False,
    "list": ["+47 22 00 00 00"],
}
"""What a field of each kind is set to where the tab's own test does not say more."""

PROFILE: dict[str, Any] = {
    "functional_roles": FunctionalRoles(administrative_unit=FUNCTIONAL_ROLES),
    "portal_app_id": PORTAL_APP_ID,
}
TEXTS: dict[str, Any] = {
    "mobilePhone": "+47 900 00 000",
    "faxNumber": "+47 22 00 00 01",
    "preferredLanguage": "nb-NO",
    "userPrincipalName": "adele.v@contoso.example",
    "otherMails": ["adele@example.org"],
    "EmailAddresses": ["adele.v@mail.contoso.example"],
    "MailTip": "<html><body>Seldom &amp; slow</body></html>",
    "HiddenFromAddressListsEnabled": True,
    "LitigationHoldEnabled": True,
    "MaxSendSize": 20 << 20,
    "MaxReceiveSize": 1_288_490,
    "IssueWarningQuota": 1_288_490_188,
    "ProhibitSendQuota": 53_150_220_288,
    "ProhibitSendReceiveQuota": 50 << 30,
    "RetainDeletedItemsFor": "30.00:00:00",
    "ForwardingSmtpAddress": "adele@example.org",
    "DeliverToMailboxAndForward": True,
    "AutoReplyState": "Scheduled",
    "StartTime": "2026-12-24T12:00:00Z",
    "EndTime": "2027-01-02T08:00:00Z",
    "InternalMessage": "<html><body>Away<br>until &lt;2027&gt;</body></html>",
    "ExternalMessage": "<p>Away</p>",
    "ExternalAudience": "Known",
}

MAY_BE_MISSING = ("/sites/legal/", "/sites/board/", "/identityProtection/riskyUsers/")

EXCLUDED = "Office 365 E1"
"""A licence that nobody can hold beside the greater ones."""


@pytest.fixture
def tenant() -> Iterator[Endpoints]:
    """A tenant of the test's own, of names that lie and times that were real."""
    with running_sandbox(hostile=True) as found:
        yield found


@pytest.fixture
def recorder(tenant: Endpoints) -> Iterator[Recorder]:
    """A recorder in front of it."""
    with recording(tenant) as found:
        yield found


async def test_listing_people(recorder: Recorder, tmp_path: Path) -> None:
    async with connected(recorder.endpoints, tmp_path) as session:
        tenant = session.tenant
        users = [u async for piece in tenant.users.listing() for u in piece.objects]
        for tab in people_rows.PeopleTab:
            if tab is people_rows.PeopleTab.DELETED:
                bin_of_users = await people.deleted(tenant)
                assert all(u.deleted for u in bin_of_users)
                opened = await session.find_user(bin_of_users[0].id)
                assert (opened.upn, opened.deleted) == (bin_of_users[0].upn, True)
                with pytest.raises(NotFound):
                    await session.find_user("00000000-0000-4000-8000-00000000ffff")
                continue
            listed = [u for u in users if people_rows.belongs(u, tab, session.profile.kinds)]
            assert all(
                len(people_rows.record(u, session.profile.kinds, people_rows.Insight()).cells) == 8
                for u in listed
            )
        insight = people_rows.Insight()
        for what in ("risks", "mfa_missing", "password_days"):
            insight = people_rows.joined(insight, what, await people.learned(tenant, what))
        assert insight.reasons == {}
        assert insight.mfa_missing
        for chosen in people_rows.PeopleFilter:
            assert isinstance(
                [u for u in users if people_rows.passes(u, chosen, insight, session.clock.now())], list
            )
        for text in ("adele", "o'b", "a&b=c#d", 'quo"te', "ö", "100%", "+", "\\", "x" * 200):
            assert isinstance(await people.find_people(tenant, text), list)
        assert await people.find_people(tenant, "  ") == []
        found = await people.find_people(tenant, "Adele")
        assert ADELE in [upn for _, _, upn in found]
        assert insight.risks
        (at_risk, level) = next(iter(insight.risks.items()))
        assert await people.risk_of(tenant, next(u for u in users if u.id == at_risk)) == level
        assert await people.risk_of(tenant, await session.find_user(ADELE)) == ""
        tenant.expire()
        assert [piece async for piece in tenant.users.listing()]
    said = recorder.check()
    assert {one.method for one in said} == {"GET"}
    assert {one.path for one in said if one.status >= 400} == {one.path for one in said if one.status == 404}


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: str(tab.id))
async def test_a_tab_changed_and_changed_back(recorder: Recorder, tmp_path: Path, tab: Tab) -> None:
    async with connected(recorder.endpoints, tmp_path, **PROFILE) as session:
        user = await session.find_user(ADELE)
        assert hidden(tab, session.tenant, user) == ""
        changes = await _changes(session, user, tab)
        if changes:
            found = await reviewed(session, changes)
            assert {(line.finding, line.reason) for line in found.lines} == {("ready", "")}
            process, steps = await applied(session, found)
            assert [(s.title, s.state, s.sentence) for s in steps if s.state is not StepClass.DONE] == []
            assert process.status is ProcessStatus.SUCCEEDED
            session.tenant.expire()
            assert await _read(session, user, changes) == {c.key: c.after for c in changes}
            undone = await _back(session, user, tab, changes)
            process, steps = await applied(session, await reviewed(session, undone))
            assert [(s.title, s.sentence) for s in steps if s.state is not StepClass.DONE] == []
            assert await _read(session, user, changes) == {c.key: c.before for c in changes}
            assert len(await records(session, user, "audit-logs")) >= 2 * len(found.lines)
        elif isinstance(tab, RecordTab):
            assert await records(session, user, tab.id) is not None
    bad = [one for one in recorder.check() if one.status >= 400]
    # some sites let nobody in, and who never was at risk is not known there, which only a read can tell
    closed = [one for one in bad if one.path.startswith(MAY_BE_MISSING) and one.method == "GET"]
    assert [(one.path, one.status) for one in bad if one not in closed] == []


async def _changes(session: Session, user: User, tab: Tab) -> list[Change]:
    """A change of every field, or of every switch of some rows on and some off."""
    if isinstance(tab, PropertyTab):
        held = await fields(session, user, tab.id)
        other = (await session.find_user("alexw@contoso.example")).id
        wanted = {p.id: TEXTS.get(p.id, AFTER.get(p.kind, f"new {p.id}"[:16])) for p in tab.properties}
        wanted |= {"manager": other, "ForwardingAddress": other}
        found = []
        for name, field in held.items():
            if not field.lock:
                found.append(put(user, tab.id, name, field.value, wanted[name]))
        assert found or all(p.kind == "fixed" for p in tab.properties)
        # a mailbox forwards to one place
        found = [c for c in found if c.field != "ForwardingAddress"]
        # what the directory does not let be cleared can only be put back where there was something
        once = ("usageLocation", "SmtpClientAuthenticationDisabled")
        return [c for c in found if c.before is not None or c.field not in once]
    if not isinstance(tab, ToggleTab):
        return []
    held_rows = await rows(session, user, tab.id)
    found = []
    for toggle in range(len(tab.toggles)):
        free = [row for row in held_rows.values() if not row.lock(toggle) and row.name != EXCLUDED]
        # without a free seat a switch asks the marketplace, and the licence comes later
        free = [row for row in free if REQUEST not in row.facts]
        if tab.toggles[toggle].id == "owner":
            # the first owner of a group that has none can never be taken out again
            groups = [(row, row.facts.get(GROUP, "" if WEB in row.facts else row.key)) for row in free]
            free = [row for row, group in groups if not group or await _owners(session, group)]
        on = [row for row in free if row.on[toggle]][:3]
        off = [row for row in free if not row.on[toggle]][:24]
        assert off
        found += [flip(user, tab.id, row, toggle) for row in on + off]
    return found


async def _owners(session: Session, group: str) -> list[Any]:
    body = await session.tenant.read(Request(Service.GRAPH, path=f"/groups/{group}/owners"))
    return list(body["value"])


async def _back(session: Session, user: User, tab: Tab, changes: list[Change]) -> list[Change]:
    """The changes that put everything as it was, with what the rows tell of themselves now."""
    if not isinstance(tab, ToggleTab):
        return back(changes)
    by_key = {row.key: row for row in (await rows(session, user, tab.id)).values()}
    return [msgspec.structs.replace(c, facts=by_key[c.row].facts) for c in back(changes)]


async def _read(session: Session, user: User, changes: list[Change]) -> dict[str, Any]:
    """What the tenant now has in the cells of these changes, loaded as a person would see it."""
    tab = BY_ID[changes[0].tab]
    if not isinstance(tab, ToggleTab):
        held = await fields(session, user, tab.id)
        return {c.key: held[c.field].value for c in changes}
    by_key = {row.key: row for row in (await rows(session, user, tab.id)).values()}
    names = {toggle.id: number for number, toggle in enumerate(tab.toggles)}
    return {c.key: by_key[c.row].on[names[c.field]] for c in changes}


async def test_read_only_sends_no_write(recorder: Recorder, tmp_path: Path) -> None:
    async with connected(recorder.endpoints, tmp_path, readonly=True) as session:
        user = await session.find_user(ADELE)
        assert await rows(session, user, "security-groups")
    assert {one.method for one in recorder.check()} == {"GET"}


async def test_the_program_is_told_apart(recorder: Recorder, tmp_path: Path) -> None:
    async with connected(recorder.endpoints, tmp_path) as session:
        user = await session.find_user(ADELE)
        await rows(session, user, "security-groups")
    for call in recorder.calls:
        assert call.headers["user-agent"].startswith("Rollcall")
        assert call.headers["client-request-id"]
