from __future__ import annotations

from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import MapServices
from bakureserve.eta.upstream import CallBudget
from tests.eta.conftest import Steady
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GoMap
from tests.kit.roads.trouble import Front


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


def test_none_is_no_limit(steady: Steady) -> None:
    budget = CallBudget(0, steady)
    assert all(budget.take() for _ in range(10_000))


async def test_a_way_is_answered_from_what_is_known_when_the_budget_is_used_up(
    maps: MapServices, steady: Steady, osrm_front: Front, gomap: GoMap, roads: Roads
) -> None:
    budget = CallBudget(4, steady)
    door = roads.grid.at(12, 12)
    first = await maps.engine.estimate(roads.grid.at(2, 3), door, budget=budget)
    calls = len(osrm_front.asked) + len(gomap.calls)
    assert (first.provider, calls) == ("gomap", 4)

    again = await maps.engine.estimate(roads.grid.at(2, 3), door, budget=budget)
    elsewhere = await maps.engine.estimate(roads.grid.at(18, 1), door, budget=budget)

    assert (again.provider, elsewhere.provider) == ("gomap", "fallback")
    legs = {leg.name: (leg.outcome, leg.detail) for leg in elsewhere.diagnosis.legs}
    assert legs["osrm"] == legs["gomap"] == ("error", "over_budget")
    assert len(osrm_front.asked) + len(gomap.calls) == calls
    assert {each.state for each in maps.breakers()} == {"closed"}


async def test_places_are_not_asked_for_when_it_is_used_up(
    maps: MapServices, steady: Steady, gomap: GoMap
) -> None:
    assert maps.places is not None
    here = Coordinates(40.37, 49.83)
    gomap.places = [{"nm": "Gənclik", "x": 49.85, "y": 40.4}]
    budget = CallBudget(1, steady)
    for query, found in (("gənclik", 1), ("gən", 0), ("gənclik", 1)):
        places = await maps.places.find(query, language="az", near=here, limit=3, budget=budget)
        assert len(places) == found
    assert len(gomap.calls) == 1
    assert await maps.places.find("gən", language="az", near=here, limit=3)
