"""Pages of Graph: nextLinks are followed verbatim, at home, and never for ever."""

import asyncio
import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services import errors
from services.clean import clean_json
from services.errors import BadAnswer
from services.operation import Json, Request, Service
from services.transport.paging import cleaned_page, page_of
from tests.services.transport.doors import Graph, get, graph
from tests.services.transport.server import Said, serving

MEMBERS = Request(
    Service.GRAPH,
    path="groups",
    query=(("$search", '"displayName:a"'),),
    headers=(("ConsistencyLevel", "eventual"),),
)


def page(*ids: str, link: Json = None, **more: Json) -> Said:
    """A page with these objects and this nextLink."""
    return Said(body={"value": [{"id": i} for i in ids], "@odata.nextLink": link, **more})


async def ids(g: Graph, request: Request = MEMBERS, **options: str) -> list[str]:
    """The ids of all pages."""
    pages = g.transport.raw_pages(request, **options)  # type: ignore[arg-type]
    return [o["id"] async for raw in pages for o in json.loads(raw)["value"]]


def test_links_are_followed_verbatim_with_the_same_headers() -> None:
    async def work() -> None:
        async with graph() as g:
            odd = "/v1.0/groups?$search=%22displayName:a%22&%24skiptoken=RFNwdAIA%2b+x'y:z"
            g.server.say(page("1", link=g.server.root + odd), page("2"))
            assert await ids(g) == ["1", "2"]
            assert g.server.asked[1].target == odd
            for asked in g.server.asked:
                assert asked.headers["consistencylevel"] == "eventual"
                assert asked.headers["prefer"] == "odata.maxpagesize=999"
                assert asked.headers["x-ms-throttle-priority"] == "low"

    asyncio.run(work())


def test_a_request_with_its_own_page_size_asks_for_no_other() -> None:
    async def work() -> None:
        async with graph(page()) as g:
            assert await ids(g, get("users", ("$top", "50"))) == []
            assert "prefer" not in g.server.asked[0].headers

    asyncio.run(work())


def test_a_kept_delta_link_is_where_reading_goes_on() -> None:
    async def work() -> None:
        async with graph() as g:
            kept = f"{g.server.root}/v1.0/groups/delta?$deltatoken=abc"
            g.server.say(page("1", **{"@odata.deltaLink": kept + "2"}))
            (only,) = [raw async for raw in g.transport.raw_pages(get("groups/delta"), link=kept)]
            assert json.loads(only)["@odata.deltaLink"] == kept + "2"
            assert g.server.asked[0].target == "/v1.0/groups/delta?$deltatoken=abc"

    asyncio.run(work())


@pytest.mark.parametrize(
    "link",
    [
        "{stranger}/v1.0/groups",
        "https://graph.microsoft.com/v1.0/groups",
        "//evil.example/v1.0/groups",
        "/v1.0/groups?$skiptoken=2",
        "http://127.0.0.1:1/v1.0",
        "http://{here}@evil.example/",
        "http://user:pw@{here}/v1.0/groups",
        "http://evil.example\\@{here}/",
        "file:///etc/passwd",
        "http://[::1",
        "not a link \x00",
    ],
)
def test_a_link_to_another_host_gets_no_request_and_no_token(link: str) -> None:
    async def work() -> None:
        async with serving(page("9")) as stranger, graph() as g:
            target = link.format(stranger=stranger.root, here=g.server.root.removeprefix("http://"))
            g.server.say(page("1", link=target))
            with pytest.raises(errors.ForeignHost) as caught:
                await ids(g)
            assert (len(g.server.asked), len(stranger.asked)) == (1, 0)
            assert "token-" not in str(caught.value)

    asyncio.run(work())


def _circle(root: str) -> list[Said]:
    return [page(str(n % 2), link=f"{root}/v1.0/groups?n={n % 2}") for n in range(9)]


def _same_page(root: str) -> list[Said]:
    return [page("1", link=f"{root}/v1.0/groups?n={n}") for n in range(9)]


def _empty(root: str) -> list[Said]:
    return [page(link=f"{root}/v1.0/groups?n={n}") for n in range(100)]


