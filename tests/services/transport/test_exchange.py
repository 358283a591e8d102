"""Exchange's InvokeCommand: the envelope, its pages, its batches, and the error hidden in its answers."""

import asyncio

import pytest

from services import errors
from services.operation import Json
from services.transport.exchange import cmdlet
from tests.services.transport.doors import CHALLENGE, TENANT, batch_of, exchange
from tests.services.transport.server import Said, serving

GET = cmdlet(
    "Get-Mailbox", {"Identity": "ann@contoso.com"}, select=("Name", "Guid"), anchor="UPN:ann@contoso.com"
)
ADD = cmdlet("Add-DistributionGroupMember", {"Identity": "g", "Member": "ann@contoso.com"})
ALREADY = "Microsoft.Exchange.Management.Tasks.MemberAlreadyExistsException"


def test_a_cmdlet_travels_in_its_envelope() -> None:
    async def work() -> None:
        async with exchange(Said(body={"value": [{"Name": "A\x1bnn"}]})) as x:
            assert await x.transport.read(GET) == {"value": [{"Name": "A␛nn"}]}
            (asked,) = x.server.asked
            assert (asked.method, asked.target) == (
                "POST",
                f"/adminapi/beta/{TENANT}/InvokeCommand?$select=Name%2CGuid",
            )
            parameters = {"Identity": "ann@contoso.com"}
            assert asked.body == {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": parameters}}
            assert asked.headers["x-anchormailbox"] == "UPN:ann@contoso.com"
            assert asked.headers["prefer"] == "odata.maxpagesize=1000"
            assert asked.headers["content-type"] == "application/json; charset=utf-8"
            assert asked.headers["authorization"] == "Bearer token-1"
            assert "x-ms-throttle-priority" not in asked.headers

    asyncio.run(work())


def test_an_anchor_that_no_header_can_hold_is_left_out() -> None:
    assert cmdlet("Set-Mailbox", {}, anchor="UPN:é@x").headers == ()
    assert cmdlet("Set-Mailbox", {}, anchor="UPN:a\r\nX: y").headers == ()


def test_a_cmdlet_without_an_anchor_is_routed_to_the_organisation() -> None:
    async def work() -> None:
        async with exchange(Said(body={"value": []}), Said(body={"responses": []})) as x:
            await x.transport.read(cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"}))
            await x.transport.batch([GET, ADD])
            alone, batch = x.server.asked
            everybody = f"APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT}"
            assert alone.headers["x-anchormailbox"] == everybody
            found = [item["headers"]["X-AnchorMailbox"] for item in batch.body["requests"]]
            assert found == ["UPN:ann@contoso.com", everybody]

    asyncio.run(work())


def test_pages_are_asked_with_the_same_body_at_home() -> None:
    async def work() -> None:
        async with serving() as stranger, exchange() as x:
            link = f"{x.server.root}/adminapi/beta/{TENANT}/InvokeCommand?$skiptoken=2"
            x.server.say(
                Said(body={"value": [{"n": 1}], "@odata.nextLink": link}), Said(body={"value": [{"n": 2}]})
            )
            assert await x.transport.read(GET) == {"value": [{"n": 1}, {"n": 2}]}
            first, second = x.server.asked
            assert (second.method, second.body, second.target[-12:]) == ("POST", first.body, "$skiptoken=2")
            x.server.say(Said(body={"value": [], "@odata.nextLink": f"{stranger.root}/x"}))
            with pytest.raises(errors.ForeignHost):
                await x.transport.read(GET)
            assert stranger.asked == []
            x.server.say(Said(body={"value": [{"n": 1}], "@odata.nextLink": link}))
            with pytest.raises(errors.BadAnswer):
                await x.transport.read(GET)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            {"code": "BadRequest", "message": f"|{ALREADY}|It is there."},
            ALREADY.rpartition(".")[2],
            "It is there.",
        ),
        (
            {"message": "Error", "details": [{"message": f"Ex6F9304|{ALREADY}|It is there."}]},
            "MemberAlreadyExistsException",
            "It is there.",
        ),
        (
            {
                "message": "E",
                "innererror": {"internalException": {"message": "It is there.", "type": ALREADY}},
            },
            "MemberAlreadyExistsException",
            "It is there.",
        ),
        (
            {"message": "Error", "details": {"message": f"Ex6F9304|{ALREADY}|It is there."}},
            "MemberAlreadyExistsException",
            "It is there.",
        ),
        ({"code": "C", "message": "Plain."}, "C", "Plain."),
        ({"code": 1, "message": {}, "details": "x", "innererror": []}, "", ""),
        ({"code": "C", "details": [1, {"message": 2}], "innererror": {"internalException": 5}}, "C", ""),
        ("text", "text", ""),
    ],
)
def test_the_telling_words_are_found_wherever_they_hide(error: Json, code: str, message: str) -> None:
    async def work() -> None:
        async with exchange(Said(400, {"error": error})) as x:
            answer = await x.transport.send(ADD)
            assert (answer.status, answer.code, answer.message) == (400, code, message)

    asyncio.run(work())


