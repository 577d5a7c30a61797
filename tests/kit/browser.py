"""A client of the real application on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server.caller import Identify
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from tests.kit.cast import by_token
from tests.kit.houses import SetClock
from tests.kit.people import CHEAP

Browser = TestClient[web.Request, web.Application]


def browser_of(
    runtime: Runtime, *, identify: Identify | None = by_token, headers: dict[str, str] | None = None
) -> Browser:
    """A client of this runtime's server, to enter. With `identify=None` the server reads real
    tokens instead of the cast's."""
    return TestClient(TestServer(application(runtime, identify=identify)), headers=headers)


@asynccontextmanager
async def open_browser(
    settings: Settings, clock: SetClock, *, identify: Identify | None = by_token
) -> AsyncIterator[Browser]:
    """A client of a server of its own with these settings."""
    async with (
        open_runtime(settings, clock=clock, hashing=CHEAP) as runtime,
        browser_of(runtime, identify=identify) as browser,
    ):
        yield browser
