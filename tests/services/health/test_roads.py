"""What is found of the map services, over a real OSRM and a GoMap to mistreat."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import MapServices, open_maps
from bakureserve.services.health.dependencies import RoadsCheck
from bakureserve.settings import Settings
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front, answering, hanging


@pytest.fixture
async def maps(osrm_front: Front, gomap: GoMap) -> AsyncIterator[MapServices]:
    settings = Settings(
        osrm_base_url=osrm_front.url, gomap_base_url=gomap.url, gomap_guid=GUID, breaker_failures=1
    )
    async with open_maps(settings, CacheRegistry()) as opened:
        yield opened


def check_of(maps: MapServices, service: str) -> RoadsCheck:
    return RoadsCheck(service, maps.probes.get(service), maps.breakers, seconds=1.2)


async def test_a_service_that_answers_is_fine_and_one_without_a_key_left_out(
    maps: MapServices,
) -> None:
    for service in ("osrm", "gomap"):
        assert (await check_of(maps, service).look()).status == "ok"
    async with open_maps(Settings(), CacheRegistry()) as without:
        assert (await check_of(without, "gomap").look()).status == "disabled"


async def test_osrm_is_asked_for_a_way_each_time_and_without_a_key(
    maps: MapServices, osrm_front: Front
) -> None:
    for _ in range(2):
        await check_of(maps, "osrm").look()
    assert [path.split("/")[1] for path in osrm_front.asked] == ["route", "route"]
    assert GUID not in "".join(osrm_front.asked)


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://127.0.0.1:9", "cause_connection_refused"), ("http://no.invalid", "cause_name_")],
)
async def test_one_that_cannot_be_reached_is_told_with_why(url: str, reason: str) -> None:
    async with open_maps(Settings(osrm_base_url=url), CacheRegistry()) as maps:
        found = await check_of(maps, "osrm").look()
    assert (found.status, found.code) == ("error", "osrm_unreachable")
    assert found.reason is not None
    assert found.reason.code.startswith(reason)


async def test_one_that_hangs_is_silent(maps: MapServices, gomap: GoMap) -> None:
    gomap.trouble = hanging()
    found = await check_of(maps, "gomap").look()
    assert (found.status, found.code) == ("error", "gomap_silent")
    assert found.effect == "effect_without_gomap"


async def test_one_that_refuses_the_key_is_failing_and_the_key_is_not_told(
    maps: MapServices, gomap: GoMap
) -> None:
    gomap.answers["getTrafficTilesByCoord"] = {"success": False, "msg": f"Unknown guid {GUID}"}
    found = await check_of(maps, "gomap").look()
    assert (found.status, found.code) == ("error", "gomap_failing")
    assert GUID not in repr(found)


async def test_a_map_of_elsewhere_is_told(maps: MapServices, osrm_front: Front) -> None:
    osrm_front.trouble = answering('{"code": "NoSegment", "message": "no"}', status=400)
    found = await check_of(maps, "osrm").look()
    assert (found.status, found.code) == ("degraded", "osrm_no_roads")


async def test_one_that_is_left_alone_is_degraded_although_it_answers_again(
    maps: MapServices, osrm_front: Front
) -> None:
    osrm_front.trouble = answering("", status=503)
    here, there = Coordinates(40.3798, 49.8486), Coordinates(40.39, 49.86)
    await maps.engine.estimate(here, there)
    osrm_front.trouble = None
    found = await check_of(maps, "osrm").look()
    assert (found.status, found.code) == ("degraded", "osrm_left_alone")
    assert found.details["breaker_osrm"] == "open"
