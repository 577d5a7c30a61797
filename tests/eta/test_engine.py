"""The engine over a real OSRM and a GoMap on loopback, either of which may be in trouble."""

from __future__ import annotations

import asyncio
import time

import pytest
import structlog
from structlog.testing import capture_logs

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from tests.eta.conftest import BUDGET, OpenTown, Town, legs, outcomes
from tests.kit.roads.gomap import GUID
from tests.kit.roads.trouble import (
    TROUBLES,
    Case,
    answering,
    delaying,
    hanging,
    resetting_once,
)


def asking() -> list[asyncio.Task[object]]:
    """Tasks that ask a map service."""
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("ask ")]


async def settle(town: Town) -> None:
    """Until no call is under way."""
    while any(each.running for each in town.maps.calls()):
        await asyncio.sleep(0.01)


async def test_both_services_and_traffic_make_an_estimate(town: Town) -> None:
    town.gomap.severity = 3
    estimate = await town.estimate(language="az")
    assert set(outcomes(estimate).values()) == {"ok"}
    osrm, gomap = legs(estimate)["osrm"], legs(estimate)["gomap"]
    assert osrm.distance_km == pytest.approx(9.5, abs=0.1)
    assert (estimate.provider, estimate.diagnosis.choice) == ("gomap", "agreed")
    assert estimate.distance_km == gomap.distance_km
    assert osrm.seconds is not None
    assert gomap.seconds is not None
    mean = (osrm.seconds + gomap.seconds) / 2
    assert estimate.diagnosis.total_seconds == pytest.approx(mean * 1.25 + 120)
    assert estimate.traffic_condition == "heavy"
    assert estimate.summary == "Neftçilər prospekti"
    start = (town.home.latitude, town.home.longitude)
    assert estimate.geometry[0] == pytest.approx(start, abs=1e-4)
    assert {form["lng"] for form in town.gomap.asked("getRoute")} == {"az"}


async def test_the_worse_traffic_of_both_ends_counts(town: Town) -> None:
    town.gomap.answers["getTrafficTilesByCoord"] = lambda form: {
        "data": {"level": 4 if form["lat"] == f"{town.door.latitude:.2f}" else 1}
    }
    estimate = await town.estimate()
    assert legs(estimate)["traffic_origin"].condition == "smooth"
    assert legs(estimate)["traffic_destination"].condition == "severe"
    assert estimate.traffic_condition == "severe"


async def test_without_a_key_osrm_answers_alone(open_town: OpenTown) -> None:
    async with open_town(gomap_guid="") as town:
        estimate = await town.estimate()
        assert town.maps.places is None
        assert set(town.maps.probes) == {"osrm"}
    off = dict.fromkeys(("gomap", "traffic_origin", "traffic_destination"), "disabled")
    assert outcomes(estimate) == {"osrm": "ok"} | off
    assert (estimate.provider, estimate.diagnosis.choice) == ("osrm", "osrm_alone")
    assert len(estimate.geometry) > 1
    assert town.gomap.calls == []


async def test_both_services_are_asked_at_the_same_time(town: Town) -> None:
    town.befall(delaying(0.2))
    estimate = await town.estimate()
    assert estimate.provider == "gomap"
    starts = [leg.started_ms for leg in legs(estimate).values()]
    assert max(starts) < min(leg.took_ms for leg in legs(estimate).values())


@pytest.mark.parametrize("case", TROUBLES.values(), ids=TROUBLES)
async def test_a_service_in_trouble_leaves_the_route_to_the_other(
    open_town: OpenTown, case: Case
) -> None:
    budget = BUDGET if case.outcome == "timeout" else 5
    async with open_town(eta_budget_seconds=budget) as town:
        town.osrm.trouble = case.trouble
        by_gomap = await town.estimate()
        town.osrm.trouble, town.gomap.trouble = None, case.trouble
        by_osrm = await town.estimate(town.roads.grid.at(0, 0))
    assert (by_gomap.provider, by_gomap.diagnosis.choice) == ("gomap", "gomap_alone")
    assert (by_osrm.provider, by_osrm.diagnosis.choice) == ("osrm", "osrm_alone")
    failed = [legs(by_gomap)["osrm"], legs(by_osrm)["gomap"], legs(by_osrm)["traffic_origin"]]
    assert {(leg.outcome, leg.detail) for leg in failed} == {(case.outcome, case.detail)}
    assert legs(by_osrm)["traffic_destination"].outcome in {case.outcome, "cached"}


