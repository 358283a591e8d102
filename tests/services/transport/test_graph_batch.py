"""Graph's $batch: what goes in, and what each item becomes, however the answers come back."""

import asyncio

import pytest

from services import errors
from services.operation import Request, Service
from tests.services.transport.doors import CHALLENGE, adds, batch_of, get, graph, said_in_batch
from tests.services.transport.server import Said


def test_items_have_ids_relative_encoded_urls_and_a_content_type_with_a_body() -> None:
    async def work() -> None:
        async with graph(said_in_batch(("1", 200), ("2", 204))) as g:
            read = get("users/a%23b", ("$filter", "x eq 'a:b'"), ("$select", "id,mail"))
            await g.transport.batch([read, *adds(1)])
            (asked,) = g.server.asked
            assert asked.target == "/v1.0/$batch"
            assert asked.headers["content-type"] == "application/json"
            url = "/users/a%23b?$filter=x%20eq%20%27a%3Ab%27&$select=id%2Cmail"
            assert asked.body["requests"] == [
                {"id": "1", "method": "GET", "url": url},
                {
                    "id": "2",
                    "method": "POST",
                    "url": "/groups/g1/members/$ref",
                    "headers": {"Content-Type": "application/json"},
                    "body": {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/u"},
                },
            ]

    asyncio.run(work())


def test_answers_come_in_the_order_of_the_requests() -> None:
    async def work() -> None:
        items = [
            {"id": "3", "status": 404, "body": {"error": {"code": "C", "message": "M\x1b"}}},
            {"id": "1", "status": 204},
            {"id": "2", "status": "200", "body": {"id": "x"}, "headers": {"request-id": "r-2"}},
            {"id": "99", "status": 204},
        ]
        async with graph(batch_of(items)) as g:
            first, second, third = await g.transport.batch(adds(3))
            assert first.status == 204
            assert (second.status, second.body, second.request_id) == (200, {"id": "x"}, "r-2")
            assert (third.status, third.code, third.message) == (404, "C", "M␛")

    asyncio.run(work())


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"id": "2", "status": 204}],
        [{"id": "1"}],
        [{"id": "1", "status": None}],
        [{"id": "1", "status": True}],
        [{"id": "1", "status": 2040}],
        [{"id": "1", "status": "ok"}],
        [{"id": "1", "status": []}],
        [{"id": "1", "status": 204}, {"id": "1", "status": 404}],
        [{"status": 204}],
        [5, None, "x", []],
        {"1": {"status": 204}},
        None,
    ],
)
def test_an_item_without_one_clear_answer_has_no_known_outcome(items: object) -> None:
    async def work() -> None:
        async with graph(Said(body={"responses": items})) as g:
            (answer,) = await g.transport.batch(adds(1))
            assert (answer.status, answer.ok) == (0, False)

    asyncio.run(work())


def test_the_same_answer_twice_is_one_answer() -> None:
    async def work() -> None:
        async with graph(said_in_batch(("1", 204), ("1", 204))) as g:
            assert [a.status for a in await g.transport.batch(adds(1))] == [204]

    asyncio.run(work())


@pytest.mark.parametrize("body", [b"<html>", b'{"responses":[{"id":"1","sta', [], "x", 5, b""])
def test_an_unreadable_batch_leaves_every_outcome_unknown(body: object) -> None:
    async def work() -> None:
        async with graph(Said(body=body)) as g:
            assert [a.status for a in await g.transport.batch(adds(2))] == [0, 0]

    asyncio.run(work())


@pytest.mark.parametrize("status", [429, 503, 500, 502, 400])
def test_a_batch_refused_as_a_whole_is_that_answer_for_every_item(status: int) -> None:
    async def work() -> None:
        async with graph(Said(status, b"<html>", {"Retry-After": "1.5"})) as g:
            answers = await g.transport.batch(adds(3))
            assert [(a.status, a.retry_after) for a in answers] == [(status, 1.5)] * 3
            assert len(g.server.asked) == 1
            held = g.governor.view(Service.GRAPH).waiting_until is not None
            assert held == (status in (429, 503))

    asyncio.run(work())


