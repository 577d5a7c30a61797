"""Calls about a restaurant's service days."""

from __future__ import annotations

from bakureserve.server.api import days
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.wire import days as wire
from bakureserve.services.reservations.close_out import ClosedDay

DAYS = (
    Endpoint(
        "POST",
        "/v1/restaurants/{restaurant}/day/close",
        days.close,
        tag="Days",
        summary="Close a service day: settle what nobody did (staff)",
        body=wire.CloseBody,
        reply=ClosedDay,
        auth="token",
        problems=(403, 404, 409, 503),
    ),
)
