"""Guests on the way: what they announce, what staff decide, and streams that follow both."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from bakureserve.domain.arrivals.board import OnTheWay
from bakureserve.domain.arrivals.location import SURE_AFTER
from bakureserve.domain.arrivals.trip import Wish
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import EtaSource, PrepScope
from bakureserve.locale import say
from bakureserve.server.api.reservations import after_change
from bakureserve.server.app_keys import FRAMES, IDENTIFY, SETTINGS, STREAM_LIMITS
from bakureserve.server.call import Call
from bakureserve.server.caller import in_standing
from bakureserve.server.endpoint import Group, InputText
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

api = Group("Arrivals", auth="token", problems=(403, 404, 409, 503))
_INTENT = "/v1/reservations/{reservation}/arrival_intent"


class ArrivalBody(msgspec.Struct, frozen=True):
    """The guest is coming, `lead_minutes` away; old apps send no more than that."""

    lead_minutes: Annotated[int, Meta(ge=5, le=90)]
    prep_scope: PrepScope = "full"
    share_location: bool = False
    eta_source: EtaSource = "user"
    auto_charge: bool = True
    notes: InputText | None = None


class DecisionBody(msgspec.Struct, frozen=True):
    """Staff approve, queue or reject; the guest may cancel as well."""

    action: Literal["approve", "queue", "reject", "cancel"]
    notes: InputText | None = None


class LocationBody(msgspec.Struct, frozen=True):
    """Where the guest is: WGS 84 degrees."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class EtaBody(msgspec.Struct, frozen=True):
    """The guest's own estimate."""

    eta_minutes: Annotated[int, Meta(ge=1, le=240)]


@api.post(_INTENT, "Announce that the guest is coming, and what to have ready")
async def request(call: Call[None, ArrivalBody]) -> ReservationOut:
    body = call.body
    wish = Wish(
        lead_minutes=body.lead_minutes,
        prep_scope=body.prep_scope,
        share_location=body.share_location,
        eta_source=body.eta_source,
        auto_charge=body.auto_charge,
        notes=body.notes,
    )
    arrivals = call.runtime.arrivals
    return after_change(call, await arrivals.request(call.actor, call.path["reservation"], wish))


@api.post(f"{_INTENT}/decision", "Approve, queue or reject (staff), or cancel (the guest as well)")
async def decide(call: Call[None, DecisionBody]) -> ReservationOut:
    arrivals, body = call.runtime.arrivals, call.body
    decided = await arrivals.decide(call.actor, call.path["reservation"], body.action, body.notes)
    return after_change(call, decided)


@api.post(
    f"{_INTENT}/location",
    "Share the guest's location: updates the estimate, or records the arrival",
    weight=2,
    problems=(403, 404, 409, 429, 503),
)
async def locate(call: Call[None, LocationBody]) -> ReservationOut:
    """If an implausible location was set aside, the route summary says so."""
    arrivals = call.runtime.arrivals
    place = Coordinates(call.body.latitude, call.body.longitude)
    located = after_change(call, await arrivals.locate(call.actor, call.path["reservation"], place))
    intent = located.arrival_intent
    if intent.status == "arrived" or intent.current_location == place:
        return located
    why = say("location_out_of_reach", {"times": SURE_AFTER}, call.language)
    return msgspec.structs.replace(
        located, arrival_intent=msgspec.structs.replace(intent, route_summary=why)
    )


@api.delete(f"{_INTENT}/location", "Stop sharing the location; what was stored of it is erased")
async def withdraw(call: Call[None, None]) -> ReservationOut:
    arrivals = call.runtime.arrivals
    return after_change(call, await arrivals.withdraw(call.actor, call.path["reservation"]))


@api.post(
    f"{_INTENT}/eta", "Set the guest's own estimate of their arrival", problems=(404, 409, 503)
)
async def promise(call: Call[None, EtaBody]) -> ReservationOut:
    arrivals = call.runtime.arrivals
    promised = await arrivals.promise(call.actor, call.path["reservation"], call.body.eta_minutes)
    return after_change(call, promised)


@api.post(f"{_INTENT}/arrived", "Record that the guest is at the door (staff)")
async def arrive(call: Call[None, None]) -> ReservationOut:
    arrivals = call.runtime.arrivals
    return after_change(call, await arrivals.arrive(call.actor, call.path["reservation"]))


@api.delete(f"{_INTENT}/arrived", "Undo a recorded arrival (staff)")
async def undo_arrival(call: Call[None, None]) -> ReservationOut:
    arrivals = call.runtime.arrivals
    return after_change(call, await arrivals.undo_arrival(call.actor, call.path["reservation"]))


@api.get(
    "/v1/restaurants/{restaurant}/arrivals/board",
    "The board for kitchen and host: arrivals, kitchen starts, tables needed next",
    auth="staff",
    problems=(404,),
)
async def board(call: Call[None, None]) -> list[OnTheWay]:
    return await call.runtime.arrivals.board(call.actor, call.path["restaurant"])


live = Group("Live")
_STREAM_REFUSALS = (403, 404, 426, 503)


class StreamQuery(msgspec.Struct, frozen=True):
    after: Annotated[int, Meta(ge=0, description="The last event that was received.")] | None = None


Streaming = Call[StreamQuery, None]


@live.websocket(
    "/v1/reservations/{reservation}/arrival_intent/stream",
    "A WebSocket that sends every change of a reservation",
    messages=StreamMessage,
    problems=_STREAM_REFUSALS,
)
async def follow_reservation(call: Streaming) -> web.StreamResponse:
    return await _stream(call, FollowedReservation(call.runtime, call.path["reservation"]))


@live.websocket(
    "/v1/restaurants/{restaurant}/arrivals/stream",
    "A WebSocket that sends every change among a restaurant's arrivals",
    messages=StreamMessage,
    problems=_STREAM_REFUSALS,
)
async def follow_arrivals(call: Streaming) -> web.StreamResponse:
    return await _stream(call, FollowedArrivals(call.runtime, call.path["restaurant"]))


@live.get(
    "/v1/restaurants/{restaurant}/arrivals",
    "Guests on the way to the restaurant, for its staff",
    auth="staff",
    problems=(404,),
)
async def list_arrivals(call: Call[None, None]) -> list[ReservationOut]:
    runtime = call.runtime
    found = await runtime.live.of_restaurant(call.actor, call.path["restaurant"])
    return [
        reservation_out(each, runtime.directory.latest(each.restaurant_id).zone, RESTAURANT)
        for each in found.current
    ]


async def _stream(call: Streaming, followed: Followed) -> web.StreamResponse:
    """Serve a stream. Errors before the handshake are answered like those of any call."""
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