async def test_a_connection_that_was_closed_while_idle_is_tried_once_more(town: Town) -> None:
    town.osrm.trouble = resetting_once()
    town.gomap.troubles["getRoute"] = resetting_once()
    assert set(outcomes(await town.estimate()).values()) == {"ok"}
    assert len(town.osrm.asked) == len(town.gomap.asked("getRoute")) == 2


async def test_when_all_hang_the_fallback_answers_in_time(hasty: Town) -> None:
    hasty.befall(hanging())
    began = time.perf_counter()
    estimate = await hasty.estimate()
    assert time.perf_counter() - began < BUDGET * 2
    assert estimate.diagnosis.took_ms >= BUDGET * 1000 - 1
    assert set(outcomes(estimate).values()) == {"timeout"}
    assert (estimate.provider, estimate.diagnosis.choice) == ("fallback", "nothing_came")
    assert estimate.traffic_condition == "unknown"


async def test_a_guest_300_m_away_is_a_minute_away_though_no_map_service_answers(
    town: Town,
) -> None:
    town.befall(answering("", status=503))
    door = town.door
    estimate = await town.estimate(Coordinates(door.latitude + 0.0027, door.longitude))
    assert (estimate.provider, estimate.eta_minutes) == ("fallback", 1)


async def test_known_traffic_counts_for_the_fallback_too(town: Town) -> None:
    town.osrm.trouble = town.gomap.troubles["getRoute"] = answering("", status=503)
    town.gomap.severity = 4
    estimate = await town.estimate()
    diagnosis = estimate.diagnosis
    assert estimate.provider == "fallback"
    assert diagnosis.total_seconds == pytest.approx(diagnosis.fallback_seconds * 1.4 + 120)


async def test_the_same_spot_asked_again_costs_no_call_until_it_is_forgotten(town: Town) -> None:
    first = await town.estimate()
    calls = town.calls
    again = await town.estimate(Coordinates(town.home.latitude + 0.000001, town.home.longitude))
    assert again.eta_seconds == first.eta_seconds
    town.steady.now += 299
    for estimate in (again, await town.estimate()):
        assert set(outcomes(estimate).values()) == {"cached"}
    assert town.calls == calls
    town.steady.now += 1
    assert set(outcomes(await town.estimate()).values()) == {"ok"}
    assert len(town.osrm.asked) == 2


async def test_equal_requests_at_once_share_one_call_each(town: Town) -> None:
    town.befall(delaying(0.05))
    estimates = await asyncio.gather(*(town.estimate() for _ in range(50)))
    assert {estimate.provider for estimate in estimates} == {"gomap"}
    assert len(town.osrm.asked) == len(town.gomap.asked("getRoute")) == 1
    assert len(town.gomap.asked("getTrafficTilesByCoord")) == 2
    assert [figures.shared for figures in town.maps.calls()] == [49, 49, 98, 0]


async def test_a_late_answer_serves_the_next_one(hasty: Town) -> None:
    hasty.befall(delaying(BUDGET + 0.1))
    late = await hasty.estimate()
    assert (late.provider, set(outcomes(late).values())) == ("fallback", {"timeout"})
    await settle(hasty)
    next_one = await hasty.estimate()
    assert (next_one.provider, set(outcomes(next_one).values())) == ("gomap", {"cached"})
    assert [figures.late for figures in hasty.maps.calls()] == [1, 1, 2, 0]


async def test_after_three_failures_no_guest_waits_until_the_cooldown_is_over(
    hasty: Town,
) -> None:
    at = hasty.roads.grid.at
    hasty.befall(hanging())
    for row in range(3):
        await hasty.estimate(at(row, 0))
    asked = len(hasty.osrm.asked)
    estimate = await hasty.estimate(at(3, 0))
    assert set(outcomes(estimate).values()) == {"circuit_open"}
    assert {leg.breaker for leg in legs(estimate).values()} == {"open"}
    assert estimate.diagnosis.took_ms < BUDGET * 1000
    assert len(hasty.osrm.asked) == asked
    hasty.befall(None)
    hasty.steady.now += 300
    first = await hasty.estimate(at(4, 0))
    assert outcomes(first)["osrm"] == outcomes(first)["gomap"] == "ok"
    second = await hasty.estimate(at(5, 0))
    assert set(outcomes(second).values()) <= {"ok", "cached"}
    assert {leg.breaker for leg in legs(second).values()} == {"closed"}


