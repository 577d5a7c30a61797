"""The roads that other tests drive on are what they say."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import aiohttp
import pytest

from bakureserve.domain.places.geo import Coordinates
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap, as_text, as_xml
from tests.kit.roads.osrm import Osrm
from tests.kit.roads.trouble import Front, answering, delaying, hanging, huge, resetting, trickling


def route(url: str, start: Coordinates, end: Coordinates) -> dict[str, Any]:
    pair = f"{start.longitude},{start.latitude};{end.longitude},{end.latitude}"
    with urllib.request.urlopen(f"{url}/route/v1/driving/{pair}") as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def test_the_router_knows_the_town(roads: Roads, osrm: Osrm) -> None:
    """Four blocks east and three north are seven blocks of street."""
    found = route(osrm.url, roads.grid.at(5, 5), roads.grid.at(8, 9))
    assert found["code"] == "Ok"
    assert found["routes"][0]["distance"] == pytest.approx(7 * roads.grid.spacing, rel=0.01)
    assert found["routes"][0]["duration"] > 7 * roads.grid.spacing / (60 / 3.6)


def test_a_router_of_ones_own_can_be_stopped_and_started(roads: Roads) -> None:
    router = roads.router()
    for _ in range(2):
        router.start()
        assert route(router.url, roads.grid.at(0, 0), roads.grid.at(1, 1))["code"] == "Ok"
        router.stop()
        with pytest.raises(OSError, match="refused"):
            route(router.url, roads.grid.at(0, 0), roads.grid.at(1, 1))


async def test_gomap_dresses_its_answers(gomap: GoMap) -> None:
    form = {"guid": GUID, "lng": "az", "Ax": "49.8", "Ay": "40.3", "Bx": "49.9", "By": "40.4"}
    async with aiohttp.ClientSession() as http:
        for wrap, begins in ((as_xml, "<?xml"), (as_text, "{'success'")):
            gomap.wrap = wrap
            async with http.post(f"{gomap.url}/getRoute", data=form) as answer:
                assert (await answer.text()).startswith(begins)
        async with http.post(f"{gomap.url}/getRoute", data={"guid": "wrong"}) as answer:
            assert "Unknown guid wrong" in await answer.text()
    assert gomap.asked("getRoute")[0] == form


async def test_a_front_passes_on_what_the_router_says(osrm_front: Front, roads: Roads) -> None:
    async with aiohttp.ClientSession() as http:
        path = f"{osrm_front.url}/nearest/v1/driving/49.8,40.36?number=1"
        async with http.get(path) as answer:
            assert (await answer.json())["code"] == "Ok"
    assert osrm_front.asked == ["/nearest/v1/driving/49.8,40.36?number=1"]


async def test_troubles_do_what_they_say(gomap: GoMap) -> None:
    limit = aiohttp.ClientTimeout(total=0.2)
    async with aiohttp.ClientSession(timeout=limit) as http:
        for trouble in (hanging(), trickling(), delaying(0.5)):
            gomap.trouble = trouble
            with pytest.raises(TimeoutError):
                async with http.post(f"{gomap.url}/getRoute", data={}) as answer:
                    await answer.read()
        gomap.trouble = resetting()
        with pytest.raises(aiohttp.ClientError):
            await http.post(f"{gomap.url}/getRoute", data={})
        gomap.troubles["getRoute"] = answering("no", status=503)
        async with http.post(f"{gomap.url}/getRoute", data={}) as answer:
            assert (answer.status, await answer.text()) == (503, "no")
    async with aiohttp.ClientSession() as http:
        gomap.troubles["getRoute"] = huge(5)
        async with http.post(f"{gomap.url}/getRoute", data={}) as answer:
            assert len(await answer.read()) > 5_000_000
