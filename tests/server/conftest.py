"""A real server on a real socket, with sample endpoints of every kind."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from prometheus_client import CollectorRegistry

from bakureserve.limits.limiter import Limiter, Quota
from bakureserve.server.api import service
from bakureserve.server.app import create_app
from bakureserve.server.observers import LineBuffer, json_lines
from bakureserve.settings import Settings
from tests.kit.cast import by_token
from tests.server.samples import SAMPLES

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)

Client = TestClient[web.Request, web.Application]
MakeApp = Callable[..., web.Application]
MakeClient = Callable[..., Awaitable[Client]]


@pytest.fixture
def access_stream() -> io.BytesIO:
    """What the access log is written to."""
    return io.BytesIO()


@pytest.fixture
def make_app(access_stream: io.BytesIO) -> MakeApp:
    """An application with the sample endpoints; keyword arguments replace its parts."""

    async def ready() -> bool:
        return True

    def make(**parts: Any) -> web.Application:
        settings = parts.setdefault("settings", Settings())
        quota = Quota(settings.rate_limit_requests, settings.rate_limit_window_seconds)
        defaults: dict[str, Any] = {
            "clock": lambda: NOW,
            "identify": by_token,
            "ready": ready,
            "registry": CollectorRegistry(),
            "limiter": Limiter(quota),
            "access_lines": LineBuffer(access_stream, json_lines),
            "endpoints": (*service.api.endpoints, *SAMPLES),
        }
        return create_app(**{**defaults, **parts})

    return make


@pytest.fixture
def make_client(make_app: MakeApp, aiohttp_client: Any) -> MakeClient:
    """A client of such an application."""

    async def make(**parts: Any) -> Client:
        client: Client = await aiohttp_client(make_app(**parts))
        return client

    return make


@pytest.fixture
async def client(make_client: MakeClient) -> Client:
    """A client of the application as it is by default."""
    return await make_client()
