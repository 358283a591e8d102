"""The pace: lanes, holds, backoff and precedence, in virtual time."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import Throttled, Unreachable
from services.operation import Answer, Request, Service
from services.transport.governor import Governor
from services.transport.quotas import Costs, costs, total
from tests.services.transport.times import LoopClock, dice, in_virtual_time

OK = Answer(204)
GRAPH = Service.GRAPH


def governor(seed: int = 1) -> Governor:
    """A governor in the loop's time."""
    return Governor(LoopClock(), dice(seed))


async def call(
    pace: Governor,
    seconds: float = 0.1,
    *,
    bulk: bool = True,
    answer: Answer = OK,
    path: str = "groups",
    taken: Costs | None = None,
) -> float:
    """One call of so many seconds; returns when it was let in."""
    taken = costs(Request(GRAPH, path=path)) if taken is None else taken
    async with pace.slot(GRAPH, bulk=bulk, path=path, costs=taken):
        began = LoopClock().monotonic()
        await asyncio.sleep(seconds)
    pace.answered(GRAPH, answer, path=path, costs=taken)
    return began


def test_lanes_grow_with_success_up_to_the_most() -> None:
    async def work() -> None:
        pace = governor()
        assert pace.view(GRAPH).lanes == 4
        began = await asyncio.gather(*(call(pace) for _ in range(80)))
        assert began[:4] == [0] * 4
        assert began[4] > 0
        assert pace.view(GRAPH).lanes == 8
        assert pace.view(Service.EXCHANGE).lanes == 2

    in_virtual_time(work())


def test_a_burst_of_refusals_halves_the_lanes_once() -> None:
    async def work() -> None:
        pace = governor()
        refused = Answer(429, retry_after=2.5)
        await asyncio.gather(*(call(pace, answer=refused) for _ in range(4)))
        view = pace.view(GRAPH)
        assert (view.lanes, view.throttled) == (2, 4)
        assert view.waiting_until is not None
        assert await call(pace) == pytest.approx(2.6)
        assert pace.view(GRAPH).waiting_until is None

    in_virtual_time(work())


def test_whoever_waits_interactively_goes_first() -> None:
    async def work() -> None:
        pace = governor()
        order: list[str] = []

        async def named(name: str, bulk: bool) -> None:
            await call(pace, bulk=bulk)
            order.append(name)

        pace.answered(GRAPH, Answer(429, retry_after=5))
        await asyncio.gather(
            *(named("bulk", True) for _ in range(6)), *(named("person", False) for _ in range(3))
        )
        assert order[:3] == ["person"] * 3

    in_virtual_time(work())


def test_without_a_time_named_each_refusal_waits_longer_with_jitter() -> None:
    async def work(seed: int) -> list[float]:
        pace = governor(seed)
        began = [await call(pace, 0, answer=Answer(429)) for _ in range(9)]
        return [later - earlier for earlier, later in pairwise(began)]

    waits = in_virtual_time(work(1))
    for wait, whole in zip(waits, (1, 2, 4, 8, 16, 32, 32, 32), strict=True):
        assert 0.75 * whole <= wait <= 1.25 * whole
    assert waits != in_virtual_time(work(2))


def test_reports_that_refuse_do_not_hold_the_directory() -> None:
    async def work() -> None:
        pace = governor()
        pace.answered(GRAPH, Answer(429, retry_after=10), path="auditLogs/signIns")
        assert await call(pace, path="groups/g/members/$ref") == 0
        assert await call(pace, path="/auditLogs/directoryAudits") == 10
        assert pace.view(GRAPH).throttled == 1

    in_virtual_time(work())


def test_beta_shares_the_pace_of_graph_and_exchange_does_not() -> None:
    async def work() -> None:
        pace = governor()
        pace.answered(Service.GRAPH_BETA, Answer(503, retry_after=3))
        assert [name for name, _ in pace.holds()] == ["Graph"]
        assert await call(pace) == 3
        assert pace.view(Service.EXCHANGE).waiting_until is None
        assert pace.holds() == []

    in_virtual_time(work())


def test_every_service_has_a_pace_and_a_name() -> None:
    async def work() -> None:
        pace = governor()
        for service in Service:
            assert service.label
            assert 0 < pace.view(service).lanes <= 4

    in_virtual_time(work())


def test_patience_ends_before_a_hold_does() -> None:
    async def work() -> None:
        pace = governor()
        blockers = [asyncio.create_task(call(pace, 2, answer=Answer(429, retry_after=100))) for _ in range(4)]
        await asyncio.sleep(1)
        with pytest.raises(Throttled) as queued:
            async with pace.slot(GRAPH, bulk=False, patience=30):
                pytest.fail("let in")
        assert LoopClock().monotonic() == 2
        assert queued.value.retry_after == 100
        with pytest.raises(Throttled):
            async with pace.slot(GRAPH, bulk=False, patience=30):
                pytest.fail("let in")
        await asyncio.gather(*blockers)
        async with pace.slot(GRAPH, bulk=True, patience=600):
            assert LoopClock().monotonic() == 102

    in_virtual_time(work())


