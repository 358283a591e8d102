"""SharePoint's REST services: headers, alias parameters, pages, errors in their own shapes, throttling."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services import errors
from services.jobs.outcome import classify
from services.operation import Operation, Request, Service
from services.transport.governor import Governor
from services.transport.hosts import Hosts
from services.transport.sharepoint import SharePointTransport
from state.values import StepClass
from tests.services.transport.doors import CHALLENGE, Tokens
from tests.services.transport.server import Said, Server, serving
from tests.services.transport.times import LeapingClock, dice

pytestmark = pytest.mark.anyio

WEB = "/sites/o%27brien/_api/web"
GET = Request(Service.SHAREPOINT, path=WEB, query=(("$select", "Title,Url"),))
DENIED = "-2147024891, System.UnauthorizedAccessException"


class Door:
    """A SharePoint transport, its server, its tokens and its governor."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clock = LeapingClock()
        self.tokens = Tokens()
        self.governor = Governor(self.clock, dice(1))
        hosts = Hosts("https://graph.microsoft.com", "https://outlook.office365.com", server.root)
        self.transport = SharePointTransport(
            hosts, self.tokens, self.governor, timeout=10.0, clock=self.clock, chance=dice(2)
        )


@asynccontextmanager
async def sharepoint(*script: Said) -> AsyncIterator[Door]:
    """A transport to a server that says this."""
    async with serving(*script) as server:
        door = Door(server)
        try:
            yield door
        finally:
            await door.transport.close()
            await door.governor.close()


async def test_a_call_says_who_it_is_and_carries_the_token_of_its_own_scope() -> None:
    async with sharepoint(Said(body={"Title": "A\x1bB"})) as s:
        assert await s.transport.read(GET) == {"Title": "A␛B"}
        (asked,) = s.server.asked
        assert asked.target == f"{WEB}?$select=Title%2CUrl"
        assert asked.headers["accept"] == "application/json;odata=nometadata"
        assert asked.headers["user-agent"].startswith("NONISV|Rollcall|Rollcall/")
        assert asked.headers["authorization"] == "Bearer token-1"
        assert s.tokens.scopes == {f"{s.server.root}/.default"}


async def test_an_alias_parameter_keeps_its_name_and_its_value_is_encoded() -> None:
    request = Request(
        Service.SHAREPOINT,
        path=f"{WEB}/siteusers(@v)",
        query=(("@v", "'i:0#.f|membership|o''brien@contoso.com'"),),
    )
    async with sharepoint(Said(body={"Id": 7})) as s:
        await s.transport.read(request)
        assert s.server.asked[0].target == (
            f"{WEB}/siteusers(@v)?@v=%27i%3A0%23.f%7Cmembership%7Co%27%27brien%40contoso.com%27"
        )


async def test_a_body_is_json_of_the_kind_its_request_names() -> None:
    request = Request(
        Service.SHAREPOINT,
        "POST",
        f"{WEB}/associatedmembergroup/users",
        headers=(("Content-Type", "application/json;odata=verbose"),),
        body={"LoginName": "x"},
    )
    async with sharepoint(Said(201, body={"Id": 7}), Said(body={"odata.null": True})) as s:
        assert (await s.transport.send(request)).body == {"Id": 7}
        bare = Request(Service.SHAREPOINT, "POST", f"{WEB}/associatedmembergroup/users/removebyid(7)")
        assert (await s.transport.send(bare)).ok
        with_body, without = s.server.asked
        assert with_body.headers["content-type"] == "application/json;odata=verbose"
        assert with_body.body == {"LoginName": "x"}
        assert without.headers["content-length"] == "0"


async def test_pages_are_followed_on_this_host_alone() -> None:
    async with sharepoint() as s, serving() as stranger:
        more = f"{s.server.root}{WEB}/siteusers?$skiptoken=2"
        s.server.say(
            Said(body={"value": [{"Id": 1}], "odata.nextLink": more}), Said(body={"value": [{"Id": 2}]})
        )
        assert [page async for page in s.transport.pages(GET)] == [[{"Id": 1}], [{"Id": 2}]]
        assert s.server.asked[1].target == f"{WEB}/siteusers?$skiptoken=2"
        body = {"value": [], "odata.nextLink": more}
        assert s.transport.rest_of(GET, body) == more
        assert s.transport.rest_of(Request(Service.SHAREPOINT, "POST", WEB), body) == ""
        s.server.say(Said(body={"value": [], "odata.nextLink": f"{stranger.root}/x"}))
        with pytest.raises(errors.ForeignHost):
            _ = [page async for page in s.transport.pages(GET)]
        assert stranger.asked == []


@pytest.mark.parametrize("key", ["error", "odata.error"])
@pytest.mark.parametrize("message", ["Access denied.", {"lang": "en-US", "value": "Access denied."}])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_site_that_lets_nobody_in_is_not_the_end_of_the_sign_in(
    key: str, message: object, status: int
) -> None:
    said = Said(
        status,
        body={key: {"code": DENIED, "message": message}},
        headers={"request-id": "", "SPRequestGuid": "g-1"},
    )
    async with sharepoint(said, said) as s:
        answer = await s.transport.send(GET)
        assert (answer.status, answer.code, answer.message) == (403, DENIED, "Access denied.")
        assert answer.request_id == "g-1"
        with pytest.raises(errors.NotPermitted, match="SharePoint Online"):
            await s.transport.read(GET)


async def test_a_token_that_is_not_accepted_is_the_end_of_the_sign_in() -> None:
    said = Said(401, body={"error_description": "Invalid JWT token."})
    async with sharepoint(said) as s:
        with pytest.raises(errors.SignInNeeded, match="Invalid JWT token"):
            await s.transport.send(GET)


async def test_a_challenge_is_met_once() -> None:
    async with sharepoint(Said(401, headers={"WWW-Authenticate": CHALLENGE}), Said(body={})) as s:
        await s.transport.read(GET)
        assert [asked.headers["authorization"] for asked in s.server.asked] == [
            "Bearer token-1",
            "Bearer token-2",
        ]


@pytest.mark.parametrize("status", [429, 503])
async def test_both_ways_to_ask_for_a_pause_are_obeyed(status: int) -> None:
    async with sharepoint(Said(status, headers={"Retry-After": "17"}), Said(body={})) as s:
        before = s.clock.monotonic()
        await s.transport.read(GET)
        assert s.clock.monotonic() - before >= 17
        assert s.governor.view(Service.SHAREPOINT).throttled == 1


async def test_requests_go_one_by_one() -> None:
    async with sharepoint(Said(body={"n": 1}), Said(body={"n": 2})) as s:
        assert s.transport.batch_size == 1
        assert [a.body for a in await s.transport.batch([GET, GET])] == [{"n": 1}, {"n": 2}]


async def test_what_is_no_object_is_not_used() -> None:
    async with sharepoint(*[Said(body=[1])] * 5) as s:
        with pytest.raises(errors.BadAnswer):
            await s.transport.read(GET)


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_who_is_gone_already_was_removed(status: int) -> None:
    said = Said(status, body={"odata.error": {"code": "-1", "message": {"value": "Can not find the user."}}})
    request = Request(Service.SHAREPOINT, "POST", f"{WEB}/associatedmembergroup/users/removebyid(7)")
    operation = Operation("Remove", "x", request, "s", "")
    async with sharepoint(said) as s:
        answer = await s.transport.send(request)
        assert classify(operation, answer, 1).state is StepClass.ALREADY_SO
