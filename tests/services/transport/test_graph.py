"""Single calls to Graph: what is sent, what each answer becomes, and that no fault costs unbounded time."""

import asyncio
import subprocess
import sys
from uuid import UUID

import pytest

from services import errors
from services.operation import Request, Service
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.transport.hosts import Hosts
from tests.services.transport.doors import CHALLENGE, Graph, Tokens, get, graph
from tests.services.transport.server import Said, serving
from tests.services.transport.times import LeapingClock

HTML = b"<html><head><title>502 Bad\x1b Gateway</title></head></html>"
USER = Said(body={"id": "u", "displayName": "Ann\x1b]52;c;x\x07"})


def refusal(status: int, code: str = "Some_Code", message: str = "Because.", **headers: str) -> Said:
    """An error as Graph words it."""
    body = {"error": {"code": code, "message": message, "innerError": {"request-id": "inner-1"}}}
    return Said(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_read_sends_the_token_and_returns_cleaned_json() -> None:
    async def work() -> None:
        async with graph(USER) as g:
            request = get(
                "users/o%27b%23EXT%23%40x", ("$select", "id,displayName"), ("$filter", "a eq 'b:c'")
            )
            assert await g.transport.read(request) == {"id": "u", "displayName": "Ann␛]52;c;x␇"}
            (asked,) = g.server.asked
            query = "?$select=id%2CdisplayName&$filter=a%20eq%20%27b%3Ac%27"
            assert asked.target == "/v1.0/users/o%27b%23EXT%23%40x" + query
            assert asked.headers["authorization"] == "Bearer token-1"
            assert asked.headers["x-ms-throttle-priority"] == "high"
            assert UUID(asked.headers["client-request-id"])
            assert g.tokens.scopes == {f"{g.server.root}/.default"}

    asyncio.run(work())


def test_each_kind_of_call_says_how_urgent_it_is_and_what_it_carries() -> None:
    async def work() -> None:
        async with graph(Said(204), Said(204), USER) as g:
            patch = Request(Service.GRAPH, "PATCH", "users/u", body={"mobilePhone": None})
            beta = Request(
                Service.GRAPH_BETA, "POST", "x", headers=(("ConsistencyLevel", "eventual"),), body={}
            )
            assert (await g.transport.send(patch, bulk=True)).ok
            assert (await g.transport.send(beta)).ok
            await g.transport.read(get("users/u"), bulk=True)
            first, second, third = g.server.asked
            assert (first.body, first.headers["content-type"]) == ({"mobilePhone": None}, "application/json")
            assert "x-ms-throttle-priority" not in first.headers
            assert (second.target, second.headers["consistencylevel"]) == ("/beta/x", "eventual")
            assert third.headers["x-ms-throttle-priority"] == "low"
            assert "content-type" not in third.headers

    asyncio.run(work())


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (refusal(400), errors.Rejected, "Some_Code: Because."),
        (refusal(403), errors.NotPermitted, "users/u"),
        (refusal(404), errors.NotFound, "Microsoft Graph does not know users/u"),
        (refusal(409), errors.Rejected, "Because."),
        (refusal(401), errors.SignInNeeded, "Sign in again."),
        (refusal(500), errors.ServiceDown, "status 500"),
        (refusal(429), errors.Throttled, "try again"),
        (refusal(503), errors.ServiceDown, "status 503"),
        (Said(502, HTML, {"Content-Type": "text/html"}), errors.ServiceDown, "502 Bad␛ Gateway"),
        (Said(200, HTML), errors.BadAnswer, "users/u"),
        (Said(200, b'{"id":"u","displayNa'), errors.BadAnswer, "users/u"),
        (Said(200, b""), errors.BadAnswer, "users/u"),
        (Said(200, b"[" * 100_000), errors.BadAnswer, "users/u"),
        (Said(200, ["u"]), errors.BadAnswer, "users/u"),
        (Said(200, True), errors.BadAnswer, "users/u"),
        (Said(204), errors.BadAnswer, "users/u"),
        (Said(200, b"x", {"Content-Encoding": "gzip"}), errors.BadAnswer, "users/u"),
        (Said(302, b"", {"Location": "/v1.0/users/u"}), errors.BadAnswer, "users/u"),
        (Said(304), errors.BadAnswer, "users/u"),
        (Said(400, ["no", 1]), errors.Rejected, "users/u"),
        (Said(400, {"error": 7}), errors.Rejected, "users/u"),
        (Said(400, {"error": "invalid_grant", "error_description": "No."}), errors.Rejected, "No."),
        (Said(400, {"error": {"code": 1, "message": ["x"], "innerError": "x"}}), errors.Rejected, "users/u"),
        (Said(cut=True), errors.Unreachable, "cut"),
        (Said(200, b'{"id"', length=50), errors.Unreachable, "cut"),
    ],
)
def test_each_failure_of_a_read_is_typed_and_tried_a_bounded_number_of_times(
    said: Said, kind: type[errors.RollcallError], words: str
) -> None:
    async def work() -> None:
        async with graph(said) as g:
            with pytest.raises(kind) as caught:
                await g.transport.read(get("users/u"))
            assert words in caught.value.sentence
            assert "token-" not in repr(caught.value)
            assert len(g.server.asked) <= 5
            assert sum(g.clock.slept) < 60

    asyncio.run(work())