async def test_a_guest_who_leaves_neither_trips_nor_closes_a_breaker(town: Town) -> None:
    town.befall(delaying(0.2))
    for _ in range(5):
        leaving = asyncio.create_task(town.estimate())
        await asyncio.sleep(0.01)
        leaving.cancel()
    await settle(town)
    assert {figures.failures for figures in town.maps.breakers()} == {0}
    assert set(outcomes(await town.estimate()).values()) == {"cached"}


async def test_the_last_known_route_beats_the_fallback_for_an_hour(town: Town) -> None:
    """However often it is asked for: a stale route is never taken for a fresh one."""
    fresh = await town.estimate()
    town.befall(answering("", status=503))
    nearby = Coordinates(town.home.latitude + 0.0001, town.home.longitude)
    for minutes, age in ((20, 1200), (10, 1800), (29, 3540)):
        town.steady.now += minutes * 60
        stale = await town.estimate(nearby)
        assert (stale.stale, stale.age_seconds, stale.provider) == (True, age, "gomap")
        assert stale.diagnosis.choice == "last_known"
        assert stale.distance_km == fresh.distance_km
    town.steady.now += 60
    gone = await town.estimate(nearby)
    assert (gone.stale, gone.provider) == (False, "fallback")


NO_ANSWERS = {
    '{"code":"Ok","routes":[{"distance":0,"duration":0}]}': "implausible",
    '{"code":"Ok","routes":[{"distance":-9500,"duration":800}]}': "implausible",
    '{"code":"Ok","routes":[{"distance":9500,"duration":-800}]}': "implausible",
    '{"code":"Ok","routes":[{"distance":9500,"duration":20}]}': "implausible",
    '{"code":"Ok","routes":[{"distance":9.5e300,"duration":800}]}': "implausible",
    '{"code":"Ok","routes":[{"distance":9500,"duration":18000}]}': "implausible",
    '{"code":"Ok","routes":[{"distance":NaN,"duration":800}]}': "garbled",
    '{"code":"Ok","routes":[{"distance":null,"duration":800}]}': "garbled",
    '{"code":"Ok","routes":[{"duration":800}]}': "garbled",
    "[1,2,3]": "garbled",
    "[" * 100_000: "garbled",
    '{"code":"Ok","routes":[]}': "refused",
    '{"code":"Ok"}': "refused",
    '{"code":"InvalidQuery","message":"?"}': "refused",
    '{"code":"NoRoute","message":"?"}': "no_route",
    '{"code":"Ok","routes":[{"distance":9500,"duration":800}],"waypoints":[{},{"distance":9e6}]}': (
        "no_road_near"
    ),
}


async def test_what_osrm_cannot_mean_is_no_answer(open_town: OpenTown) -> None:
    async with open_town(gomap_guid="", breaker_failures=100) as town:
        for number, (body, detail) in enumerate(NO_ANSWERS.items()):
            town.osrm.trouble = answering(body)
            home = Coordinates(town.home.latitude + number * 0.001, town.home.longitude)
            for _ in range(2):  # the second time from what is kept, if it was
                estimate = await town.estimate(home)
                assert estimate.provider == "fallback", body[:80]
                assert legs(estimate)["osrm"].detail == detail, body[:80]


async def test_a_point_far_from_any_road_has_no_route(open_town: OpenTown) -> None:
    """Real OSRM would snap it to a road thousands of kilometres away and say Ok."""
    async with open_town(gomap_guid="") as town:
        home, engine = town.home, town.maps.engine
        for nowhere in (Coordinates(0, 0), Coordinates(home.longitude, home.latitude)):
            estimate = await engine.estimate(home, nowhere)
            assert legs(estimate)["osrm"].detail == "no_road_near"
            assert estimate.provider == "fallback"
            assert estimate.eta_seconds >= straight_line_km(home, nowhere) / 160 * 3600
        for _ in range(5):
            await engine.estimate(home, Coordinates(0, 0))
        assert town.maps.breakers()[0].failures == 0


