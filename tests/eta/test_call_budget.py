from __future__ import annotations

from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.upstream import CallBudget
from tests.eta.conftest import Steady, Town, legs


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