def test_an_error_keeps_the_services_code_and_request_id() -> None:
    async def work() -> None:
        async with graph(refusal(404, "Request_ResourceNotFound")) as g:
            with pytest.raises(errors.NotFound) as caught:
                await g.transport.read(get("users/u"))
            assert (caught.value.code, caught.value.request_id) == ("Request_ResourceNotFound", "r-1")
            assert caught.value.status == 404

    asyncio.run(work())


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("2", 2, 2),
        ("0.249", 0.249, 0.249),
        ("Sun, 01 Mar 2026 09:00:07 GMT", 7, 7),
        (None, 0.75, 1.25),
        ("soon", 0.75, 1.25),
        ("nan", 0.75, 1.25),
        ("-3", 0, 0),
    ],
)
def test_a_throttled_read_waits_as_long_as_it_was_told(header: str | None, least: float, most: float) -> None:
    async def work() -> None:
        headers = {} if header is None else {"Retry-After": header}
        async with graph(Said(429, None, headers), USER) as g:
            await g.transport.read(get("users/u"))
            # a refusal means an empty bucket: its first drops take a moment, whatever was named
            assert least <= sum(g.clock.slept) <= most + 0.01
            assert g.governor.view(Service.GRAPH).throttled == 1

    asyncio.run(work())


def test_a_hold_longer_than_a_person_waits_is_told_at_once() -> None:
    async def work() -> None:
        async with graph(refusal(429, Retry_After="4000")) as g:
            with pytest.raises(errors.Throttled):
                await g.transport.read(get("users/u"))
            with pytest.raises(errors.Throttled) as caught:
                await g.transport.read(get("users/other"))
            answer = await g.transport.send(get("users/other"))
            assert (answer.status, answer.code, answer.sent) == (429, "NotSent", False)
            assert caught.value.retry_after == answer.retry_after == 3600
            assert len(g.server.asked) == 1
            assert g.clock.slept == []

    asyncio.run(work())


def test_a_cut_connection_is_read_again() -> None:
    async def work() -> None:
        async with graph(Said(cut=True), Said(502, HTML), Said(200, b'{"id'), USER) as g:
            assert (await g.transport.read(get("users/u")))["id"] == "u"
            assert len(g.server.asked) == 4

    asyncio.run(work())


def test_one_sending_is_one_sending_and_says_whether_it_may_have_left() -> None:
    async def work() -> None:
        post = Request(Service.GRAPH, "POST", "invitations", body={})
        async with graph(Said(cut=True)) as g:
            with pytest.raises(errors.Unreachable) as cut:
                await g.transport.send(post)
            assert cut.value.sent
            assert len(g.server.asked) == 1
            nowhere = Hosts("http://127.0.0.1:9", "http://127.0.0.1:9")
            transport = GraphTransport(nowhere, Tokens(), g.governor)
            with pytest.raises(errors.Unreachable) as refused:
                await transport.send(post)
            assert not refused.value.sent
            await transport.close()

    asyncio.run(work())


def test_a_server_that_never_answers_costs_the_timeout_alone() -> None:
    async def work() -> None:
        async with graph(Said(hang=True), patience=0.2) as g:
            with pytest.raises(errors.Unreachable) as caught:
                await g.transport.send(get("users/u"))
            assert caught.value.sent
            assert g.governor.view(Service.GRAPH).in_flight == 0

    asyncio.run(work())


@pytest.mark.parametrize(
    "said",
    [
        Said(200, HTML),
        Said(201, b'{"id"'),
        Said(200, b"\xff\xfe"),
        Said(200, b"", {"Content-Encoding": "gzip"}),
    ],
)
def test_an_unreadable_success_of_one_sending_has_no_known_outcome(said: Said) -> None:
    async def work() -> None:
        async with graph(said) as g:
            answer = await g.transport.send(get("users/u"))
            assert (answer.status, answer.code, answer.ok) == (0, "BadAnswer", False)

    asyncio.run(work())


