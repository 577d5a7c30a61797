"""What is told to people and machines outside, for who runs the server."""

from __future__ import annotations

from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.shapes.outbox import DeliveriesQuery, DeliveryOut, delivery_out


async def list_deliveries(call: Call[DeliveriesQuery, None]) -> list[DeliveryOut]:
    query = call.query
    found = await call.app[RUNTIME].outbox.list(
        call.actor, [query.status] if query.status else [], query.limit
    )
    return [delivery_out(each) for each in found]
