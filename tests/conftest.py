"""The whole program over a store of its own, with a clock that is set and a cast that is known."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.settings import Settings
from tests.kit.browser import Browser, browser_of, open_browser
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.ci_rules import pytest_sessionfinish, pytest_terminal_summary
from tests.kit.clocks import Steady
from tests.kit.collector import pytest_collection_finish, pytest_runtest_logfinish
from tests.kit.examples import load_profile
from tests.kit.houses import CAY_EVI, NO_ROUTER, SAHIL, SetClock, furnish
from tests.kit.people import CHEAP
from tests.kit.roads.fixtures import gomap, osrm, osrm_front, roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front

__all__ = [
    "gomap",
    "osrm",
    "osrm_front",
    "pytest_collection_finish",
    "pytest_runtest_logfinish",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "roads",
]

load_profile()

# A shell ignores Ctrl-C for what it runs in the background, and nohup a closed window: so would all
# that tests start. What has a handler here is as usual in what is started.
signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with both restaurants, to copy."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("furnished"), seed=False)
    furnish(settings, SAHIL, CAY_EVI)
    return settings.database_path


@pytest.fixture
def house_settings(furnished: Path, tmp_path: Path) -> Settings:
    """The settings of a store of the test's own, with both restaurants."""
    settings = Settings(
        data_dir=tmp_path,
        seed=False,
        prep_notify_enabled=True,
        rate_limit_requests=1_000_000,
        bookings_per_guest=0,  # one guest fills the house in many tests
        osrm_base_url=NO_ROUTER,
    )
    shutil.copy(furnished, settings.database_path)
    return settings


@pytest.fixture
async def runtime(house_settings: Settings, clock: SetClock) -> AsyncIterator[Runtime]:
    async with open_runtime(house_settings, clock=clock, hashing=CHEAP) as opened:
        yield opened


@pytest.fixture
async def browser(runtime: Runtime) -> AsyncIterator[Browser]:
    """A client of the real application on a real socket; the cast comes with bearer tokens."""
    async with browser_of(runtime) as opened:
        yield opened


@pytest.fixture
def town_settings(house_settings: Settings, osrm_front: Front, gomap: GoMap) -> Settings:
    """The settings of that store with a town around it: a real OSRM and a GoMap, both to trouble.

    Half a second is enough for both where they are well, even beside other work.
    """
    return replace(
        house_settings,
        osrm_base_url=osrm_front.url,
        gomap_base_url=gomap.url,
        gomap_guid=GUID,
        eta_budget_seconds=0.5,
    )


@pytest.fixture
async def town_browser(town_settings: Settings, clock: SetClock) -> AsyncIterator[Browser]:
    """A client of the application in that town."""
    async with open_browser(town_settings, clock) as opened:
        yield opened


@pytest.fixture
def guest() -> Actor:
    return GUEST


@pytest.fixture
def other_guest() -> Actor:
    return OTHER_GUEST


@pytest.fixture
def host() -> Actor:
    """Staff of Sahil Bağı, and of no other restaurant."""
    return HOST


@pytest.fixture
def admin() -> Actor:
    return ADMIN