def test_a_challenge_is_met_with_one_new_token() -> None:
    async def work() -> None:
        async with graph(Said(401, {}, {"WWW-Authenticate": CHALLENGE}), USER) as g:
            assert (await g.transport.send(get("users/u"))).ok
            assert [asked.headers["authorization"] for asked in g.server.asked] == [
                "Bearer token-1",
                "Bearer token-2",
            ]
            assert g.tokens.claims == ["eyJhIjoxfQ=="]
            g.server.say(Said(401, {}, {"WWW-Authenticate": CHALLENGE}))
            with pytest.raises(errors.SignInNeeded):
                await g.transport.send(get("users/u"))
            assert len(g.server.asked) == 4

    asyncio.run(work())


def test_a_redirect_is_followed_at_home_and_never_abroad() -> None:
    async def work() -> None:
        async with serving(USER) as stranger, graph(Said(307, None, {"Location": "/v1.0/new"}), USER) as g:
            assert (await g.transport.read(get("users/u")))["id"] == "u"
            assert g.server.asked[1].target == "/v1.0/new"
            g.server.say(Said(302, None, {"Location": f"{stranger.root}/v1.0/users/u"}))
            for method in ("GET", "POST"):
                with pytest.raises(errors.ForeignHost):
                    await g.transport.send(Request(Service.GRAPH, method, "users/u"))
            assert stranger.asked == []

    asyncio.run(work())


def test_where_a_promise_ends_is_asked_at_home() -> None:
    place = "/v1.0/users/u/authentication/operations/o"

    async def work() -> None:
        async with serving(USER) as stranger, graph() as g:
            for link, found in (
                (place, place),
                (f"{g.server.root}{place}", place),
                (f"https://graph.microsoft.com{place}", place),
                (f"{stranger.root}{place}", ""),
                ("https://graph.microsoft.com.example" + place, ""),
                ("https://user@graph.microsoft.com" + place, ""),
                ("http://[", ""),
            ):
                g.server.say(Said(202, None, {"Location": link}))
                answer = await g.transport.send(Request(Service.GRAPH, "POST", "users/u/x"))
                assert (answer.status, answer.location) == (202, found), link

    asyncio.run(work())


def test_a_closed_transport_says_so() -> None:
    async def work() -> None:
        async with graph(USER) as g:
            await g.transport.read(get("users/u"))
            await g.transport.close()
            with pytest.raises(errors.Unreachable) as caught:
                await g.transport.send(get("users/u"))
            assert not caught.value.sent

    asyncio.run(work())


def test_one_bad_name_does_not_cost_the_page() -> None:
    async def work() -> None:
        async with graph(Said(200, b'{"id":"u","displayName":"a\\ud800b","n":"\xff"}')) as g:
            assert await g.transport.read(get("users/u")) == {"id": "u", "displayName": "a�b", "n": "�"}

    asyncio.run(work())


def test_a_count_is_a_number() -> None:
    async def work() -> None:
        async with graph(Said(200, b"\xef\xbb\xbf42", {"Content-Type": "text/plain"})) as g:
            assert await g.transport.read(get("groups/$count")) == 42

    asyncio.run(work())


def test_a_proxy_of_the_environment_never_sees_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with serving(USER) as proxy, serving(USER) as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.root)
            g = Graph(server, 10.0)
            await g.transport.read(get("users/u"))
            assert (len(server.asked), len(proxy.asked)) == (1, 0)
            await g.transport.close()

    asyncio.run(work())


def test_an_unusable_proxy_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setenv("HTTPS_PROXY", "gopher://nowhere")
        hosts = Hosts("https://graph.microsoft.com", "https://outlook.office365.com")
        transport = GraphTransport(hosts, Tokens(), Governor(LeapingClock()))
        for ask in (transport.check, transport.start):
            with pytest.raises(errors.InvalidInput):
                await ask()

    asyncio.run(work())


def test_the_sdks_models_are_never_loaded() -> None:
    script = """
import asyncio, sys
from tests.services.transport.doors import adds, get, graph, said_in_batch
from tests.services.transport.server import Said
async def work():
    assert "msgraph" not in sys.modules
    async with graph(Said(body={"id": "u"}), said_in_batch(("1", 204))) as g:
        await g.transport.check()
        assert "msgraph" not in sys.modules
        await g.transport.start()
        await g.transport.read(get("users/u"))
        await g.transport.batch(adds(1))
asyncio.run(work())
loaded = [name for name in sys.modules if name.startswith("msgraph.generated.models")]
print("msgraph" in sys.modules, len(loaded))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "0"], done.stderr