@pytest.mark.parametrize("endless", [_circle, _same_page, _empty])
def test_pages_without_end_are_noticed(endless: Callable[[str], list[Said]]) -> None:
    async def work() -> None:
        async with graph() as g:
            g.server.say(*endless(g.server.root))
            with pytest.raises(errors.BadAnswer) as caught:
                await ids(g)
            assert "groups" in caught.value.sentence
            assert len(g.server.asked) <= 60

    asyncio.run(work())


@pytest.mark.parametrize(
    "body",
    [
        {"value": {}},
        {"value": [1, 2]},
        {"value": None},
        {"value": [["x"]]},
        {"value": [], "@odata.nextLink": 5},
        {"error": "none"},
        [],
        "text",
        b'{"value":[{"id":"1"},{"id":',
        b"<html>",
    ],
)
def test_what_is_not_a_page_is_a_bad_answer(body: Json) -> None:
    async def work() -> None:
        async with graph(Said(body=body)) as g:
            with pytest.raises(errors.BadAnswer):
                await ids(g)

    asyncio.run(work())


def test_a_throttled_page_is_asked_again_and_the_others_are_not() -> None:
    async def work() -> None:
        async with graph() as g:
            g.server.say(
                page("1", link=f"{g.server.root}/v1.0/groups?n=2"),
                Said(429, None, {"Retry-After": "3"}),
                Said(cut=True),
                page("2"),
            )
            assert await ids(g) == ["1", "2"]
            assert g.clock.slept[0] == 3
            assert [asked.target[-3:] for asked in g.server.asked][1:] == ["n=2"] * 3

    asyncio.run(work())


def test_pages_come_out_cleaned() -> None:
    async def work() -> None:
        async with graph(Said(200, b'{"value":[{"id":"a\\u001b[2J\xe2\x80\xae"}]}')) as g:
            assert await ids(g) == ["a␛[2J"]

    asyncio.run(work())


def test_a_character_broken_in_two_costs_one_text_not_its_page() -> None:
    async def work() -> None:
        async with graph(Said(200, b'{"value":[{"id":"a\xc3x\xa9"},{"id":"b"}]}')) as g:
            pages = g.transport.pages(MEMBERS)
            assert [o["id"] async for page in pages for o in page] == ["a\ufffdx\ufffd", "b"]

    asyncio.run(work())


ODD = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from('abc\x1b\x7f\u200d\u202e\u0301\u00a0\\"–é\n'),
    ),
    max_size=30,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(("id", "displayName", "b\u200d")), ODD, max_size=3)),
    st.booleans(),
)
@example([{"id": "\\" * 101 + '"\x1b"', "b\u200d": '\\" "'}], False)
@example([{"id": "x" * 20_000 + "\u202e"}, {"id": "e" + "\u0301" * 20}], True)
def test_a_page_is_cleaned_as_its_texts_are(objects: list[dict[str, str]], escaped: bool) -> None:
    page = {"value": objects, "@odata.nextLink": "https://x/\u200d"}
    content = json.dumps(page, ensure_ascii=escaped).encode()
    assert json.loads(cleaned_page(content)) == clean_json(page)
    assert page_of(content).next_link == page["@odata.nextLink"]


def test_what_turns_out_to_be_no_json_is_a_bad_answer() -> None:
    async def work() -> None:
        async with graph(Said(200, b'{"value":[{"id":"a\\u001b"}],"x":"\xff\\q"}')) as g:
            with pytest.raises(BadAnswer):
                await ids(g)

    asyncio.run(work())


@pytest.mark.parametrize("path", ["auditLogs/signIns", "reports/x", "identityProtection/x"])
def test_what_has_a_small_quota_is_not_read_ahead(path: str) -> None:
    async def work() -> None:
        async with graph() as g:
            root = f"{g.server.root}/v1.0/{path}"
            g.server.say(page("1", link=f"{root}?$skiptoken=2"), page(), page("2"))
            pages = g.transport.raw_pages(get(path))
            await anext(pages)
            # what was begun before this is asked before it
            await g.transport.read(get("users"))
            assert [asked.target for asked in g.server.asked] == [f"/v1.0/{path}", "/v1.0/users"]
            assert json.loads(await anext(pages))["value"] == [{"id": "2"}]

    asyncio.run(work())