def test_a_throttled_item_holds_the_service_for_the_longest_time_named() -> None:
    async def work() -> None:
        items: list[object] = [
            {"id": "1", "status": 204},
            {"id": "2", "status": 429, "headers": {"Retry-After": "0.25"}},
            {"id": "3", "status": 503, "headers": {"retry-after": 7}},
            {"id": "4", "status": 429},
        ]
        async with graph(batch_of(items), said_in_batch(("1", 204))) as g:
            answers = await g.transport.batch(adds(4))
            assert [a.retry_after for a in answers] == [None, 0.25, 7, None]
            await g.transport.batch(adds(1))
            assert g.clock.slept == [7]
            assert g.governor.view(Service.GRAPH).throttled == 3

    asyncio.run(work())


def test_batches_of_which_every_item_is_refused_wait_longer_each_time() -> None:
    async def work() -> None:
        refused = [batch_of([{"id": "1", "status": 429}]) for _ in range(4)]
        async with graph(*refused) as g:
            for _ in refused:
                await g.transport.batch(adds(1))
            holds = [slept for slept in g.clock.slept if slept > 0.5]
            for hold, whole in zip(holds, (1, 2, 4), strict=True):
                assert 0.75 * whole <= hold <= 1.25 * whole
            assert g.governor.view(Service.GRAPH).lanes == 1

    asyncio.run(work())


def test_more_than_twenty_go_in_several_batches() -> None:
    async def work() -> None:
        first = said_in_batch(*((str(n), 204) for n in range(20, 0, -1)))
        async with graph(first, said_in_batch(("2", 404), ("1", 204))) as g:
            answers = await g.transport.batch(adds(22))
            assert [a.status for a in answers] == [204] * 21 + [404]
            assert [len(asked.body["requests"]) for asked in g.server.asked] == [20, 2]

    asyncio.run(work())


def test_a_challenge_to_some_items_sends_only_those_again() -> None:
    async def work() -> None:
        refused = {"status": 401, "headers": {"WWW-Authenticate": CHALLENGE}}
        items: list[object] = [{"id": "1", **refused}, {"id": "2", "status": 204}, {"id": "3", **refused}]
        async with graph(batch_of(items), said_in_batch(("2", 404), ("1", 204))) as g:
            answers = await g.transport.batch(adds(3))
            assert [a.status for a in answers] == [204, 204, 404]
            again = g.server.asked[1]
            assert [item["url"][:10] for item in again.body["requests"]] == ["/groups/g1", "/groups/g3"]
            assert again.headers["authorization"] == "Bearer token-2"

    asyncio.run(work())


def test_a_second_sending_that_is_cut_keeps_what_the_first_one_said() -> None:
    async def work() -> None:
        refused = {"id": "1", "status": 401, "headers": {"WWW-Authenticate": CHALLENGE}}
        async with graph(batch_of([refused, {"id": "2", "status": 204}]), Said(cut=True)) as g:
            assert [a.status for a in await g.transport.batch(adds(2))] == [0, 204]

    asyncio.run(work())


def test_a_batch_refused_for_its_token_asks_to_sign_in() -> None:
    async def work() -> None:
        async with graph(Said(401, {"error": {"code": "InvalidAuthenticationToken"}})) as g:
            with pytest.raises(errors.SignInNeeded):
                await g.transport.batch(adds(2))

    asyncio.run(work())


def test_a_cut_batch_may_have_been_carried_out() -> None:
    async def work() -> None:
        for said in (Said(cut=True), Said(200, b'{"responses"', length=500)):
            async with graph(said) as g:
                with pytest.raises(errors.Unreachable) as caught:
                    await g.transport.batch(adds(2))
                assert caught.value.sent

    asyncio.run(work())


def test_beta_has_batches_of_its_own() -> None:
    async def work() -> None:
        async with graph(said_in_batch(("1", 204))) as g:
            await g.transport.batch([Request(Service.GRAPH_BETA, "DELETE", "x/users/$ref")])
            assert [asked.target for asked in g.server.asked] == ["/beta/$batch"]

    asyncio.run(work())


def test_no_requests_are_no_call() -> None:
    async def work() -> None:
        async with graph() as g:
            assert await g.transport.batch([]) == []
            assert g.server.asked == []

    asyncio.run(work())
