"""Service days of a restaurant, and closing them."""

from __future__ import annotations

from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.wire import days as wire
from bakureserve.services.reservations.close_out import ClosedDay


async def close(call: Call[None, wire.CloseBody]) -> ClosedDay:
    close_out, body = call.app[RUNTIME].close_out, call.body
    return await close_out.close(call.actor, call.path["restaurant"], body.date, body.unsettled)
