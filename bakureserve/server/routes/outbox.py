"""Calls about what is told outside."""

from __future__ import annotations

from bakureserve.server.api import outbox
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes.outbox import DeliveriesQuery, DeliveryOut

OUTBOX = (
    Endpoint(
        "GET",
        "/v1/admin/outbox",
        outbox.list_deliveries,
        tag="Administration",
        summary="Deliveries of notices, the newest first",
        query=DeliveriesQuery,
        reply=list[DeliveryOut],
        auth="admin",
    ),
)
