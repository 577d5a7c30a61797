"""The engine over a real OSRM and a GoMap on loopback, either of which may be in trouble."""

from __future__ import annotations

import asyncio
import time

import pytest
import structlog
from structlog.testing import capture_logs

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.places.estimate import Estimate, Leg
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.eta.factory import MapServices
from tests.eta.conftest import BUDGET, OpenMaps, Steady
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import (
    Front,
    Trouble,
    answering,
    delaying,
    hanging,
    huge,
    resetting,
    resetting_once,
    trickling,
)

TROUBLES = {
    "hangs": (hanging(), "timeout", ""),
    "trickles": (trickling(), "timeout", ""),
    "resets": (resetting(), "error", "broken_off"),
    "fails": (answering("oops", status=500), "error", "status_500"),
    "sends elsewhere": (answering("", status=302), "error", "status_302"),
    "says nothing": (answering(""), "error", "garbled"),
    "says nonsense": (answering("<html>busy</html>"), "error", "garbled"),
}


def legs(estimate: Estimate) -> dict[str, Leg]:
    return {leg.name: leg for leg in estimate.diagnosis.legs}


def outcomes(estimate: Estimate) -> dict[str, str]:
    return {name: leg.outcome for name, leg in legs(estimate).items()}


def asking() -> list[asyncio.Task[object]]:
    """Tasks that ask a map service."""
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("ask ")]


async def settle(maps: MapServices) -> None:
    """Until no call is under way."""
    while any(each.running for each in maps.calls()):
        await asyncio.sleep(0.01)


