from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.breaker import Breaker
from bakureserve.eta.upstream import CallBudget, CallResult, NoAnswer, Upstream
from tests.eta.conftest import Town, legs
from tests.kit.clocks import Steady


@pytest.fixture
def upstream(steady: Steady) -> Upstream:
    return Upstream(Breaker("osrm", failures=3, cooldown=300, clock=steady), most=3, linger=0.3)


def in_a_moment(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


def answering(value: int, after: float = 0.0) -> Callable[[], Awaitable[int]]:
    async def question() -> int:
        await asyncio.sleep(after)
        return value

    return question


def refusing(error: Exception) -> Callable[[], Awaitable[int]]:
    async def question() -> int:
        raise error

    return question


async def open_breaker_of(upstream: Upstream) -> None:
    for key in range(3):
        await upstream.ask(key, refusing(NoAnswer("garbled")), until=in_a_moment())


async def test_an_answer_in_time_is_given(upstream: Upstream) -> None:
    assert await upstream.ask("a", answering(1), until=in_a_moment()) == CallResult("ok", 1)
    assert upstream.figures().calls == 1


async def test_a_question_is_waited_for_no_longer_than_it_may_take(upstream: Upstream) -> None:
    began = in_a_moment(0)
    reply = await upstream.ask("a", answering(1, 60), until=in_a_moment(0.05))
    assert reply == CallResult("timeout")
    assert 0.045 <= in_a_moment(0) - began < 5


async def test_a_question_that_runs_for_too_long_is_given_up(upstream: Upstream) -> None:
    await upstream.ask("a", answering(1, 60), until=in_a_moment(0.01))
    assert upstream.figures().running == 1
    await asyncio.sleep(0.5)
    assert upstream.figures().running == 0
    assert upstream.breaker.figures().failures == 1


async def test_a_late_answer_counts_as_a_failure_and_runs_on(upstream: Upstream) -> None:
    kept: list[int] = []

    async def question() -> int:
        await asyncio.sleep(0.1)
        kept.append(1)
        return 1

    with capture_logs() as logged:
        await upstream.ask("a", question, until=in_a_moment(0.02))
        assert upstream.breaker.figures().failures == 1
        await asyncio.sleep(0.3)
    assert (kept, upstream.figures().late) == ([1], 1)
    (event,) = logged
    assert (event["event"], event["service"]) == ("late_answer", "osrm")
    assert event["late_ms"] > 0
    assert upstream.breaker.figures().failures == 1


async def test_a_call_that_joins_before_it_is_overdue_may_still_be_in_time(
    upstream: Upstream,
) -> None:
    question = answering(1, 0.1)
    first, second = await asyncio.gather(
        upstream.ask("a", question, until=in_a_moment(0.03)),
        upstream.ask("a", question, until=in_a_moment()),
    )
    assert (first, second) == (CallResult("timeout"), CallResult("ok", 1))
    assert (upstream.figures().calls, upstream.figures().shared) == (1, 1)


async def test_an_overdue_question_is_asked_anew(upstream: Upstream) -> None:
    await upstream.ask("a", answering(1, 60), until=in_a_moment(0.01))
    assert await upstream.ask("a", answering(2), until=in_a_moment()) == CallResult("ok", 2)
    assert upstream.figures().running == 1


@pytest.mark.parametrize(("at_fault", "failures"), [(True, 1), (False, 0)])
async def test_no_answer_counts_if_the_service_is_at_fault(
    upstream: Upstream, at_fault: bool, failures: int
) -> None:
    no = NoAnswer("status_500", at_fault=at_fault)
    reply = await upstream.ask("a", refusing(no), until=in_a_moment())
    assert reply == CallResult("error", None, "status_500")
    assert upstream.breaker.figures().failures == failures


async def test_a_mistake_of_our_own_is_logged_and_answered(upstream: Upstream) -> None:
    with capture_logs() as logged:
        reply = await upstream.ask("a", refusing(KeyError("x")), until=in_a_moment())
    assert reply == CallResult("error", None, "internal")
    assert [(each["event"], each["service"]) for each in logged] == [("question_failed", "osrm")]


async def test_more_than_it_may_do_at_once_is_not_begun(upstream: Upstream) -> None:
    replies = await asyncio.gather(
        *(upstream.ask(key, answering(1, 0.02), until=in_a_moment()) for key in range(5))
    )
    assert [reply.outcome for reply in replies] == ["ok"] * 3 + ["error"] * 2
    assert replies[-1].detail == "crowded"
    assert upstream.figures().crowded == 2
    assert upstream.breaker.figures().failures == 0


async def test_an_open_breaker_is_not_asked_through(upstream: Upstream) -> None:
    await open_breaker_of(upstream)
    reply = await upstream.ask("a", answering(1), until=in_a_moment())
    assert reply == CallResult("circuit_open")
    assert upstream.figures().calls == 3


async def test_behind_an_open_breaker_no_call_from_before_is_waited_for(
    upstream: Upstream,
) -> None:
    waiting = asyncio.create_task(upstream.ask("a", answering(1, 0.1), until=in_a_moment()))
    await asyncio.sleep(0)
    await open_breaker_of(upstream)
    assert await upstream.ask("a", answering(2), until=in_a_moment()) == CallResult("circuit_open")
    assert await waiting == CallResult("ok", 1)
    assert upstream.breaker.state == "open"


async def test_a_crowded_service_keeps_its_trial_for_the_next_call(
    upstream: Upstream, steady: Steady
) -> None:
    hung = [
        asyncio.create_task(upstream.ask(key, answering(1, 60), until=in_a_moment(0.01)))
        for key in range(3)
    ]
    await asyncio.gather(*hung)
    assert upstream.breaker.state == "open"
    steady.now += 300
    assert (await upstream.ask("a", answering(1), until=in_a_moment())).detail == "crowded"
    await upstream.close()
    assert await upstream.ask("a", answering(1), until=in_a_moment()) == CallResult("ok", 1)
    assert upstream.breaker.state == "closed"


async def test_half_open_lets_one_of_many_through(upstream: Upstream, steady: Steady) -> None:
    await open_breaker_of(upstream)
    steady.now += 300
    replies = await asyncio.gather(
        *(upstream.ask(key, answering(1, 0.01), until=in_a_moment()) for key in "abc")
    )
    assert [reply.outcome for reply in replies] == ["ok", "circuit_open", "circuit_open"]
    assert upstream.breaker.state == "closed"


async def test_a_call_that_is_cancelled_does_not_spoil_it_for_others(upstream: Upstream) -> None:
    leaving, staying = (
        asyncio.create_task(upstream.ask("a", answering(1, 0.05), until=in_a_moment(1)))
        for _ in range(2)
    )
    await asyncio.sleep(0.01)
    leaving.cancel()
    assert await staying == CallResult("ok", 1)
    assert leaving.cancelled()
    assert upstream.breaker.figures().failures == 0


async def test_closing_ends_what_runs_without_blame(upstream: Upstream) -> None:
    waiting = asyncio.create_task(upstream.ask("a", answering(1, 60), until=in_a_moment(5)))
    await asyncio.sleep(0.01)
    await upstream.close()
    assert await waiting == CallResult("error", None, "closing")
    assert (upstream.figures().running, upstream.breaker.figures().failures) == (0, 0)


def test_a_budget_is_so_many_at_once_and_as_many_again_in_a_minute(steady: Steady) -> None:
    budget = CallBudget(3, steady)
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]
    steady.now += 19
    assert not budget.take()
    steady.now += 1
    assert budget.take()
    assert not budget.take()
    steady.now += 60
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    unlimited = CallBudget(0, steady)
    assert all(unlimited.take() for _ in range(10_000))


