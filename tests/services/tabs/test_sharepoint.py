"""SharePoint: which sites, who decides on each switch, what a flip becomes, and what the tenant holds after it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services import sites
from services.errors import InvalidInput
from services.group import GroupKind
from services.operation import Answer, Json, Request, Service, decode
from services.plan import Finding
from services.session import Session
from services.sites import GROUP, Role, web_path
from services.tabs import sharepoint, site_rows
from services.tabs.microsoft_365_groups import LAST_OWNER
from services.tabs.registry import TABS
from services.tabs.tab import Row, ToggleTab
from services.tenant import Tenant
from services.user import User
from state.values import Change, ProcessStatus, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import backwards, carried_out
from tests.services.connected import ADELE, applied, back, connected, flip, reviewed, rows

pytestmark = pytest.mark.anyio

ROOT = "https://contoso.sharepoint.com"
WHO = "o'brien@contoso.com"
ISAIAH = "isaiahl@contoso.example"
DIEGO = "diegos_fabrikam.example#EXT#@contoso.example"
ACCEPT = {"Accept": "application/json;odata=nometadata"}


def change(role: Role, after: bool, **facts: str) -> Change:
    facts = {"web": "/sites/a%20b", "url": f"{ROOT}/sites/a%20b"} | facts
    return Change("u-1", WHO, "sharepoint", "s-1", "Site A", role.value, not after, after, facts)


def named(tenant: Endpoints, web: str, role: str) -> set[str]:
    """Who is in one of a site's own groups, straight from the tenant."""
    address = f"{tenant.sharepoint_url}{web}/_api/web/associated{role}group/users"
    answer = httpx.get(address, headers=ACCEPT | {"Authorization": f"Bearer {tenant.token}"})
    assert answer.status_code == 200, answer.text
    return {str(one["LoginName"]).rpartition("|")[2] for one in answer.json()["value"]}


def related(tenant: Endpoints, group: str, relation: str) -> set[str]:
    """Members or owners of a Microsoft 365 group, straight from the tenant."""
    address = f"{tenant.graph_url}/v1.0/groups/{group}/{relation}?$select=id,userPrincipalName"
    answer = httpx.get(address, headers={"Authorization": f"Bearer {tenant.token}"})
    return {str(one["userPrincipalName"]).lower() for one in answer.json()["value"]}


async def page_of(session: Session, user: User, row: Row) -> dict[str, Row]:
    """The rows of the page that a site opens, resolved, by the text of their first column."""
    opening = sharepoint.opens(user, row)
    assert (opening.title, opening.subject) == (row.name, user)
    (tab,) = opening.tabs
    assert isinstance(tab, ToggleTab)
    assert (tab.id, tab.plan, tab.opens) == ("sharepoint", sharepoint.TAB.plan, None)
    held: list[Row] = []
    async for page in tab.load(session.tenant, user):
        held = ([] if page.replace else held) + [r for r in page.rows if isinstance(r, Row)]
    assert tab.resolve is not None
    return {r.cells[0]: r for r in await tab.resolve(session.tenant, user, held)}


def test_its_place_on_the_page() -> None:
    ids = [tab.id for tab in TABS]
    at = ids.index("sharepoint")
    assert (ids[at - 1], ids[at + 1]) == ("portal-access-roles", "extension-attributes")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (f"{ROOT}", ""),
        (f"{ROOT}/", ""),
        (f"{ROOT}/sites/a", "/sites/a"),
        (f"{ROOT.upper().replace('HTTPS', 'https')}/sites/a", "/sites/a"),
        (f"{ROOT}/sites/O'Brien%20%26%20S%C3%B6hne/", "/sites/O%27Brien%20%26%20S%C3%B6hne"),
        (f"{ROOT}/sites/a b", "/sites/a%20b"),
        (f"{ROOT}/sites/a%2Fb/..%2f", "/sites/a%2Fb/..%2F"),
        ("https://contoso-my.sharepoint.com/personal/x", None),
        ("https://contoso.sharepoint.com.evil.example/sites/a", None),
        ("http://contoso.sharepoint.com/sites/a", None),
        ("https://u:p@contoso.sharepoint.com/sites/a", None),
        ("", None),
    ],
)
def test_where_a_site_lies(url: str, path: str | None) -> None:
    assert web_path(url, ROOT) == path
    assert web_path(url, "") is None


