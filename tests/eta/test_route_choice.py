from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.estimate import Estimate, TrafficCondition, worst_traffic
from bakureserve.eta.factory import eta_rules
from bakureserve.eta.route import Route, is_plausible
from bakureserve.eta.route_choice import (
    BaseRoute,
    Circumstances,
    FoundRoute,
    choose_route,
    fallback_route,
    make_estimate,
)
from bakureserve.settings import Settings

RULES = eta_rules(Settings())
CONDITIONS: tuple[TrafficCondition, ...] = ("unknown", "smooth", "moderate", "heavy", "severe")


def route(km: float, minutes: float, summary: str = "") -> Route:
    return Route(distance_km=km, seconds=minutes * 60, summary=summary)


def found(gomap: Route | None, osrm: Route | None) -> list[FoundRoute]:
    """What came of both, the more trusted last."""
    came = (("osrm", osrm), ("gomap", gomap))
    return [FoundRoute(name, each) for name, each in came if each is not None]


def estimate_of(base: BaseRoute, line_km: float, traffic: TrafficCondition = "unknown") -> Estimate:
    around = Circumstances(line_km=line_km, traffic=traffic, legs=(), deadline_ms=1200, took_ms=5)
    return make_estimate(base, around, RULES)


@pytest.mark.parametrize(
    ("gomap_km", "osrm_km", "choice"),
    [
        (12, 12, "agreed"),
        (9.2, 13, "agreed"),  # shorter than OSRM's by any share
        (13.6, 13.5, "gomap_far_from_line"),
        (13.5, 13.5, "agreed"),
        (20, 18, "agreed"),  # both far from the line: the bay is in the way
        (13.4, 10.6, "gomap_longer_than_osrm"),
        (23, 18, "gomap_longer_than_osrm"),
        (None, 12, "osrm_alone"),
        (12, None, "gomap_alone"),
    ],
)
def test_the_base_is_chosen_by_length(
    gomap_km: float | None, osrm_km: float | None, choice: str
) -> None:
    """The points lie 10 km apart."""
    gomap = None if gomap_km is None else route(gomap_km, 30, "via gomap")
    osrm = None if osrm_km is None else route(osrm_km, 20)
    base = choose_route(found(gomap, osrm), 10, RULES)
    assert base is not None
    assert base.choice == choice
    if choice == "agreed":
        assert (base.provider, base.route.summary) == ("gomap", "via gomap")
        assert (base.route.distance_km, base.route.seconds) == (gomap_km, 25 * 60)
    else:
        assert base.route == (gomap if choice == "gomap_alone" else osrm)
        assert base.provider == ("gomap" if choice == "gomap_alone" else "osrm")


def test_nothing_in_time_is_no_base() -> None:
    assert choose_route([], 10, RULES) is None


@pytest.mark.parametrize(
    ("lengths", "provider", "choice"),
    [
        ((12, 12, 12), "gomap", "agreed"),
        ((12, 10.5, 13.4), "third", "gomap_longer_than_third"),
        ((10.5, 12, 13.4), "osrm", "gomap_longer_than_osrm"),
        ((14, 11, 13.6), "third", "gomap_far_from_line"),
    ],
)
def test_of_three_routes_the_most_trusted_gives_way_to_the_shortest(
    lengths: tuple[float, ...], provider: str, choice: str
) -> None:
    """The points lie 10 km apart; osrm, third and gomap take 20, 30 and 40 minutes."""
    names = ("osrm", "third", "gomap")
    came = [
        FoundRoute(name, route(km, minutes))
        for name, km, minutes in zip(names, lengths, (20, 30, 40), strict=True)
    ]
    base = choose_route(came, 10, RULES)
    assert base is not None
    assert (base.provider, base.choice) == (provider, choice)
    minutes = {"osrm": 20, "third": 30, "gomap": 30}[provider]  # GoMap's only with the mean
    assert base.route.seconds == minutes * 60


def test_the_worst_traffic_counts() -> None:
    for counts, conditions in [
        ("smooth", ("unknown", "smooth")),
        ("severe", ("heavy", "severe", "moderate")),
        ("unknown", ("unknown", "unknown")),
        ("unknown", ()),
    ]:
        assert worst_traffic(conditions) == worst_traffic(reversed(conditions)) == counts


@pytest.mark.parametrize(
    ("traffic", "seconds", "delay"),
    [
        ("unknown", 1200, 0),
        ("smooth", 1200, 0),
        ("moderate", 1344, 2),
        ("heavy", 1620, 7),
        ("severe", 1800, 10),
    ],
)
def test_traffic_multiplies_and_heavy_traffic_adds_a_buffer(
    traffic: TrafficCondition, seconds: int, delay: int
) -> None:
    estimate = estimate_of(BaseRoute(route(10, 20), "osrm", "osrm_alone"), 8, traffic)
    assert estimate.eta_seconds == seconds
    assert estimate.eta_minutes == -(-seconds // 60)
    assert estimate.traffic_delay_minutes == delay
    assert estimate.typical_eta_minutes == 20
    assert estimate.traffic_condition == traffic
    told = estimate.diagnosis
    total = told.base_seconds * told.traffic_factor + told.buffer_seconds
    assert (told.base, told.total_seconds) == ("osrm", total)


def test_without_a_route_the_straight_line_is_driven_at_fallback_speeds() -> None:
    for line_km, minutes in [
        (0.0, 1.0),
        (1.0, 2.89),  # 1.35 km at 28 km/h
        (5.0, 14.46),  # 6.75 km in the city
        (100.0, 152.14),  # 15 km in the city, 120 km on the highway
    ]:
        estimate = estimate_of(fallback_route(line_km, RULES), line_km)
        assert estimate.provider == "fallback"
        assert estimate.diagnosis.total_seconds / 60 == pytest.approx(minutes, abs=0.01)
        assert estimate.distance_km == pytest.approx(line_km * 1.35)


def test_an_old_route_is_labelled_so() -> None:
    estimate = estimate_of(BaseRoute(route(10, 20), "gomap", "last_known", age=1800.4), 8)
    assert (estimate.stale, estimate.age_seconds, estimate.provider) == (True, 1800, "gomap")


plausible_routes = st.builds(Route, distance_km=st.floats(0, 2000), seconds=st.floats(0, 1_000_000))


@given(st.none() | plausible_routes, st.none() | plausible_routes, st.floats(0, 500),
       st.sampled_from(CONDITIONS))  # fmt: skip
def test_whatever_is_plausible_becomes_an_estimate_that_a_car_can_keep(
    gomap: Route | None, osrm: Route | None, line_km: float, traffic: TrafficCondition
) -> None:
    gomap = gomap if gomap and is_plausible(gomap, line_km) else None
    osrm = osrm if osrm and is_plausible(osrm, line_km) else None
    base = choose_route(found(gomap, osrm), line_km, RULES) or fallback_route(line_km, RULES)
    estimate = estimate_of(base, line_km, traffic)
    assert isfinite(estimate.eta_seconds)
    assert estimate.eta_seconds >= max(line_km / 160 * 3600, 1)
    assert 0 < estimate.eta_seconds <= estimate.eta_minutes * 60 < estimate.eta_seconds + 60
    assert estimate.traffic_delay_minutes >= 0
    assert estimate.distance_km >= line_km * 0.9