async def test_a_guest_who_is_there_already_is_a_minute_away(town: Town) -> None:
    assert 60 <= (await town.estimate(town.door)).eta_seconds <= 300


@pytest.mark.parametrize("wrong", [Coordinates(91, 0), Coordinates(float("nan"), 49)])
async def test_a_point_that_is_not_on_earth_is_the_callers_mistake(
    town: Town, wrong: Coordinates
) -> None:
    with pytest.raises(ValueError, match="not on earth"):
        await town.estimate(wrong)


async def test_every_estimate_is_observed_and_logged_without_where_it_was(town: Town) -> None:
    told: list[Estimate] = []
    town.maps.engine.observers.append(told.append)
    structlog.reset_defaults()
    with capture_logs() as logged:
        estimate = await town.estimate()
    assert told == [estimate]
    (event,) = [each for each in logged if each["event"] == "eta"]
    assert event["provider"] == "gomap"
    assert event["legs"].keys() == legs(estimate).keys()
    assert f"{town.home.latitude:.3f}" not in repr(logged)
    assert f"{town.home.longitude:.3f}" not in repr(logged)


async def test_the_key_is_in_nothing_but_the_form(town: Town, caches: CacheRegistry) -> None:
    """Not even when the service repeats it, in whatever case."""
    maps, gomap = town.maps, town.gomap
    gomap.answers["getRoute"] = lambda form: {
        "distance": "9 km",
        "time": "15 dəq",
        "msg": f"for {form['guid'].lower()}",
    }
    gomap.answers["getTrafficTilesByCoord"] = {"success": False, "msg": f"bad guid {GUID}"}
    with capture_logs() as logged:
        estimate = await town.estimate()
    assert estimate.summary == "for ***"
    seen = repr((estimate, logged, maps.breakers(), maps.calls(), caches.figures()))
    for cache in caches._caches.values():
        seen += repr([(key, vars(cache)) for key in cache])
        seen += repr([cache.get(key) for key in cache])
    assert GUID.lower() not in seen.lower()
    assert {call.form["guid"] for call in gomap.calls} == {GUID}


async def test_probes_tell_whether_a_service_answers(town: Town) -> None:
    for probe in town.maps.probes.values():
        await probe(town.home)
        await probe(town.home)
    assert [path.split("/")[1] for path in town.osrm.asked] == ["route", "route"]
    town.befall(answering("", status=503))
    for probe in town.maps.probes.values():
        with pytest.raises(Exception, match="status_503"):
            await probe(town.home)
    assert {figures.state for figures in town.maps.breakers()} == {"closed"}


async def test_closing_gives_up_what_is_under_way(open_town: OpenTown) -> None:
    async with open_town(eta_budget_seconds=BUDGET) as town:
        town.befall(hanging())
        await town.estimate()
        assert [figures.running for figures in town.maps.calls()] == [1, 1, 2, 0]
    assert asking() == []


async def test_thousands_of_estimates_while_all_hang_leave_nothing_behind(
    open_town: OpenTown, caches: CacheRegistry
) -> None:
    """However many guests there are, calls under way are bounded, and so is what is remembered."""
    async with open_town(
        eta_budget_seconds=BUDGET, eta_max_calls=8, breaker_failures=100, eta_cache_entries=50
    ) as town:
        at = town.roads.grid.at
        town.befall(hanging())
        for wave in range(4):
            spots = [at(n % 20 + wave / 10, n / 100) for n in range(500)]
            estimates = await asyncio.gather(*map(town.estimate, spots))
            assert {estimate.provider for estimate in estimates} == {"fallback"}
            assert all(figures.running <= 8 for figures in town.maps.calls())
            assert len(asking()) <= 3 * 8
        assert {figures.name: figures.crowded for figures in town.maps.calls()}["osrm"] > 0
        town.befall(None)
        for row in range(100):
            await town.estimate(at(row / 10, 3))
        assert all(figures.entries <= 50 for figures in caches.figures())
    assert asking() == []