def test_whoever_gives_up_leaves_no_lane_behind() -> None:
    async def work() -> None:
        pace = governor()
        tasks = [asyncio.create_task(call(pace, 1)) for _ in range(12)]
        await asyncio.sleep(0.5)
        for task in tasks[2:10]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        view = pace.view(GRAPH)
        assert (view.in_flight, view.queued) == (0, 0)
        assert tasks[11].result() == 0.5

    in_virtual_time(work())


def test_closing_tells_whoever_waits_that_nothing_was_sent() -> None:
    async def work() -> None:
        pace = governor()
        pace.answered(GRAPH, Answer(429, retry_after=50))
        waiting = asyncio.create_task(call(pace))
        await asyncio.sleep(1)
        await pace.close()
        with pytest.raises(Unreachable) as caught:
            await waiting
        assert not caught.value.sent

    in_virtual_time(work())


CALLS = st.lists(
    st.tuples(
        st.floats(0, 3),
        st.booleans(),
        st.sampled_from((204, 204, 204, 400, 429, 503, 500)),
        st.one_of(st.none(), st.floats(0, 20)),
    ),
    max_size=60,
)


@settings(deadline=None)  # the time is virtual: how busy the machine is says nothing
@given(CALLS)
def test_every_call_is_let_in_once_within_bounds_and_never_during_a_hold(
    calls: list[tuple[float, bool, int, float | None]],
) -> None:
    async def work() -> None:
        pace = governor()
        inside = 0

        async def one(seconds: float, bulk: bool, status: int, wait: float | None) -> None:
            nonlocal inside
            async with pace.slot(GRAPH, bulk=bulk, patience=1e9):
                inside += 1
                assert inside <= 8
                assert pace.view(GRAPH).waiting_until is None
                await asyncio.sleep(seconds)
                inside -= 1
            pace.answered(GRAPH, Answer(status, retry_after=wait))

        await asyncio.gather(*(one(*values) for values in calls))
        view = pace.view(GRAPH)
        assert (view.in_flight, view.queued) == (0, 0)
        assert 1 <= view.lanes <= 8
        assert view.throttled == sum(status in (429, 503) for _, _, status, _ in calls)

    in_virtual_time(work())


@pytest.mark.parametrize(
    ("path", "most", "seconds"),
    [("auditLogs/signIns", 5, 10.0), ("reports/x", 5, 10.0), ("identityProtection/riskyUsers", 1, 1.0)],
)
def test_small_quotas_are_kept_by_design(path: str, most: int, seconds: float) -> None:
    async def work() -> None:
        pace = governor()
        began = sorted(await asyncio.gather(*(call(pace, path=path) for _ in range(12))))
        assert all(later - sooner > seconds for sooner, later in zip(began, began[most:], strict=False))
        # and the directory does not wait for them
        assert await call(pace) == began[-1] + 0.1

    in_virtual_time(work())


def test_reports_share_one_quota_and_who_gives_up_waiting_takes_no_turn() -> None:
    async def work() -> None:
        pace = governor()
        await asyncio.gather(*(call(pace, path=f"auditLogs/{n}") for n in range(5)))
        waiting = asyncio.ensure_future(call(pace, path="reports/x"))
        await asyncio.sleep(1)
        waiting.cancel()
        assert await call(pace, path="auditLogs/x") == pytest.approx(10.5, abs=0.2)
        assert pace.view(GRAPH).in_flight == 0

    in_virtual_time(work())


WRITE = Request(GRAPH, "POST", "groups/g/members/$ref")
BATCH = total([WRITE] * 20)


def test_a_batch_takes_from_the_quota_what_its_items_do() -> None:
    async def work() -> None:
        pace = governor()
        began = sorted(await asyncio.gather(*(call(pace, 0, taken=BATCH) for _ in range(200))))
        # 147 batches are a bucket of 2,940: then a batch about every second, as fast as the quota fills
        assert began[146] == 0
        assert began[147] == pytest.approx(20 / 19.6, abs=0.05)
        assert began[199] == pytest.approx(53 * 20 / 19.6, abs=0.1)

    in_virtual_time(work())