async def test_both_services_and_traffic_make_an_estimate(
    maps: MapServices, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    gomap.severity = 3
    estimate = await maps.engine.estimate(home, door, language="az")
    assert set(outcomes(estimate).values()) == {"ok"}
    osrm, gomaps = legs(estimate)["osrm"], legs(estimate)["gomap"]
    assert osrm.distance_km == pytest.approx(9.5, abs=0.1)
    assert estimate.provider == "gomap"
    assert estimate.diagnosis.choice == "agreed"
    assert estimate.distance_km == gomaps.distance_km
    assert osrm.seconds is not None
    assert gomaps.seconds is not None
    mean = (osrm.seconds + gomaps.seconds) / 2
    assert estimate.diagnosis.total_seconds == pytest.approx(mean * 1.25 + 120)
    assert estimate.traffic_condition == "heavy"
    assert estimate.summary == "Neftçilər prospekti"
    assert estimate.geometry[0] == pytest.approx((home.latitude, home.longitude), abs=1e-4)
    assert {call.form["lng"] for call in gomap.calls if call.method == "getRoute"} == {"az"}


async def test_the_worse_traffic_of_both_ends_counts(
    maps: MapServices, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    gomap.answers["getTrafficTilesByCoord"] = lambda form: {
        "data": {"level": 4 if form["lat"] == f"{door.latitude:.2f}" else 1}
    }
    estimate = await maps.engine.estimate(home, door)
    assert legs(estimate)["traffic_origin"].condition == "smooth"
    assert legs(estimate)["traffic_destination"].condition == "severe"
    assert estimate.traffic_condition == "severe"


async def test_without_a_key_osrm_answers_alone(
    open_town: OpenMaps, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    async with open_town(gomap_guid="") as maps:
        estimate = await maps.engine.estimate(home, door)
        assert maps.places is None
        assert set(maps.probes) == {"osrm"}
    assert outcomes(estimate) == {
        "osrm": "ok",
        "gomap": "disabled",
        "traffic_origin": "disabled",
        "traffic_destination": "disabled",
    }
    assert (estimate.provider, estimate.diagnosis.choice) == ("osrm", "osrm_alone")
    assert len(estimate.geometry) > 1
    assert gomap.calls == []


async def test_both_services_are_asked_at_the_same_time(
    open_town: OpenMaps, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = delaying(0.2)
    async with open_town() as maps:
        estimate = await maps.engine.estimate(home, door)
    assert estimate.provider == "gomap"
    starts = [leg.started_ms for leg in legs(estimate).values()]
    assert max(starts) < min(leg.took_ms for leg in legs(estimate).values())


@pytest.mark.parametrize(("trouble", "outcome", "detail"), TROUBLES.values(), ids=TROUBLES)
async def test_osrm_in_trouble_leaves_the_route_to_gomap(
    hasty: MapServices,
    osrm_front: Front,
    home: Coordinates,
    door: Coordinates,
    trouble: Trouble,
    outcome: str,
    detail: str,
) -> None:
    osrm_front.trouble = trouble
    estimate = await hasty.engine.estimate(home, door)
    assert (legs(estimate)["osrm"].outcome, legs(estimate)["osrm"].detail) == (outcome, detail)
    assert (estimate.provider, estimate.diagnosis.choice) == ("gomap", "gomap_alone")


@pytest.mark.parametrize(("trouble", "outcome", "detail"), TROUBLES.values(), ids=TROUBLES)
async def test_gomap_in_trouble_leaves_the_route_to_osrm(
    hasty: MapServices,
    gomap: GoMap,
    home: Coordinates,
    door: Coordinates,
    trouble: Trouble,
    outcome: str,
    detail: str,
) -> None:
    gomap.trouble = trouble
    estimate = await hasty.engine.estimate(home, door)
    for leg in ("gomap", "traffic_origin", "traffic_destination"):
        assert (legs(estimate)[leg].outcome, legs(estimate)[leg].detail) == (outcome, detail)
    assert (estimate.provider, estimate.diagnosis.choice) == ("osrm", "osrm_alone")
    assert estimate.traffic_condition == "unknown"


async def test_a_huge_answer_is_not_read_to_its_end(
    open_town: OpenMaps, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = huge(5)
    async with open_town() as maps:
        estimate = await maps.engine.estimate(home, door)
    assert {leg.detail for leg in legs(estimate).values()} == {"too_large"}
    assert estimate.provider == "fallback"


async def test_a_connection_that_was_closed_while_idle_is_tried_once_more(
    maps: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = resetting_once()
    gomap.troubles["getRoute"] = resetting_once()
    estimate = await maps.engine.estimate(home, door)
    assert set(outcomes(estimate).values()) == {"ok"}
    assert len(osrm_front.asked) == len(gomap.asked("getRoute")) == 2


async def test_when_everybody_hangs_the_fallback_answers_in_time(
    hasty: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = hanging()
    began = time.perf_counter()
    estimate = await hasty.engine.estimate(home, door)
    assert time.perf_counter() - began < BUDGET * 2
    assert estimate.diagnosis.took_ms >= BUDGET * 1000 - 1
    assert set(outcomes(estimate).values()) == {"timeout"}
    assert (estimate.provider, estimate.diagnosis.choice) == ("fallback", "nothing_came")
    assert estimate.eta_seconds >= 300


async def test_known_traffic_counts_for_the_fallback_too(
    maps: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.troubles["getRoute"] = answering("", status=503)
    gomap.severity = 4
    estimate = await maps.engine.estimate(home, door)
    diagnosis = estimate.diagnosis
    assert estimate.provider == "fallback"
    assert diagnosis.total_seconds == pytest.approx(diagnosis.fallback_seconds * 1.4 + 120)


async def test_the_same_spot_asked_again_costs_no_call(
    maps: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    first = await maps.engine.estimate(home, door)
    calls = len(osrm_front.asked) + len(gomap.calls)
    nearly = Coordinates(home.latitude + 0.000001, home.longitude)
    again = await maps.engine.estimate(nearly, door)
    assert set(outcomes(again).values()) == {"cached"}
    assert again.eta_seconds == first.eta_seconds
    assert len(osrm_front.asked) + len(gomap.calls) == calls


async def test_what_is_remembered_is_forgotten_in_time(
    maps: MapServices, steady: Steady, osrm_front: Front, home: Coordinates, door: Coordinates
) -> None:
    await maps.engine.estimate(home, door)
    steady.now += 299
    assert set(outcomes(await maps.engine.estimate(home, door)).values()) == {"cached"}
    steady.now += 1
    assert set(outcomes(await maps.engine.estimate(home, door)).values()) == {"ok"}
    assert len(osrm_front.asked) == 2


async def test_equal_requests_at_once_share_one_call_each(
    maps: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = delaying(0.05)
    estimates = await asyncio.gather(*(maps.engine.estimate(home, door) for _ in range(50)))
    assert {estimate.provider for estimate in estimates} == {"gomap"}
    assert len(osrm_front.asked) == len(gomap.asked("getRoute")) == 1
    assert len(gomap.asked("getTrafficTilesByCoord")) == 2
    assert [figures.shared for figures in maps.calls()] == [49, 49, 98, 0]


async def test_a_late_answer_serves_the_next_one(
    hasty: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = delaying(BUDGET + 0.1)
    late = await hasty.engine.estimate(home, door)
    assert (late.provider, set(outcomes(late).values())) == ("fallback", {"timeout"})
    await settle(hasty)
    next_one = await hasty.engine.estimate(home, door)
    assert (next_one.provider, set(outcomes(next_one).values())) == ("gomap", {"cached"})
    assert [figures.late for figures in hasty.calls()] == [1, 1, 2, 0]


async def test_after_three_failures_nobody_waits_any_more(
    hasty: MapServices,
    steady: Steady,
    osrm_front: Front,
    gomap: GoMap,
    roads: Roads,
    door: Coordinates,
) -> None:
    osrm_front.trouble = gomap.trouble = hanging()
    for row in range(3):
        await hasty.engine.estimate(roads.grid.at(row, 0), door)
    asked = len(osrm_front.asked)
    estimate = await hasty.engine.estimate(roads.grid.at(3, 0), door)
    assert set(outcomes(estimate).values()) == {"circuit_open"}
    assert {leg.breaker for leg in legs(estimate).values()} == {"open"}
    assert estimate.diagnosis.took_ms < BUDGET * 1000
    assert len(osrm_front.asked) == asked
    osrm_front.trouble = gomap.trouble = None
    steady.now += 300
    first = await hasty.engine.estimate(roads.grid.at(4, 0), door)
    assert outcomes(first)["osrm"] == outcomes(first)["gomap"] == "ok"
    second = await hasty.engine.estimate(roads.grid.at(5, 0), door)
    assert set(outcomes(second).values()) <= {"ok", "cached"}
    assert {leg.breaker for leg in legs(second).values()} == {"closed"}


async def test_a_guest_who_leaves_neither_trips_nor_closes_a_breaker(
    maps: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = delaying(0.2)
    for _ in range(5):
        leaving = asyncio.create_task(maps.engine.estimate(home, door))
        await asyncio.sleep(0.01)
        leaving.cancel()
    await settle(maps)
    assert {figures.failures for figures in maps.breakers()} == {0}
    assert set(outcomes(await maps.engine.estimate(home, door)).values()) == {"cached"}


async def test_the_last_known_route_beats_the_fallback_for_an_hour(
    maps: MapServices,
    steady: Steady,
    osrm_front: Front,
    gomap: GoMap,
    home: Coordinates,
    door: Coordinates,
) -> None:
    fresh = await maps.engine.estimate(home, door)
    osrm_front.trouble = gomap.trouble = answering("", status=503)
    steady.now += 1800
    nearby = Coordinates(home.latitude + 0.0001, home.longitude)
    stale = await maps.engine.estimate(nearby, door)
    assert (stale.stale, stale.age_seconds, stale.provider) == (True, 1800, "gomap")
    assert stale.diagnosis.choice == "last_known"
    assert stale.distance_km == fresh.distance_km
    steady.now += 1800
    gone = await maps.engine.estimate(nearby, door)
    assert (gone.stale, gone.provider) == (False, "fallback")


async def test_a_stale_route_is_not_taken_for_a_fresh_one(
    maps: MapServices, steady: Steady, osrm_front: Front, gomap: GoMap, home: Coordinates,
    door: Coordinates,
) -> None:  # fmt: skip
    await maps.engine.estimate(home, door)
    osrm_front.trouble = gomap.trouble = answering("", status=503)
    for minutes in (20, 20, 19):
        steady.now += minutes * 60
        assert (await maps.engine.estimate(home, door)).stale
    steady.now += 60
    assert not (await maps.engine.estimate(home, door)).stale


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"code":"Ok","routes":[{"distance":0,"duration":0}]}', "implausible"),
        ('{"code":"Ok","routes":[{"distance":-9500,"duration":800}]}', "implausible"),
        ('{"code":"Ok","routes":[{"distance":9500,"duration":-800}]}', "implausible"),
        ('{"code":"Ok","routes":[{"distance":9500,"duration":20}]}', "implausible"),
        ('{"code":"Ok","routes":[{"distance":9.5e300,"duration":800}]}', "implausible"),
        ('{"code":"Ok","routes":[{"distance":NaN,"duration":800}]}', "garbled"),
        ('{"code":"Ok","routes":[{"distance":null,"duration":800}]}', "garbled"),
        ('{"code":"Ok","routes":[{"duration":800}]}', "garbled"),
        ('{"code":"Ok","routes":[]}', "refused"),
        ('{"code":"Ok"}', "refused"),
        ('{"code":"InvalidQuery","message":"?"}', "refused"),
        ('{"code":"NoRoute","message":"?"}', "no_route"),
        (
            '{"code":"Ok","routes":[{"distance":9500,"duration":800}],"waypoints":[{},{"distance":9e6}]}',
            "no_road_near",
        ),
        ('{"code":"Ok","routes":[{"distance":9500,"duration":18000}]}', "implausible"),
        ("[1,2,3]", "garbled"),
        ("[" * 100_000, "garbled"),
    ],
)
async def test_what_osrm_cannot_mean_is_no_answer(
    open_town: OpenMaps,
    osrm_front: Front,
    home: Coordinates,
    door: Coordinates,
    body: str,
    detail: str,
) -> None:
    osrm_front.trouble = answering(body)
    async with open_town(gomap_guid="") as maps:
        for _ in range(2):  # the second time from what is kept, if it was
            estimate = await maps.engine.estimate(home, door)
            assert estimate.provider == "fallback"
            assert legs(estimate)["osrm"].detail == detail


async def test_a_point_far_from_any_road_has_no_route(
    open_town: OpenMaps, home: Coordinates
) -> None:
    """Real OSRM would snap it to a road thousands of kilometres away and say Ok."""
    async with open_town(gomap_guid="") as maps:
        for nowhere in (Coordinates(0, 0), Coordinates(home.longitude, home.latitude)):
            estimate = await maps.engine.estimate(home, nowhere)
            assert legs(estimate)["osrm"].detail == "no_road_near"
            assert estimate.provider == "fallback"
            assert estimate.eta_seconds >= straight_line_km(home, nowhere) / 160 * 3600
        for _ in range(5):
            await maps.engine.estimate(home, Coordinates(0, 0))
        assert maps.breakers()[0].failures == 0


async def test_whoever_is_there_already_is_a_minute_away(
    maps: MapServices, door: Coordinates
) -> None:
    estimate = await maps.engine.estimate(door, door)
    assert 60 <= estimate.eta_seconds <= 300


@pytest.mark.parametrize("wrong", [Coordinates(91, 0), Coordinates(float("nan"), 49)])
async def test_a_point_that_is_not_on_earth_is_the_callers_mistake(
    maps: MapServices, door: Coordinates, wrong: Coordinates
) -> None:
    with pytest.raises(ValueError, match="not on earth"):
        await maps.engine.estimate(wrong, door)


async def test_every_estimate_is_told_and_logged_without_where_it_was(
    maps: MapServices, home: Coordinates, door: Coordinates
) -> None:
    told: list[Estimate] = []
    maps.engine.observers.append(told.append)
    structlog.reset_defaults()
    with capture_logs() as logged:
        estimate = await maps.engine.estimate(home, door)
    assert told == [estimate]
    (event,) = [each for each in logged if each["event"] == "eta"]
    assert event["provider"] == "gomap"
    assert event["legs"].keys() == legs(estimate).keys()
    assert not {f"{home.latitude:.3f}", f"{home.longitude:.3f}"} & set(repr(logged).split())
    assert f"{home.latitude:.3f}" not in repr(logged)


async def test_the_key_is_in_nothing_but_the_form(
    maps: MapServices, gomap: GoMap, caches: CacheRegistry, home: Coordinates, door: Coordinates
) -> None:
    """Not even when the service repeats it, in whatever case."""
    with capture_logs() as logged:
        gomap.answers["getRoute"] = lambda form: {
            "distance": "9 km",
            "time": "15 dəq",
            "msg": f"for {form['guid'].lower()}",
        }
        gomap.answers["getTrafficTilesByCoord"] = {"success": False, "msg": f"bad guid {GUID}"}
        estimate = await maps.engine.estimate(home, door)
    assert estimate.summary == "for ***"
    seen = repr((estimate, logged, maps.breakers(), maps.calls(), caches.figures()))
    for cache in caches._caches.values():
        seen += repr([(key, vars(cache)) for key in cache])
        seen += repr([cache.get(key) for key in cache])
    assert GUID.lower() not in seen.lower()
    assert {call.form["guid"] for call in gomap.calls} == {GUID}


async def test_probes_tell_whether_a_service_answers(
    maps: MapServices, osrm_front: Front, gomap: GoMap, home: Coordinates
) -> None:
    for probe in maps.probes.values():
        await probe(home)
        await probe(home)
    assert [path.split("/")[1] for path in osrm_front.asked] == ["route", "route"]
    osrm_front.trouble = gomap.trouble = answering("", status=503)
    for probe in maps.probes.values():
        with pytest.raises(Exception, match="status_503"):
            await probe(home)
    assert {figures.state for figures in maps.breakers()} == {"closed"}


async def test_closing_gives_up_what_is_under_way(
    open_town: OpenMaps, osrm_front: Front, gomap: GoMap, home: Coordinates, door: Coordinates
) -> None:
    osrm_front.trouble = gomap.trouble = hanging()
    async with open_town(eta_budget_seconds=BUDGET) as maps:
        await maps.engine.estimate(home, door)
        assert [figures.running for figures in maps.calls()] == [1, 1, 2, 0]
    assert asking() == []


async def test_thousands_of_estimates_while_everybody_hangs_leave_nothing_behind(
    open_town: OpenMaps, osrm_front: Front, gomap: GoMap, caches: CacheRegistry, roads: Roads
) -> None:
    """However many guests there are, calls under way are bounded, and so is what is remembered."""
    osrm_front.trouble = gomap.trouble = hanging()
    async with open_town(
        eta_budget_seconds=BUDGET, eta_max_calls=8, breaker_failures=100, eta_cache_entries=50
    ) as maps:
        for wave in range(4):
            spots = [roads.grid.at(n % 20 + wave / 10, n / 100) for n in range(500)]
            estimates = await asyncio.gather(
                *(maps.engine.estimate(spot, roads.grid.at(5, 5)) for spot in spots)
            )
            assert {estimate.provider for estimate in estimates} == {"fallback"}
            assert all(figures.running <= 8 for figures in maps.calls())
            assert len(asking()) <= 3 * 8
        crowded = {figures.name: figures.crowded for figures in maps.calls()}
        assert crowded["osrm"] > 0
        osrm_front.trouble = gomap.trouble = None
        for row in range(100):
            await maps.engine.estimate(roads.grid.at(row / 10, 3), roads.grid.at(5, 5))
        assert all(figures.entries <= 50 for figures in caches.figures())
    assert asking() == []
