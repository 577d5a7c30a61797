"""The outbox of notices, for administrators."""

from __future__ import annotations

import msgspec

from bakureserve.domain.notifications import DeliveryStatus
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.paging import PageSize
from bakureserve.server.shapes.notifications import DeliveryOut, delivery_out

api = Group("Administration", auth="admin")


class DeliveriesQuery(msgspec.Struct, frozen=True):
    status: DeliveryStatus | None = None
    limit: PageSize | None = None


@api.get("/v1/admin/outbox", "Deliveries of notices, the newest first")
async def list_deliveries(call: Call[DeliveriesQuery, None]) -> list[DeliveryOut]:
    query = call.query
    found = await call.runtime.outbox.list(
        call.actor, [query.status] if query.status else [], query.limit
    )
    return [delivery_out(each) for each in found]
