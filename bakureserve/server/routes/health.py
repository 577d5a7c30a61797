"""The call that says how everything is doing."""

from __future__ import annotations

from bakureserve.server.api import health
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes.health import HealthOut

HEALTH = (
    Endpoint(
        "GET",
        "/health",
        health.health,
        tag="Service",
        summary="How the server and what it leans on are doing, check by check",
        reply=HealthOut,
        also=(health.STATUS_OF_UNHEALTHY,),
        weight=0,
        aliases=("/v1/health",),
    ),
)
