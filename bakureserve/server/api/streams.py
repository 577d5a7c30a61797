"""Following reservations and arrivals: by a WebSocket, or by polling."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from bakureserve.server.app_keys import FRAMES, IDENTIFY, SETTINGS, STREAM_LIMITS
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.identity import in_standing
from bakureserve.server.origins import require_origin
from bakureserve.server.shapes.reservations import ReservationOut, reservation_out
from bakureserve.server.streams.messages import (
    RESTAURANT,
    Followed,
    FollowedArrivals,
    FollowedReservation,
    StreamMessage,
)
from bakureserve.server.streams.session import ReaderIdentity
from bakureserve.server.streams.stream import Stream

api = Group("Live")
_REFUSALS = (403, 404, 426, 503)


class StreamQuery(msgspec.Struct, frozen=True):
    after: Annotated[int, Meta(ge=0, description="The last event that was received.")] | None = None


Streaming = Call[StreamQuery, None]


@api.websocket(
    "/v1/reservations/{reservation}/arrival_intent/stream",
    "A WebSocket that tells of every change of a reservation",
    messages=StreamMessage,
    problems=_REFUSALS,
)
async def reservation(call: Streaming) -> web.StreamResponse:
    return await _stream(call, FollowedReservation(call.runtime, call.path["reservation"]))


@api.websocket(
    "/v1/restaurants/{restaurant}/arrivals/stream",
    "A WebSocket that tells of every change among them",
    messages=StreamMessage,
    problems=_REFUSALS,
)
async def arrivals(call: Streaming) -> web.StreamResponse:
    return await _stream(call, FollowedArrivals(call.runtime, call.path["restaurant"]))


@api.get(
    "/v1/restaurants/{restaurant}/arrivals",
    "Who is on the way to the restaurant, for its staff",
    auth="staff",
    problems=(404,),
)
async def list_arrivals(call: Call[None, None]) -> list[ReservationOut]:
    runtime = call.runtime
    found = await runtime.live.on_the_way(call.actor, call.path["restaurant"])
    return [
        reservation_out(each, runtime.directory.latest(each.restaurant_id).zone, RESTAURANT)
        for each in found
    ]


async def _stream(call: Streaming, followed: Followed) -> web.StreamResponse:
    """Serve a stream. Errors before the handshake are answered as those of any call."""
    request, settings = call.request, call.app[SETTINGS]
    _require_handshake(request)
    require_origin(request, settings.cors_allow_origins)
    require_standing = call.runtime.users.require_standing
    if call.visitor is not None:
        await require_standing(call.visitor)
    stream_limits = call.app[STREAM_LIMITS]
    with stream_limits.admit(call.exchange.client.key):
        authorization = request.headers.get("Authorization")
        identify = in_standing(call.app[IDENTIFY], require_standing)
        identity = ReaderIdentity(call.visitor, authorization, identify)
        stream = Stream(
            request,
            followed,
            identity,
            live=call.runtime.live,
            stream_limits=stream_limits,
            frames=call.app[FRAMES].meter(call.exchange.client.key),
            after=call.query.after,
            heartbeat=settings.live_heartbeat_seconds,
        )
        return await stream.run(call.visitor)


def _require_handshake(request: web.Request) -> None:
    if request.headers.get("Upgrade", "").lower() != "websocket" or request.method != "GET":
        raise web.HTTPUpgradeRequired(headers={"Upgrade": "websocket"})
