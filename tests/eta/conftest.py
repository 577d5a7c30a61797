"""Map services over the made-up town: a real OSRM behind a front, and a GoMap, both to trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.places.estimate import Estimate, Leg
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import PROVIDERS, MapServices, OpenProvider, open_maps
from bakureserve.settings import Settings
from tests.kit.clocks import Steady
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front, Trouble

BUDGET = 0.4
"""Seconds that hasty guests have. The others have enough on any machine."""


@dataclass
class Town:
    """Both map services, and what is opened over them.

    `home` is where guests of these tests set out; the `door` is ten blocks north and nine east.
    """

    maps: MapServices
    osrm: Front
    gomap: GoMap
    roads: Roads
    steady: Steady

    @property
    def home(self) -> Coordinates:
        return self.roads.grid.at(2, 3)

    @property
    def door(self) -> Coordinates:
        return self.roads.grid.at(12, 12)

    @property
    def calls(self) -> int:
        """How many calls came to either."""
        return len(self.osrm.asked) + len(self.gomap.calls)

    def befall(self, trouble: Trouble | None) -> None:
        """Have both in this trouble."""
        self.osrm.trouble = self.gomap.trouble = trouble

    async def estimate(self, origin: Coordinates | None = None, **how: Any) -> Estimate:
        """A way from there, or from home, to the door."""
        return await self.maps.engine.estimate(origin or self.home, self.door, **how)


OpenTown = Callable[..., AbstractAsyncContextManager[Town]]


def legs(estimate: Estimate) -> dict[str, Leg]:
    return {leg.name: leg for leg in estimate.diagnosis.legs}


def outcomes(estimate: Estimate) -> dict[str, str]:
    return {name: leg.outcome for name, leg in legs(estimate).items()}


@pytest.fixture
def caches() -> CacheRegistry:
    return CacheRegistry()


@pytest.fixture
def open_town(
    osrm_front: Front, gomap: GoMap, caches: CacheRegistry, steady: Steady, roads: Roads
) -> OpenTown:
    """Opens map services over both, with any settings changed and any providers more."""

    @asynccontextmanager
    async def opened(*more: OpenProvider, **changed: Any) -> AsyncIterator[Town]:
        usual = {
            "osrm_base_url": osrm_front.url,
            "gomap_base_url": gomap.url,
            "gomap_guid": GUID,
            "eta_budget_seconds": 5.0,
            "eta_late_seconds": 2.0,
        }
        settings, providers = Settings(**usual | changed), (*PROVIDERS, *more)
        async with open_maps(settings, caches, steady=steady, providers=providers) as maps:
            maps.get_ready()
            yield Town(maps, osrm_front, gomap, roads, steady)

    return opened


@pytest.fixture
async def town(open_town: OpenTown) -> AsyncIterator[Town]:
    """Both services, with time to answer."""
    async with open_town() as opened:
        yield opened


@pytest.fixture
async def hasty(open_town: OpenTown) -> AsyncIterator[Town]:
    """Both services, with a budget that is soon over."""
    async with open_town(eta_budget_seconds=BUDGET) as opened:
        yield opened
