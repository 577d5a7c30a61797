"""Whatever a map service says, `/v1/directions` answers with a way that a car can drive."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.runtime import open_runtime
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from tests.conftest import Browser
from tests.kit.cast import by_token
from tests.kit.houses import SAHIL, SetClock
from tests.kit.people import CHEAP
from tests.kit.roads.gomap import GUID, GoMap, as_json, as_text, as_xml
from tests.kit.roads.osrm import Osrm
from tests.kit.roads.trouble import Front, answering

FASTEST_KMH = 160

_numbers = st.one_of(
    st.floats(),
    st.integers(-(10**20), 10**20),
    st.sampled_from([0, -1, 1e-9, 8.2, 700, 9500, 1e308]),
)
_units = st.sampled_from(["", " km", " m", " dəq", " saat", " min", ":30", " ?", "\x00"])
_texts = st.builds("{}{}".format, _numbers, _units) | st.text(max_size=20)
_values = st.none() | st.booleans() | _numbers | _texts | st.lists(_numbers, max_size=3)
_json = st.recursive(
    _values,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_gomap_routes = st.fixed_dictionaries(
    {},
    optional={
        "distance": _values,
        "ttllength": _values,
        "time": _values,
        "duration": _values,
        "route": _json,
        "success": st.booleans() | st.sampled_from(["true", "false", None]),
        "msg": _values,
    },
)
_gomap_traffic = st.fixed_dictionaries(
    {}, optional={"traffic": _json, "severity": _values, "tiles": _json, "congestion": _values}
)
_osrm_routes = st.fixed_dictionaries(
    {"distance": _numbers, "duration": _numbers},
    optional={"geometry": st.fixed_dictionaries({"coordinates": _json})},
)
_osrm_answers = st.fixed_dictionaries(
    {"code": st.sampled_from(["Ok", "NoRoute", "InvalidValue", ""])},
    optional={
        "routes": st.lists(_osrm_routes, max_size=2),
        "waypoints": st.lists(st.fixed_dictionaries({"distance": _numbers}), max_size=3),
    },
)


@dataclass(repr=False)
class Town:
    """A server and its map services in an event loop that runs while it is asked."""

    loop: asyncio.Runner
    browser: Browser
    osrm: Front
    gomap: GoMap
    origins: Iterator[Coordinates]

    def directions(self) -> tuple[Coordinates, int, Any]:
        """The way from somewhere that nobody has asked from; the status and what was said."""
        return self.loop.run(self._directions())

    async def _directions(self) -> tuple[Coordinates, int, Any]:
        origin = next(self.origins)
        query = {
            "origin": f"{origin.latitude},{origin.longitude}",
            "destination": f"{SAHIL.latitude},{SAHIL.longitude}",
        }
        async with self.browser.get("/v1/directions", params=query) as answer:
            return origin, answer.status, json.loads(await answer.text(), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture(scope="module")
def town(osrm: Osrm, furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(furnished, folder / "bakureserve.db")
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        yield loop.run(_opened(stack, loop, osrm, folder))
        loop.run(stack.aclose())


async def _opened(stack: AsyncExitStack, loop: asyncio.Runner, osrm: Osrm, folder: Path) -> Town:
    front, gomap = Front(osrm.url), GoMap()
    for service in (front, gomap):
        await service.open()
        stack.push_async_callback(service.close)
    town_settings = Settings(
        data_dir=folder,
        seed=False,
        rate_limit_requests=1_000_000,
        osrm_base_url=front.url,
        gomap_base_url=gomap.url,
        gomap_guid=GUID,
        gomap_traffic_update_interval_seconds=0,
        breaker_failures=10**9,  # every example is to be asked for
    )
    runtime = await stack.enter_async_context(
        open_runtime(town_settings, clock=SetClock(), hashing=CHEAP)
    )
    server = TestServer(application(runtime, identify=by_token))
    browser = await stack.enter_async_context(TestClient(server))
    origins = (Coordinates(40.38 + number * 0.0001, 49.85) for number in count())
    return Town(loop, browser, front, gomap, origins)


def _check(origin: Coordinates, status: int, way: Any) -> None:
    assert status == 200
    door = Coordinates(SAHIL.latitude or 0, SAHIL.longitude or 0)
    least = straight_line_km(origin, door) / FASTEST_KMH * 3600
    assert way["eta_seconds"] >= max(least, 1)
    assert way["eta_minutes"] == -(-way["eta_seconds"] // 60)
    assert way["typical_eta_minutes"] > 0
    assert isfinite(way["route_distance_km"])
    assert way["route_distance_km"] > 0
    for latitude, longitude in way.get("route_geometry", []):
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180


@settings(max_examples=80, deadline=None)
@given(
    route=_gomap_routes | _json,
    traffic=_gomap_traffic | _json,
    wrap=st.sampled_from([as_json, as_xml, as_text]),
)
def test_whatever_gomap_says(town: Town, route: Any, traffic: Any, wrap: Any) -> None:
    town.osrm.trouble = None
    town.gomap.wrap = wrap
    town.gomap.answers = {"getRoute": route, "getTrafficTilesByCoord": traffic}

    _check(*town.directions())


@settings(max_examples=80, deadline=None)
@given(said=_osrm_answers | _json, status=st.sampled_from([200, 200, 200, 400, 404, 500]))
def test_whatever_osrm_says(town: Town, said: Any, status: int) -> None:
    town.gomap.wrap = as_json
    town.gomap.answers = {"getRoute": {"success": False}}
    town.osrm.trouble = answering(json.dumps(said), status=status)

    _check(*town.directions())


@settings(max_examples=60, deadline=None)
@given(route=_gomap_routes, said=_osrm_answers)
def test_whatever_both_say(town: Town, route: Any, said: Any) -> None:
    town.gomap.wrap = as_json
    town.gomap.answers = {"getRoute": route}
    town.osrm.trouble = answering(json.dumps(said))

    _check(*town.directions())
