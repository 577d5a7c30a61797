"""Whatever map services return, over real sockets, an estimate is one that a car can keep."""

from __future__ import annotations

import asyncio
import json
from math import isfinite
from typing import Any, NamedTuple

from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.eta.factory import open_maps
from bakureserve.settings import Settings
from tests.eta.strategies import json_values
from tests.kit.examples import examples
from tests.kit.roads.gomap import GUID
from tests.kit.roads.trouble import serve

NUMBERS: st.SearchStrategy[Any] = (
    st.floats()
    | st.integers(-(10**20), 10**20)
    | st.floats(0, 50_000)
    | st.from_regex(r"[0-9]{1,3} (km|m|dəq|saat)", fullmatch=True)
    | st.none()
)
POINTS = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))
NEAR_BAKU = st.builds(Coordinates, st.floats(40.3, 40.5), st.floats(49.7, 50.1))
LINE = st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=4) | json_values

OSRM = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["Ok", "Ok", "Ok", "NoRoute"]),
        "routes": st.lists(
            st.fixed_dictionaries(
                {
                    "distance": NUMBERS,
                    "duration": NUMBERS,
                    "geometry": st.fixed_dictionaries({"coordinates": LINE}),
                }
            ),
            max_size=2,
        ),
        "waypoints": st.lists(st.fixed_dictionaries({"distance": NUMBERS}), max_size=2),
    }
)
GOMAP = st.fixed_dictionaries({"distance": NUMBERS, "time": NUMBERS, "route": LINE})
TRAFFIC = st.fixed_dictionaries({"traffic": st.dictionaries(st.just("severity"), NUMBERS)})


def sent(value: Any) -> bytes:
    """As a careless service would send it: NaN and Infinity as they are."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


class Said(NamedTuple):
    """What each service answers, whatever it is asked."""

    osrm: bytes
    gomap: bytes
    traffic: bytes


bodies = st.builds(
    Said,
    OSRM.map(sent) | json_values.map(sent) | st.binary(),
    GOMAP.map(sent) | json_values.map(sent) | st.binary(),
    TRAFFIC.map(sent) | json_values.map(sent) | st.binary(),
)


async def estimate_when(said: Said, origin: Coordinates, destination: Coordinates) -> Estimate:
    """An estimate by services that say this."""

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("getRoute"):
            return web.Response(body=said.gomap)
        if request.path.endswith("getTrafficTilesByCoord"):
            return web.Response(body=said.traffic)
        return web.Response(body=said.osrm)

    server = await serve(answer)
    url = f"http://127.0.0.1:{server.port}"
    chosen = Settings(osrm_base_url=url, gomap_base_url=url, gomap_guid=GUID, eta_budget_seconds=5)
    async with open_maps(chosen, CacheRegistry()) as maps:
        first = await maps.engine.estimate(origin, destination)
        again = await maps.engine.estimate(origin, destination)
    await server.close()
    assert again.eta_seconds == first.eta_seconds or again.stale
    return first


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.too_slow])
@given(bodies, NEAR_BAKU | POINTS, NEAR_BAKU | POINTS)
def test_an_estimate_is_finite_positive_and_no_faster_than_a_car(
    said: Said, origin: Coordinates, destination: Coordinates
) -> None:
    estimate = asyncio.run(estimate_when(said, origin, destination))
    line_km = straight_line_km(origin, destination)
    assert isfinite(estimate.distance_km)
    assert estimate.distance_km >= line_km * 0.9 - 0.01
    assert estimate.eta_seconds >= max(line_km / 160 * 3600, 1)
    assert estimate.eta_minutes >= 1
    assert estimate.typical_eta_minutes >= 1
    assert estimate.traffic_delay_minutes >= 0
    assert "internal" not in {leg.detail for leg in estimate.diagnosis.legs}
    for latitude, longitude in estimate.geometry:
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180
