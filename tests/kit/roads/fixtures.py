"""Fixtures of the roads; `tests/conftest.py` makes them known to every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.roads.gomap import GoMap
from tests.kit.roads.grid import StreetGrid
from tests.kit.roads.osrm import Osrm, build_roads, osrm_home
from tests.kit.roads.trouble import Front


@dataclass(frozen=True)
class Roads:
    """A town, and what `Osrm` needs to route in it."""

    grid: StreetGrid
    home: Path
    data: Path

    def router(self) -> Osrm:
        """A router of the caller's own over this town, not started yet."""
        return Osrm(self.home, self.data)


@pytest.fixture(scope="session")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Roads:
    """A town of 20 × 20 streets, ready for routing."""
    home = osrm_home()
    if home is None:
        pytest.skip("there is no OSRM: `make install` fetches it")
    grid = StreetGrid()
    return Roads(grid, home, build_roads(home, grid, tmp_path_factory.mktemp("roads")))


@pytest.fixture(scope="session")
def osrm(roads: Roads) -> Iterator[Osrm]:
    """OSRM over that town, running for all tests: who stops it takes one of their own."""
    router = roads.router()
    router.start()
    yield router
    router.stop()


@pytest.fixture
async def osrm_front(osrm: Osrm) -> AsyncIterator[Front]:
    """What stands before that OSRM, and can be in trouble."""
    front = Front(osrm.url)
    await front.open()
    yield front
    await front.close()


@pytest.fixture
async def gomap() -> AsyncIterator[GoMap]:
    """A GoMap of the test's own."""
    opened = GoMap()
    await opened.open()
    yield opened
    await opened.close()