def test_reads_do_not_wait_for_writes_and_a_person_goes_before_bulk() -> None:
    async def work() -> None:
        pace = governor()
        await asyncio.gather(*(call(pace, 0, taken=BATCH) for _ in range(147)))
        bulk = [asyncio.ensure_future(call(pace, 0, taken=BATCH)) for _ in range(10)]
        await asyncio.sleep(0.01)
        assert pace.view(GRAPH).queued == 10
        # more would only wait here
        assert pace.view(GRAPH).lanes == 2
        assert await call(pace, 0, bulk=True) == 0.01
        person = await call(pace, 0, bulk=False, taken=costs(WRITE))
        assert person == pytest.approx(1 / 19.6, abs=0.01)
        assert min(await asyncio.gather(*bulk)) == pytest.approx(21 / 19.6, abs=0.05)
        await asyncio.sleep(11)
        assert pace.view(GRAPH).lanes > 2

    in_virtual_time(work())


def test_a_refusal_empties_the_bucket_and_another_spender_is_learned_from_it() -> None:
    async def work() -> None:
        pace = governor()
        await call(pace, 0, taken=BATCH, answer=Answer(429, retry_after=1))
        first = await call(pace, 0, taken=BATCH)
        # what came in during the hold, at half the published rate
        assert first == pytest.approx(20 / 9.8, rel=0.05)
        # and the share grows back
        began = [await call(pace, 0, taken=BATCH) for _ in range(100)]
        assert began[-1] - began[-2] == pytest.approx(20 / 19.6, abs=0.02)

    in_virtual_time(work())


def test_503_says_nothing_about_a_quota() -> None:
    async def work() -> None:
        pace = governor()
        await call(pace, 0, taken=BATCH, answer=Answer(503, retry_after=1))
        assert max(await asyncio.gather(*(call(pace, 0, taken=BATCH) for _ in range(100)))) == 1

    in_virtual_time(work())


def test_who_gives_up_waiting_for_a_quota_leaves_it_to_the_others() -> None:
    async def work() -> None:
        pace = governor()
        await asyncio.gather(*(call(pace, 0, taken=BATCH) for _ in range(147)))
        waiting = [asyncio.ensure_future(call(pace, 0, taken=BATCH)) for _ in range(3)]
        await asyncio.sleep(0.5)
        waiting[0].cancel()
        waiting[1].cancel()
        assert await waiting[2] == pytest.approx(20 / 19.6, abs=0.05)
        assert pace.view(GRAPH).in_flight == 0

    in_virtual_time(work())


def test_a_quota_that_outlasts_patience_is_not_waited_for() -> None:
    async def work() -> None:
        pace = governor()
        path = "reports/getOffice365ActiveUserDetail(period='D7')"
        await asyncio.gather(*(call(pace, path=path) for _ in range(14)))
        with pytest.raises(Throttled, match="quota") as caught:
            await call(pace, path=path)
        assert caught.value.retry_after > 599
        assert await call(pace, path="reports/authenticationMethods/userRegistrationDetails") < 1

    in_virtual_time(work())


def test_mailboxes_have_a_quota_each() -> None:
    async def work() -> None:
        pace = governor()
        paths = [f"users/{n % 200}/photo/$value" for n in range(1000)]
        assert max(await asyncio.gather(*(call(pace, 0, path=path) for path in paths))) == 0
        emptied = {"outlook 7": 9_800}
        await call(pace, 0, path="users/7/photo", taken=emptied)
        assert await call(pace, 0, path="users/8/photo") == 0
        assert await call(pace, 0, path="users/7/photo") == pytest.approx(600 / 9_800, abs=0.1)

    in_virtual_time(work())


def test_the_forecast_is_kept() -> None:
    async def work() -> None:
        pace = governor()
        whole = total([WRITE] * 10_000)
        forecast = pace.forecast(whole)
        assert forecast is not None
        assert forecast.seconds == pytest.approx(7_060 / 19.6, rel=0.01)
        assert forecast.quota == "3,000 writes in 150 s"
        last = max(await asyncio.gather(*(call(pace, 0, taken=BATCH) for _ in range(500))))
        assert last == pytest.approx(forecast.seconds, rel=0.01)
        assert pace.forecast(total([WRITE])) is not None
        await asyncio.sleep(200)
        # where no quota is in the way nothing is foretold
        assert pace.forecast(total([WRITE] * 100)) is None
        assert pace.forecast({}) is None

    in_virtual_time(work())


def test_a_tenant_has_resource_units_by_its_size() -> None:
    async def last(users: int) -> float:
        pace = governor()
        pace.sized(users)
        calls = (call(pace, 0, taken={"units": 100}) for _ in range(200))
        return max(await asyncio.gather(*calls))

    for users, most in ((49, 3_500), (500, 5_000), (501, 8_000)):
        rate = most * 0.98 / 10
        assert in_virtual_time(last(users)) == pytest.approx((20_000 - most * 0.98) / rate, abs=0.5)
