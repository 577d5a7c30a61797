"""A provider that is new to the engine: one folder (this file), and a line in the list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import get_args

import pytest

from bakureserve.domain.places.estimate import Choice, Estimate, RouteSource
from bakureserve.domain.places.geo import Coordinates, Place
from bakureserve.eta.factory import eta_rules
from bakureserve.eta.provider import Configured, Offer, Provider, ProviderKit
from bakureserve.eta.route import Route, RouteQuery
from bakureserve.eta.route_choice import FoundRoute, choose_route
from bakureserve.eta.upstream import NoAnswer
from bakureserve.settings import Settings
from tests.eta.conftest import OpenTown, Town


class Caravan:
    """A made-up map service: a router, a source of traffic and a finder of places in one."""

    def __init__(self) -> None:
        self.way = Route(distance_km=8.5, seconds=30 * 60, summary="by caravan")
        self.is_in_trouble = False

    def opened(self, _settings: Settings, kit: ProviderKit) -> Provider:
        routes, traffic = CaravanRoutes(self), CaravanTraffic(self)
        return Provider(
            name="caravan",
            routes=Offer("caravan", Configured(routes, kit.upstream("caravan"))),
            traffic=Offer("caravan_traffic", Configured(traffic, kit.upstream("caravan_traffic"))),
            places=Offer("caravan", Configured(CaravanPlaces(), kit.upstream("caravan_places"))),
            probe=self.answer,
        )

    async def answer(self, *_asked: object) -> None:
        if self.is_in_trouble:
            raise NoAnswer("status_503")


@dataclass
class CaravanRoutes:
    caravan: Caravan

    async def known(self, query: RouteQuery) -> Route | None:
        return None

    async def find(self, query: RouteQuery) -> Route:
        await self.caravan.answer()
        return self.caravan.way


@dataclass
class CaravanTraffic:
    caravan: Caravan

    def tile_of(self, point: Coordinates) -> Coordinates:
        return point

    def known(self, tile: Coordinates) -> None:
        return None

    async def find(self, tile: Coordinates) -> str:
        await self.caravan.answer()
        return "severe"


class CaravanPlaces:
    async def find(self, query: str, **_how: object) -> list[Place]:
        return [Place(id="c:1", name=query, latitude=40.4, longitude=49.8, provider="caravan")]


@pytest.fixture
def caravan() -> Caravan:
    return Caravan()


@pytest.fixture
async def town(open_town: OpenTown, caravan: Caravan) -> AsyncIterator[Town]:
    """Opened with the list of the program and one line more."""
    async with open_town(caravan.opened) as opened:
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


async def test_its_detour_gives_way_to_a_shorter_way(town: Town, caravan: Caravan) -> None:
    caravan.way = Route(distance_km=19.0, seconds=30 * 60)
    estimate = await town.estimate()
    assert estimate.provider in {"osrm", "gomap"}
    longer = f"caravan_longer_than_{estimate.provider}"
    assert estimate.diagnosis.choice in {"caravan_far_from_line", longer}


async def test_in_trouble_it_leaves_the_route_to_the_others_behind_a_breaker_of_its_own(
    town: Town, caravan: Caravan
) -> None:
    caravan.is_in_trouble = True
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