@pytest.mark.parametrize(
    ("path", "top", "parent"),
    [
        ("", False, None), ("/sites/a", False, None), ("/teams/a", False, None), ("/search", True, None),
        ("/sites/a/b", False, "/sites/a"), ("/sites/a/b/c", False, "/sites/a/b"), ("/news", False, ""),
    ],
)  # fmt: skip
def test_what_lies_above_a_site(path: str, top: bool, parent: str | None) -> None:
    assert sites.parent_of(path, top=top) == parent


@pytest.mark.parametrize("role", Role)
def test_being_put_into_a_site(role: Role) -> None:
    one = change(role, True)
    (found,) = sites.operations([one])
    place = f"/sites/a%20b/_api/web/associated{role}group/users"
    body = {"__metadata": {"type": "SP.User"}, "LoginName": f"i:0#.f|membership|{WHO}"}
    headers = (("Content-Type", "application/json;odata=verbose"),)
    assert found.request == Request(Service.SHAREPOINT, "POST", place, headers=headers, body=body)
    assert (found.target, found.serial, found.changes) == ("Site A", "site:/sites/a%20b", (one.key,))
    assert (found.before, found.after) == ({role.value: False}, {role.value: True})
    assert found.powershell == (
        "Connect-PnPOnline -Url 'https://contoso.sharepoint.com/sites/a%20b' -Interactive; "
        f"Add-PnPGroupMember -LoginName 'o''brien@contoso.com' -Group (Get-PnPGroup -Associated{role.title()}Group)"
    )
    assert found.look is not None
    assert found.inverse is not None
    assert found.inverse.request.path == f"{place}/removebyid({{}})"
    assert found.inverse.lookup is not None
    assert found.inverse.lookup.request == found.look.request
    assert found.lookup is None


def test_being_taken_out_of_a_site_by_the_id_that_was_seen() -> None:
    (found,) = sites.operations([change(Role.VISITOR, False, **{"visitor-id": "12"})])
    assert found.request == Request(
        Service.SHAREPOINT, "POST", "/sites/a%20b/_api/web/associatedvisitorgroup/users/removebyid(12)"
    )
    assert found.lookup is None
    assert found.powershell.endswith("-Group (Get-PnPGroup -AssociatedVisitorGroup)")
    assert "Remove-PnPGroupMember -LoginName 'o''brien@contoso.com'" in found.powershell
    assert found.inverse is not None
    assert found.inverse.request.body["LoginName"] == f"i:0#.f|membership|{WHO}"


@pytest.mark.parametrize(
    ("role", "after", "facts", "paths"),
    [
        (Role.VISITOR, True, {}, ["visitorgroup"]),
        (Role.MEMBER, True, {}, ["members/$ref"]),
        (Role.OWNER, True, {}, ["owners/$ref"]),
        (Role.MEMBER, False, {"member-group": "yes"}, ["members/u-1/$ref"]),
        (Role.MEMBER, False, {"member-id": "7"}, ["removebyid(7)"]),
        (Role.MEMBER, False, {"member-id": "7", "member-group": "yes"}, ["members/u-1/$ref", "removebyid(7)"]),
    ],
)  # fmt: skip
def test_a_connected_site_is_changed_where_the_user_is(
    role: Role, after: bool, facts: dict[str, str], paths: list[str]
) -> None:
    one = change(role, after, **{GROUP: "g-1"}, **facts)
    found = sites.operations([one])
    assert [path in o.request.path for path, o in zip(paths, found, strict=True)] == [True] * len(paths)
    assert {o.changes for o in found} == {(one.key,)}
    assert {o.target for o in found} == {"Site A"}
    if role is not Role.VISITOR and "removebyid(7)" not in paths:
        assert {o.request.service for o in found} == {Service.GRAPH}
        assert found[0].serial == "group:g-1"