@pytest.mark.parametrize("warnings", [["No\x1b settings modified.", 5], "No\x1b settings modified."])
def test_warnings_of_a_success_are_kept(warnings: Json) -> None:
    async def work() -> None:
        async with exchange(Said(body={"value": [], "@adminapi.warnings": warnings})) as x:
            answer = await x.transport.send(ADD)
            assert (answer.ok, answer.warnings) == (True, ("No␛ settings modified.",))

    asyncio.run(work())


ERROR = {"error": {"code": "X", "details": [{"message": f"|{ALREADY}|It is there."}]}}


@pytest.mark.parametrize(
    "body", ["<html>Sign in</html>", {"page": 1}, [], {"value": {}}, ERROR, {"value": [], **ERROR}]
)
def test_a_success_that_is_not_exchanges_tells_nothing(body: Json) -> None:
    async def work() -> None:
        item = {"id": "1", "status": 200, "body": body}
        async with exchange(Said(body=body), batch_of([item, {**item, "id": "2"}])) as x:
            found = [await x.transport.send(ADD), *await x.transport.batch([ADD, GET])]
            assert [(each.status, each.code) for each in found] == [(0, "BadAnswer")] * 3
            assert all(("It is there." in each.message) is ("error" in body) for each in found)

    asyncio.run(work())


@pytest.mark.parametrize("body", [None, {}, {"@odata.context": "x", "adminapi.warnings@odata.type": "y"}])
def test_what_writes_may_be_answered_with_nothing_and_what_reads_may_not(body: Json) -> None:
    async def work() -> None:
        item = {"id": "1", "status": 200, "body": body}
        async with exchange(batch_of([item, {**item, "id": "2"}])) as x:
            assert [each.status for each in await x.transport.batch([ADD, GET])] == [200, 0]

    asyncio.run(work())


def test_ten_go_in_a_batch_and_come_back_in_order() -> None:
    async def work() -> None:
        items: list[object] = [{"id": str(n), "status": 200, "body": {"value": []}} for n in range(10, 1, -1)]
        failed = {"error": {"details": [{"message": f"|{ALREADY}|It is there."}]}}
        items.append({"id": "1", "status": 400, "body": failed})
        last = batch_of([{"id": "1", "status": 429, "headers": {"Retry-After": "2"}}])
        async with exchange(batch_of(items), last) as x:
            answers = await x.transport.batch([ADD] * 11)
            assert [a.status for a in answers] == [400, *[200] * 9, 429]
            assert answers[0].code == "MemberAlreadyExistsException"
            first, second = x.server.asked
            assert first.target == f"/adminapi/beta/{TENANT}/$batch"
            assert first.headers["prefer"] == "odata.continue-on-error"
            item = first.body["requests"][0]
            assert item["url"] == f"{x.server.root}/adminapi/beta/{TENANT}/InvokeCommand"
            assert (item["method"], item["body"]) == ("POST", ADD.body)
            assert len(second.body["requests"]) == 1
            view = x.governor.view(ADD.service)
            assert (view.throttled, view.waiting_until is not None) == (1, True)

    asyncio.run(work())


def test_challenges_are_met_once() -> None:
    async def work() -> None:
        challenge = {"WWW-Authenticate": CHALLENGE}
        async with exchange(Said(401, {}, challenge), Said(body={"value": []})) as x:
            assert (await x.transport.send(ADD)).ok
            assert x.server.asked[1].headers["authorization"] == "Bearer token-2"
            x.server.say(Said(401, {}, challenge))
            with pytest.raises(errors.SignInNeeded):
                await x.transport.send(ADD)
            assert len(x.server.asked) == 4
            refused = batch_of([{"id": "1", "status": 401, "headers": challenge}])
            x.server.say(refused, batch_of([{"id": "1", "status": 200, "body": {"value": []}}]))
            assert [a.status for a in await x.transport.batch([ADD])] == [200]

    asyncio.run(work())


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said(404, {"error": {"code": "NotFound"}}), errors.NotFound),
        (Said(403, {"error": {"message": "not present in the role definition"}}), errors.NotPermitted),
        (Said(500, b"<html><title>Oops</title>"), errors.ServiceDown),
        (Said(429, None, {"Retry-After": "1"}), errors.Throttled),
        (Said(200, {"value": 5}), errors.BadAnswer),
        (Said(200, {"value": [5]}), errors.BadAnswer),
        (Said(200, {"value": [], "@odata.nextLink": 5}), errors.BadAnswer),
        (Said(200, b"{"), errors.BadAnswer),
        (Said(cut=True), errors.Unreachable),
    ],
)
def test_each_failure_of_a_read_is_typed_and_names_the_cmdlet(
    said: Said, kind: type[errors.RollcallError]
) -> None:
    async def work() -> None:
        async with exchange(said) as x:
            with pytest.raises(kind) as caught:
                await x.transport.read(GET)
            named = "Get-Mailbox ann@contoso.com" in caught.value.sentence
            assert named or kind is errors.Unreachable
            assert len(x.server.asked) <= 5

    asyncio.run(work())


def test_only_what_reads_is_ever_read_again() -> None:
    async def work() -> None:
        async with exchange() as x:
            with pytest.raises(ValueError, match="Add-DistributionGroupMember"):
                await x.transport.read(ADD)
            assert x.server.asked == []

    asyncio.run(work())
