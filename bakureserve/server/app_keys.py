"""The typed keys of what the application carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry

from bakureserve.runtime import Runtime
from bakureserve.server.caller import Identify, Scrapers
from bakureserve.server.connection_limits import ConnectionLimits, Shares
from bakureserve.server.front_cache import FrontCache
from bakureserve.server.history import History, LoopLag
from bakureserve.server.metrics.exposition import Exposition
from bakureserve.server.reply import ResponseCache
from bakureserve.server.streams.stream_limits import FrameBudgets, StreamLimits
from bakureserve.services.health.check import Examiner
from bakureserve.settings import Settings

Clock = Callable[[], dt.datetime]
Ready = Callable[[], Awaitable[bool]]

ADDRESSES: web.AppKey[list[str]] = web.AppKey("addresses")
"""The URLs that the server listens on."""
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
"""Returns the time: an aware datetime in UTC."""
CONNECTION_LIMITS: web.AppKey[ConnectionLimits] = web.AppKey("connection_limits", ConnectionLimits)
"""How many connections each client has."""
IN_EFFECT: web.AppKey[Callable[[], Settings]] = web.AppKey("in_effect")
"""The settings in effect now: some can be reloaded while the server runs."""
SHARES: web.AppKey[Shares] = web.AppKey("shares", Shares)
"""How many connections and streams there may be, as far as there are descriptors for them."""
STREAM_LIMITS: web.AppKey[StreamLimits] = web.AppKey("stream_limits", StreamLimits)
"""How many streams are open, and who may open one more."""
EXAMINER: web.AppKey[Examiner] = web.AppKey("examiner", Examiner)
"""Examines everything the server needs, and remembers the result for some seconds."""
EXPOSITION: web.AppKey[Exposition] = web.AppKey("exposition", Exposition)
"""The metrics as text for Prometheus."""
FRONT_CACHE: web.AppKey[FrontCache | None] = web.AppKey("front_cache")
"""Answers repeated reads before they are parsed; None where it is off."""
FRAMES: web.AppKey[FrameBudgets] = web.AppKey("frames", FrameBudgets)
"""How many frames each stream and client may send."""
HISTORY: web.AppKey[History] = web.AppKey("history", History)
"""Requests, errors, processor and memory of the last minutes."""
IDENTIFY: web.AppKey[Identify] = web.AppKey("identify")
"""Finds a token's holder: `await app[IDENTIFY](f"Bearer {token}")`, as for a request's header."""
LAG: web.AppKey[LoopLag] = web.AppKey("lag", LoopLag)
"""How late the event loop is."""
OPENAPI: web.AppKey[bytes] = web.AppKey("openapi", bytes)
"""The encoded OpenAPI document of the endpoints that this application serves."""
READY: web.AppKey[Ready] = web.AppKey("ready")
"""Whether requests can be served right now; calls nothing outside this machine."""
REGISTRY: web.AppKey[CollectorRegistry] = web.AppKey("registry", CollectorRegistry)
SCRAPERS: web.AppKey[Scrapers] = web.AppKey("scrapers", Scrapers)
"""Who may read the metrics."""
STARTED: web.AppKey[float] = web.AppKey("started", float)
"""When this application was made, on the steady clock."""
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
RESPONSE_CACHE: web.AppKey[ResponseCache] = web.AppKey("response_cache", ResponseCache)
RUNTIME: web.AppKey[Runtime] = web.AppKey("runtime", Runtime)