def test_a_change_that_does_not_say_where_the_site_lies() -> None:
    lost = msgspec.structs.replace(change(Role.MEMBER, True), facts={})
    with pytest.raises(InvalidInput, match="stage it again"):
        sites.operations([lost])


async def test_the_tab_is_hidden_where_the_profile_names_no_sharepoint(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with connected(msgspec.structs.replace(tenant, sharepoint_url=""), tmp_path) as session:
        assert "sharepoint_url" in sharepoint.TAB.available(session.tenant)
    async with connected(tenant, tmp_path / "other") as session:
        assert sharepoint.TAB.available(session.tenant) == ""


async def test_the_sites_and_who_decides_on_them(session: Session) -> None:
    user = await session.find_user(ADELE)
    found = await rows(session, user, "sharepoint")
    assert found["Contoso Home"].on == (True, False, False)
    assert found["Contoso Home"].lock(0).startswith("Through Everyone except external users")
    assert (found["Benefits"].on, found["Benefits"].locks) == ((True, False, False), ())
    assert found["Newsroom"].lock(0).startswith("Through Project Alpha")
    assert (found["Engineering Portal"].on, found["Engineering Portal"].lock(1)) == (
        (False, True, False),
        "Through Contoso Marketing: change it there",
    )
    assert found["Field Service"].on == (False, True, False)
    for closed in ("Legal", "Board"):
        assert found[closed].locks == (site_rows.NO_ENTRY,) * 3
        assert found[closed].on == (None, None, None)
    elsewhere = found["Adele Vance"]
    assert "another host" in elsewhere.lock(0)
    assert "web" not in elsewhere.facts
    assert "Vault" not in found, "a subsite stands on the page of its site"
    assert found["O'Brien & Söhne"].cells[1] == "/sites/O'Brien & Söhne"
    assert found["O'Brien & Söhne"].on == (False, False, False)


async def test_sites_that_are_connected_to_a_group(session: Session) -> None:
    user = await session.find_user(ADELE)
    found = await rows(session, user, "sharepoint")
    marketing, alone = found["Contoso Marketing"], found["Lone Owner Team"]
    assert (marketing.on, marketing.locks) == ((True, True, False), ())
    assert marketing.facts["member-group"] == "yes"
    assert "visitor-id" in marketing.facts
    assert (alone.on[2], alone.lock(2)) == (True, LAST_OWNER)
    dynamic = found["Contoso Everyone"]
    assert dynamic.lock(1).startswith("Members follow a dynamic membership rule")
    assert dynamic.lock(2) == ""
    groups = [
        g.id
        async for piece in session.tenant.groups.listing()
        for g in piece.objects
        if g.kind is GroupKind.MICROSOFT_365
    ]
    connected_to = {row.facts[GROUP] for row in found.values() if GROUP in row.facts}
    assert connected_to == set(groups)


async def test_a_guest_is_not_everyone_except_external_users(session: Session) -> None:
    found = await rows(session, await session.find_user(DIEGO), "sharepoint")
    assert (found["Contoso Home"].on, found["Contoso Home"].locks) == ((False, False, False), ())


async def test_only_the_rows_on_screen_are_looked_at(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await session.find_user(ADELE)
    asked: list[str] = []
    sent = Tenant.batch

    async def counting(
        tenant: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        asked.extend(r.path for r in requests if service is Service.SHAREPOINT)
        return await sent(tenant, service, requests, bulk=bulk)

    monkeypatch.setattr(Tenant, "batch", counting)
    listed: list[Row] = []
    async for page in sharepoint.load(session.tenant, user):
        listed += [row for row in page.rows if isinstance(row, Row)]
    assert asked == []
    assert {row.on for row in listed} == {(None, None, None)}
    some = [row for row in listed if row.name in ("Benefits", "Newsroom", "Adele Vance")]
    await site_rows.resolve(session.tenant, user, some)
    assert {path.partition("/_api")[0] for path in asked} == {"/sites/benefits", "/sites/newsroom"}
    assert len(asked) == 8


@pytest.mark.parametrize("role", range(3))
async def test_a_switch_reaches_the_site_and_comes_back(
    session: Session, tenant: Endpoints, role: int
) -> None:
    user, name = await session.find_user(ISAIAH), tuple(Role)[role].value
    before = named(tenant, "/sites/finance", name)
    row = (await rows(session, user, "sharepoint"))["Finance"]
    assert (row.on[role], row.lock(role)) == (False, "")
    put = [flip(user, "sharepoint", row, role)]
    process, steps = await applied(session, await reviewed(session, put))
    assert (process.status, [s.state for s in steps]) == (ProcessStatus.SUCCEEDED, [StepClass.DONE])
    assert named(tenant, "/sites/finance", name) == before | {ISAIAH}
    again = await reviewed(session, put)
    assert [line.finding for line in again.lines] == [Finding.ALREADY_SO]
    await applied(session, again)
    now = (await rows(session, user, "sharepoint"))["Finance"]
    assert now.on[role] is True
    assert now.facts[f"{name}-id"]
    _, steps = await applied(session, await reviewed(session, [flip(user, "sharepoint", now, role)]))
    assert [s.state for s in steps] == [StepClass.DONE]
    assert named(tenant, "/sites/finance", name) == before
    _, steps = await applied(session, await reviewed(session, [flip(user, "sharepoint", now, role)]))
    assert [s.state for s in steps] == [StepClass.ALREADY_SO]


async def test_what_was_added_can_be_undone_without_loading_anything(
    session: Session, tenant: Endpoints
) -> None:
    user = await session.find_user(ISAIAH)
    row = (await rows(session, user, "sharepoint"))["Travel Osaka"]
    before = named(tenant, "/sites/travel-osaka", "visitor")
    _, steps = await applied(session, await reviewed(session, [flip(user, "sharepoint", row, 0)]))
    assert named(tenant, "/sites/travel-osaka", "visitor") == before | {ISAIAH}
    given = [decode(step.operation) for step in steps]
    for expected in (StepClass.DONE, StepClass.ALREADY_SO):
        _, done = await carried_out(session, user, backwards(given))
        assert [s.state for s in done] == [expected]
        assert named(tenant, "/sites/travel-osaka", "visitor") == before


async def test_a_connected_site_is_changed_in_its_group(session: Session, tenant: Endpoints) -> None:
    user = await session.find_user(ISAIAH)
    row = (await rows(session, user, "sharepoint"))["Contoso Marketing"]
    assert row.on == (False, False, False)
    group, web = row.facts[GROUP], row.facts["web"]
    changes = [flip(user, "sharepoint", row, n) for n in range(3)]
    process, steps = await applied(session, await reviewed(session, changes))
    assert process.status is ProcessStatus.SUCCEEDED
    assert len(steps) == 3
    assert ISAIAH in related(tenant, group, "members")
    assert ISAIAH in related(tenant, group, "owners")
    assert ISAIAH in named(tenant, web, "visitor")
    assert ISAIAH not in named(tenant, web, "member") | named(tenant, web, "owner")
    now = (await rows(session, user, "sharepoint"))["Contoso Marketing"]
    assert now.on == (True, True, True)
    undo = [msgspec.structs.replace(c, facts=now.facts) for c in back(changes)]
    process, _ = await applied(session, await reviewed(session, undo))
    assert process.status is ProcessStatus.SUCCEEDED
    assert ISAIAH not in related(tenant, group, "members") | named(tenant, web, "visitor")


async def test_who_was_let_into_a_connected_site_alone_is_taken_out_there(
    session: Session, tenant: Endpoints
) -> None:
    user = await session.find_user("joniw@contoso.example")
    row = (await rows(session, user, "sharepoint"))["Contoso Marketing"]
    place = f"{row.facts['web']}/_api/web/associatedmembergroup/users"
    body = {"LoginName": f"i:0#.f|membership|{user.upn}"}
    assert (await session.tenant.send(Request(Service.SHAREPOINT, "POST", place, body=body))).ok
    now = (await rows(session, user, "sharepoint"))["Contoso Marketing"]
    assert (now.on[1], now.lock(1)) == (True, "")
    assert ("member-id" in now.facts, "member-group" in now.facts) == (True, False)
    _, (step,) = await applied(session, await reviewed(session, [flip(user, "sharepoint", now, 1)]))
    assert step.state is StepClass.DONE
    assert user.upn not in named(tenant, row.facts["web"], "member")


async def test_the_page_of_a_site(session: Session, tenant: Endpoints) -> None:
    user = await session.find_user(ADELE)
    every = await rows(session, user, "sharepoint")
    found = await page_of(session, user, every["Engineering Portal"])
    assert list(found) == ["(this site)", "Platform", "Vault", "Platform / Releases"]
    assert found["(this site)"].key == every["Engineering Portal"].key
    assert found["(this site)"].on == every["Engineering Portal"].on
    assert found["Platform"].locks == (site_rows.INHERITED,) * 3
    assert found["Platform"].on == (False, True, False)
    for own in ("Vault", "Platform / Releases"):
        assert (found[own].on, found[own].locks) == ((False, False, False), ())
    vault = found["Vault"]
    staged = flip(user, "sharepoint", vault, 1)
    assert staged.row_name == "Vault"
    _, (step,) = await applied(session, await reviewed(session, [staged]))
    assert step.state is StepClass.DONE
    assert named(tenant, "/sites/engineering/vault", "member") == {ADELE}
    assert (await page_of(session, user, every["Engineering Portal"]))["Vault"].on == (False, True, False)
    finance = await page_of(session, user, every["Finance"])
    assert finance["Audit"].locks == (site_rows.NO_ENTRY,) * 3
    assert finance["Budget 2026"].locks == (site_rows.INHERITED,) * 3


async def test_a_site_without_subsites_and_one_elsewhere(session: Session) -> None:
    user = await session.find_user(ADELE)
    every = await rows(session, user, "sharepoint")
    assert list(await page_of(session, user, every["Benefits"])) == ["(this site)"]
    elsewhere = await page_of(session, user, every["Adele Vance"])
    assert "another host" in elsewhere["(this site)"].lock(0)


async def _answering(monkeypatch: pytest.MonkeyPatch, session: Session, said: dict[str, Answer]) -> list[Row]:
    """One site's row when a part of what is asked about it is answered so."""
    sent = Tenant.batch

    async def some(
        tenant: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        found = []
        for request in requests:
            given = next((a for part, a in said.items() if part in request.path), None)
            found += [given] if given else await sent(tenant, service, [request], bulk=bulk)
        return found

    user = await session.find_user(ADELE)
    rows_before = [
        r async for page in sharepoint.load(session.tenant, user) for r in page.rows if isinstance(r, Row)
    ]
    wanted = [r for r in rows_before if r.name in ("Field Service", "Contoso Marketing")]
    monkeypatch.setattr(Tenant, "batch", some)
    session.tenant.clock = Quick()  # type: ignore[assignment]
    return sorted(await site_rows.resolve(session.tenant, user, wanted), key=lambda r: r.name)


class Quick:
    """A clock that does not wait."""

    async def sleep(self, seconds: float) -> None:
        """At once."""


async def test_a_group_that_is_not_shown_costs_its_switch_alone(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"associatedvisitorgroup": Answer(403, message="no"), "associatedownergroup": Answer(404)}
    marketing, field = await _answering(monkeypatch, session, said)
    assert (field.on, field.lock(1)) == ((None, True, None), "")
    assert "does not show" in field.lock(0)
    assert "no group for its owners" in field.lock(2)
    assert marketing.on[1] is True


async def test_a_pause_leaves_what_is_not_known_unknown(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, field = await _answering(monkeypatch, session, {"associatedownergroup": Answer(429, retry_after=1)})
    assert (field.on, field.locks) == ((False, True, None), ())


async def test_a_connection_is_told_by_the_claims_where_the_site_does_not_tell(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketing, field = await _answering(monkeypatch, session, {"/_api/site": Answer(404)})
    assert GROUP in marketing.facts
    assert GROUP not in field.facts


async def test_owners_that_graph_does_not_show(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    marketing, _ = await _answering(monkeypatch, session, {"/owners": Answer(403)})
    assert (marketing.on, marketing.lock(2)) == ((True, True, None), site_rows.OWNERS_UNSEEN)


@pytest.mark.parametrize(
    ("status", "lock"), [(401, site_rows.NO_ENTRY), (404, site_rows.GONE), (423, site_rows.LOCKED)]
)
async def test_a_site_that_says_nothing_says_why(
    session: Session, monkeypatch: pytest.MonkeyPatch, status: int, lock: str
) -> None:
    _, field = await _answering(monkeypatch, session, {"/teams/field/": Answer(status)})
    assert (field.on, field.locks) == ((None,) * 3, (lock,) * 3)


async def test_subsites_come_from_sharepoint_where_graph_refuses(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await session.find_user(ADELE)
    row = (await rows(session, user, "sharepoint"))["Engineering Portal"]
    sent = Tenant.batch

    async def refusing(
        tenant: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        if service is Service.GRAPH and all(r.path.endswith("/sites") for r in requests):
            return [Answer(403, message="no")] * len(requests)
        return await sent(tenant, service, requests, bulk=bulk)

    with monkeypatch.context() as patched:
        patched.setattr(Tenant, "batch", refusing)
        found = await page_of(session, user, row)
    plain = await page_of(session, user, row)
    assert {r.key for r in found.values()} == {r.key for r in plain.values()}


async def test_a_tenant_on_this_machine_may_call_its_sites_by_the_names_of_the_cloud(
    session: Session, tenant: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, paged = Tenant.batch, Tenant.pages

    def renamed(body: Json) -> Json:
        return msgspec.json.decode(
            msgspec.json.encode(body).replace(tenant.sharepoint_url.encode(), ROOT.encode())
        )

    async def batch(
        self: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        answers = await sent(self, service, requests, bulk=bulk)
        return [msgspec.structs.replace(a, body=renamed(a.body)) for a in answers]

    async def pages(
        self: Tenant, request: Request, *, link: str = ""
    ) -> AsyncIterator[list[dict[str, Json]]]:
        async for page in paged(self, request, link=link):
            yield renamed(page)

    monkeypatch.setattr(Tenant, "batch", batch)
    monkeypatch.setattr(Tenant, "pages", pages)
    user = await session.find_user(ADELE)
    found = await rows(session, user, "sharepoint")
    assert found["Benefits"].on == (True, False, False)
    assert found["Benefits"].facts["url"] == f"{ROOT}/sites/benefits"
    assert "another host" in found["Adele Vance"].lock(0)
    below = await page_of(session, user, found["Engineering Portal"])
    assert below["Platform"].locks == (site_rows.INHERITED,) * 3


async def test_writes_survive_bad_weather(tmp_path: Path) -> None:
    weather = (
        "throttle:path=_api/web/associated,first=3,retry_after=0.1",
        "error:path=_api/site,first=1,status=503,retry_after=0.1",
        "applied-504:path=visitorgroup,method=POST,first=1",
        "drop:path=removebyid,when=after,first=1",
    )
    with running_sandbox(faults=weather) as endpoints:
        async with connected(endpoints, tmp_path) as session:
            user = await session.find_user(ISAIAH)
            row = (await rows(session, user, "sharepoint"))["Finance"]
            assert (row.on, row.locks) == ((False,) * 3, ())
            process, steps = await applied(session, await reviewed(session, [flip(user, "sharepoint", row)]))
            assert process.status is ProcessStatus.SUCCEEDED
            assert ISAIAH in named(endpoints, "/sites/finance", "visitor")
            process, _ = await carried_out(session, user, backwards([decode(s.operation) for s in steps]))
            assert process.status is ProcessStatus.SUCCEEDED
            assert ISAIAH not in named(endpoints, "/sites/finance", "visitor")
