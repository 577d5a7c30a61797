"""Map services over the made-up town: a real OSRM behind a front, and a GoMap, both to trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import MapServices, open_maps
from bakureserve.settings import Settings
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front

BUDGET = 0.4
"""Seconds that hasty guests have. The others have enough on any machine."""

OpenMaps = Callable[..., AbstractAsyncContextManager[MapServices]]


class Steady:
    """A steady clock in seconds that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def caches() -> CacheRegistry:
    return CacheRegistry()


@pytest.fixture
def open_town(osrm_front: Front, gomap: GoMap, caches: CacheRegistry, steady: Steady) -> OpenMaps:
    """Opens map services over both, with any settings changed."""

    @asynccontextmanager
    async def opened(**changed: Any) -> AsyncIterator[MapServices]:
        settings = Settings(
            **{
                "osrm_base_url": osrm_front.url,
                "gomap_base_url": gomap.url,
                "gomap_guid": GUID,
                "eta_budget_seconds": 5.0,
                "eta_late_seconds": 2.0,
            }
            | changed
        )
        async with open_maps(settings, caches, steady=steady) as maps:
            maps.get_ready()
            yield maps

    return opened


@pytest.fixture
async def maps(open_town: OpenMaps) -> AsyncIterator[MapServices]:
    """Both services, with time to answer."""
    async with open_town() as opened:
        yield opened


@pytest.fixture
async def hasty(open_town: OpenMaps) -> AsyncIterator[MapServices]:
    """Both services, with a budget that is soon over."""
    async with open_town(eta_budget_seconds=BUDGET) as opened:
        yield opened


@pytest.fixture
def home(roads: Roads) -> Coordinates:
    """Where guests of these tests set out."""
    return roads.grid.at(2, 3)


@pytest.fixture
def door(roads: Roads) -> Coordinates:
    """Where they go: ten blocks north and nine east."""
    return roads.grid.at(12, 12)