async def test_a_way_is_answered_from_what_is_known_when_the_budget_is_used_up(town: Town) -> None:
    budget = CallBudget(4, town.steady)
    first = await town.estimate(budget=budget)
    assert (first.provider, town.calls) == ("gomap", 4)
    again = await town.estimate(budget=budget)
    elsewhere = await town.estimate(town.roads.grid.at(18, 1), budget=budget)
    assert (again.provider, elsewhere.provider) == ("gomap", "fallback")
    for name in ("osrm", "gomap"):
        leg = legs(elsewhere)[name]
        assert (leg.outcome, leg.detail) == ("error", "over_budget")
    assert town.calls == 4
    assert {each.state for each in town.maps.breakers()} == {"closed"}


async def test_places_are_not_asked_for_when_it_is_used_up(town: Town) -> None:
    assert town.maps.places is not None
    town.gomap.places = [{"nm": "Gənclik", "x": 49.85, "y": 40.4}]
    how = {"language": "az", "near": Coordinates(40.37, 49.83), "limit": 3}
    budget = CallBudget(1, town.steady)
    for query, found in (("gənclik", 1), ("gən", 0), ("gənclik", 1)):
        assert len(await town.maps.places.find(query, budget=budget, **how)) == found
    assert len(town.gomap.calls) == 1
    assert await town.maps.places.find("gən", **how)
