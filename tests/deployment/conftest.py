"""A server behind each of the proxies, for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakureserve.settings import Settings
from tests.deployment.guests import HOUSE
from tests.deployment.proxies import STARTING, Proxy, Starting
from tests.kit.houses import furnish
from tests.kit.processes import Server, serving

_HERE = Path(__file__).parent
BEHIND_A_PROXY = {"DEV": "off", "TRUSTED_PROXIES": "127.0.0.1", "BOOKINGS_PER_GUEST": "0"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave those that take minutes to `make deployment`."""
    asked_for = "deployment" in config.option.markexpr
    left_out = []
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.deployment)
            if not asked_for and item.get_closest_marker("long_deployment"):
                left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="module", params=STARTING)
def starting(request: pytest.FixtureRequest) -> Starting:
    """How nginx is started, and then Caddy."""
    return STARTING[request.param]


@pytest.fixture(scope="module")
def proxy(starting: Starting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with starting(tmp_path_factory.mktemp("proxy")) as started:
        yield started


@pytest.fixture(scope="module")
def server(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with its usual limits, behind the proxy."""
    folder = tmp_path_factory.mktemp("data")
    furnish(Settings(data_dir=folder, seed=False), HOUSE)
    limits = {"RATE_LIMIT_REQUESTS": "40", "RATE_LIMIT_WINDOW_SECONDS": "3600"}
    figures = {"METRICS_ALLOW": "127.0.5.0/24"}  # so that it is the proxy who keeps them in
    with serving(folder, port=proxy.port, **BEHIND_A_PROXY, **limits, **figures) as started:
        yield started
