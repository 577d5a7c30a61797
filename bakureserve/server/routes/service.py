"""Calls about the server itself: what it offers, whether it can, and how it is doing."""

from __future__ import annotations

from typing import Any

from bakureserve.server.api import service
from bakureserve.server.endpoint import Endpoint

SERVICE = (
    Endpoint(
        "GET",
        "/v1/config/features",
        service.features,
        tag="Service",
        summary="What this deployment offers",
        reply=service.Features,
    ),
    Endpoint(
        "GET",
        "/livez",
        service.livez,
        tag="Service",
        summary="Whether the process runs",
        reply=service.Probe,
        weight=0,
        aliases=("/v1/livez",),
    ),
    Endpoint(
        "GET",
        "/readyz",
        service.readyz,
        tag="Service",
        summary="Whether requests can be served",
        reply=service.Probe,
        weight=0,
        problems=(503,),
        aliases=("/v1/readyz",),
    ),
    Endpoint(
        "GET",
        "/metrics",
        service.metrics,
        tag="Service",
        summary="Metrics for Prometheus; for scrapers alone",
        reply=str,
        reply_media_type="text/plain",
        weight=0,
        problems=(404,),
        aliases=("/v1/metrics",),
    ),
    Endpoint(
        "GET",
        "/openapi.json",
        service.openapi,
        tag="Service",
        summary="This description of the API",
        reply=dict[str, Any],
        aliases=("/v1/openapi.json",),
    ),
    Endpoint(
        "GET",
        "/",
        service.home,
        tag="Service",
        summary="Leads to the booking page",
        status=307,
    ),
)
