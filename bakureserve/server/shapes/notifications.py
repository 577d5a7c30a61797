"""Deliveries as an operator sees them: their state, not their content."""

from __future__ import annotations

import msgspec

from bakureserve.domain.notifications import Channel, Delivery, DeliveryStatus, Party
from bakureserve.server.shapes import Moment


class DeliveryOut(msgspec.Struct, frozen=True):
    """A delivery; times in UTC. `error` is why the last attempt failed, as a code."""

    id: str
    event_id: int
    kind: str
    restaurant_id: str
    reservation_id: str
    party: Party
    channel: Channel
    recipient: str
    status: DeliveryStatus
    attempts: int
    next_at: Moment
    expires_at: Moment
    error: str
    created_at: Moment
    settled_at: Moment | None


def delivery_out(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(**{name: getattr(delivery, name) for name in DeliveryOut.__struct_fields__})
