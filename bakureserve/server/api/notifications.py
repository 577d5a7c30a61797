"""The outbox of notices, for administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from bakureserve.domain.notifications import Delivery, DeliveryStatus
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.paging import PageSize
from bakureserve.server.reply import AT_A_TIME, Reply
from bakureserve.server.shapes.notifications import DeliveryOut, delivery_out
from bakureserve.server.streamed_list import WholeList, pages_of, whole_list
from bakureserve.store.notifications import DeliveryPosition, position_of

api = Group("Administration", auth="admin")


class DeliveriesQuery(msgspec.Struct, frozen=True):
    status: DeliveryStatus | None = None
    limit: PageSize | None = None


@api.get("/v1/admin/outbox", "Deliveries of notices, the newest first")
async def list_deliveries(call: Call[DeliveriesQuery, None]) -> WholeList[DeliveryOut]:
    query = call.query
    statuses = [query.status] if query.status else []

    async def read(after: DeliveryPosition | None, limit: int | None = AT_A_TIME) -> list[Delivery]:
        return await call.runtime.outbox.list(call.actor, statuses, limit, after=after)

    if query.limit is None:
        return await whole_list(call, _shown_pages(pages_of(read, position_of, None)))
    return Reply([delivery_out(each) for each in await read(None, query.limit)])


async def _shown_pages(
    found: AsyncIterator[Sequence[Delivery]],
) -> AsyncIterator[list[DeliveryOut]]:
    async for page in found:
        yield [delivery_out(each) for each in page]
