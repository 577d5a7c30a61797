"""A provider that is new to the engine: one folder (this file), and a line in the list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import combinations, product
from typing import get_args

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.domain.places.estimate import Choice, Estimate, RouteSource
from bakureserve.domain.places.geo import Coordinates, Place
from bakureserve.eta.factory import OpenProvider, eta_rules
from bakureserve.eta.provider import Asked, Offer, Provider, ProviderKit
from bakureserve.eta.route import Route, RouteQuery
from bakureserve.eta.route_choice import FoundRoute, choose_route
from bakureserve.eta.upstream import CallBudget, NoAnswer
from bakureserve.settings import Settings
from tests.eta.conftest import OpenTown, Town


class CaravanRoad:
    """A made-up map service on loopback, and what it answers."""

    def __init__(self) -> None:
        self.way = {"km": 8.5, "minutes": 30.0}
        self.traffic = "severe"
        self.status = 200
        app = web.Application()
        app.router.add_get("/{what}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        said = {"way": self.way, "traffic": self.traffic}[request.match_info["what"]]
        return web.json_response(said, status=self.status)


class Caravan:
    """Asks it: a router, a source of traffic and a finder of places in one."""

    def __init__(self, kit: ProviderKit, base_url: str) -> None:
        self._kit = kit
        self._base_url = base_url

    async def known(self, query: RouteQuery) -> Route | None:
        return None

    async def find(self, query: RouteQuery) -> Route:
        way = await self._ask(f"way?line={query.line_km}")
        return Route(distance_km=way["km"], seconds=way["minutes"] * 60, summary="by caravan")

    async def probe(self, _point: Coordinates) -> None:
        await self._ask("way")

    async def _ask(self, what: str) -> object:
        answer = await self._kit.http.get(f"{self._base_url}/{what}", fresh=True)
        if answer.status != 200:
            raise NoAnswer(f"status_{answer.status}")
        return msgspec.json.decode(answer.body)


class CaravanTraffic:
    def __init__(self, caravan: Caravan) -> None:
        self._caravan = caravan

    def tile_of(self, point: Coordinates) -> Coordinates:
        return point

    def known(self, tile: Coordinates) -> None:
        return None

    async def look(self, tile: Coordinates) -> object:
        return await self._caravan._ask(f"traffic?at={tile.latitude}")


class CaravanPlaces:
    async def find(
        self, query: str, *, language: str, near: Coordinates | None, limit: int,
        budget: CallBudget | None = None,
    ) -> list[Place]:  # fmt: skip
        return [Place(id="c:1", name=query, latitude=40.4, longitude=49.8, provider="caravan")]


def caravan_at(url: str) -> OpenProvider:
    """How such a provider is opened."""

    def provider(_settings: Settings, kit: ProviderKit) -> Provider:
        caravan = Caravan(kit, url)
        return Provider(
            name="caravan",
            routes=Offer("caravan", Asked(caravan, kit.upstream("caravan"))),
            traffic=Offer(
                "caravan_traffic", Asked(CaravanTraffic(caravan), kit.upstream("caravan_traffic"))
            ),
            places=Offer("caravan", Asked(CaravanPlaces(), kit.upstream("caravan_places"))),
            probe=caravan.probe,
        )

    return provider


@pytest.fixture
async def caravan_road() -> AsyncIterator[CaravanRoad]:
    road = CaravanRoad()
    await road.server.start_server()
    yield road
    await road.server.close()


@pytest.fixture
async def town(open_town: OpenTown, caravan_road: CaravanRoad) -> AsyncIterator[Town]:
    """Opened with the list of the program and one line more."""
    third = caravan_at(str(caravan_road.server.make_url("")).rstrip("/"))
    async with open_town(third) as opened:
        yield opened


def asked(estimate: Estimate) -> dict[tuple[str, str], str]:
    """How each leg ended, by its name and service."""
    return {(leg.name, leg.service): leg.outcome for leg in estimate.diagnosis.legs}


async def test_a_third_provider_is_asked_and_trusted_most(town: Town) -> None:
    estimate = await town.estimate()
    assert list(asked(estimate)) == [
        ("osrm", "osrm"),
        ("gomap", "gomap"),
        ("caravan", "caravan"),
        ("traffic_origin", "gomap_traffic"),
        ("traffic_destination", "gomap_traffic"),
        ("traffic_origin", "caravan_traffic"),
        ("traffic_destination", "caravan_traffic"),
    ]
    assert set(asked(estimate).values()) == {"ok"}
    assert (estimate.provider, estimate.diagnosis.choice) == ("caravan", "agreed")
    assert estimate.summary == "by caravan"
    assert estimate.traffic_condition == "severe"
    times = [leg.seconds for leg in estimate.diagnosis.legs if leg.seconds is not None]
    assert estimate.diagnosis.base_seconds == pytest.approx(sum(times) / 3)
    assert town.maps.places is not None
    (place,) = await town.maps.places.find("gənclik", language="az", near=None, limit=1)
    assert place.provider == "caravan"


async def test_its_detour_gives_way_to_a_shorter_way(town: Town, caravan_road: CaravanRoad) -> None:
    caravan_road.way = {"km": 19.0, "minutes": 30.0}
    estimate = await town.estimate()
    assert estimate.provider in {"osrm", "gomap"}
    longer = f"caravan_longer_than_{estimate.provider}"
    assert estimate.diagnosis.choice in {"caravan_far_from_line", longer}


async def test_in_trouble_it_leaves_the_route_to_the_others_behind_a_breaker_of_its_own(
    town: Town, caravan_road: CaravanRoad
) -> None:
    caravan_road.status = 503
    for row in range(4):
        estimate = await town.estimate(town.roads.grid.at(row, 0))
        assert (estimate.provider, estimate.diagnosis.choice) == ("gomap", "agreed")
    assert asked(estimate)["caravan", "caravan"] == "circuit_open"
    states = {each.name: each.state for each in town.maps.breakers()}
    assert states["caravan"] == states["caravan_traffic"] == "open"
    assert states["osrm"] == states["gomap"] == "closed"
    with pytest.raises(NoAnswer, match="status_503"):
        await town.maps.probes["caravan"](town.door)


async def test_clients_know_all_providers_in_the_list_and_every_choice_it_can_lead_to(
    open_town: OpenTown,
) -> None:
    async with open_town() as town:
        names = [each.name for each in town.maps.providers]
    assert {*names, "fallback"} == set(get_args(RouteSource))
    came = [each for count in range(1, len(names) + 1) for each in combinations(names, count)]
    choices = set()
    for those in came:
        for lengths in product((11, 13.4, 14, 30), repeat=len(those)):
            routes = [Route(distance_km=km, seconds=1200) for km in lengths]
            base = choose_route(list(map(FoundRoute, those, routes)), 10, eta_rules(Settings()))
            assert base is not None
            choices.add(base.choice)
    assert choices | {"last_known", "nothing_came"} == set(get_args(Choice))
