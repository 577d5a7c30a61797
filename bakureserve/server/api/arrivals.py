"""Guests on the way: what they say, and what staff answer."""

from __future__ import annotations

import msgspec

from bakureserve.domain.arrivals.board import OnTheWay
from bakureserve.domain.arrivals.plausibility import SURE_AFTER
from bakureserve.domain.arrivals.trip import Wish
from bakureserve.domain.places.geo import Coordinates
from bakureserve.server.api.reservations import after_change
from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.shapes.reservations import ReservationOut
from bakureserve.server.wire import arrivals as wire
from bakureserve.words import say


async def request(call: Call[None, wire.ArrivalBody]) -> ReservationOut:
    body = call.body
    wish = Wish(
        lead_minutes=body.lead_minutes,
        prep_scope=body.prep_scope,
        share_location=body.share_location,
        eta_source=body.eta_source,
        auto_charge=body.auto_charge,
        notes=body.notes,
    )
    arrivals = call.app[RUNTIME].arrivals
    return after_change(call, await arrivals.request(call.actor, call.path["reservation"], wish))


async def decide(call: Call[None, wire.DecisionBody]) -> ReservationOut:
    arrivals, body = call.app[RUNTIME].arrivals, call.body
    decided = await arrivals.decide(call.actor, call.path["reservation"], body.action, body.notes)
    return after_change(call, decided)


async def locate(call: Call[None, wire.LocationBody]) -> ReservationOut:
    """One that was set aside is told of where the app shows its guest the way."""
    arrivals = call.app[RUNTIME].arrivals
    place = Coordinates(call.body.latitude, call.body.longitude)
    located = after_change(call, await arrivals.locate(call.actor, call.path["reservation"], place))
    intent = located.arrival_intent
    if intent.status == "arrived" or intent.current_location == place:
        return located
    why = say("location_out_of_reach", {"times": SURE_AFTER}, call.language)
    return msgspec.structs.replace(
        located, arrival_intent=msgspec.structs.replace(intent, route_summary=why)
    )


async def withdraw(call: Call[None, None]) -> ReservationOut:
    arrivals = call.app[RUNTIME].arrivals
    return after_change(call, await arrivals.withdraw(call.actor, call.path["reservation"]))


async def promise(call: Call[None, wire.EtaBody]) -> ReservationOut:
    arrivals = call.app[RUNTIME].arrivals
    promised = await arrivals.promise(call.actor, call.path["reservation"], call.body.eta_minutes)
    return after_change(call, promised)


async def arrive(call: Call[None, None]) -> ReservationOut:
    arrivals = call.app[RUNTIME].arrivals
    return after_change(call, await arrivals.arrive(call.actor, call.path["reservation"]))


async def take_back_arrival(call: Call[None, None]) -> ReservationOut:
    arrivals = call.app[RUNTIME].arrivals
    return after_change(
        call, await arrivals.take_back_arrival(call.actor, call.path["reservation"])
    )


async def board(call: Call[None, None]) -> list[OnTheWay]:
    return await call.app[RUNTIME].arrivals.on_the_way(call.actor, call.path["restaurant"])
