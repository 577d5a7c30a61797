"""Reservations: asking for one, and changing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import UNSET

from bakureserve.domain.errors import Forbidden, Invalid
from bakureserve.domain.localtime import moment_of
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.prep import PrepQuote
from bakureserve.domain.reservations.reservation import BookingChange, BookingRequest, Reservation
from bakureserve.server.call import Call
from bakureserve.server.fields import bare
from bakureserve.server.keys import RUNTIME
from bakureserve.server.paging import link_to_next, place_from
from bakureserve.server.reply import Reply, encoded_list
from bakureserve.server.shapes import reservations as wire
from bakureserve.services.reservations.idempotency import Once
from bakureserve.services.reservations.preorder import PreorderRequest
from bakureserve.store.idempotency import Answer
from bakureserve.store.reservations import Filter, Place, place_of
from bakureserve.words import say

CREATED = 201
_NOTHING: Mapping[str, Any] = MappingProxyType(
    {"guest_phone": "", "notes": "", "staff_notes": "", "tags": (), "pinned": False}
)
"""What null means in a change."""


async def list_own(call: Call[wire.ReservationsQuery, None]) -> Reply:
    query = call.query
    restaurant_id = query.restaurant_id
    if restaurant_id:
        restaurant_id = (await call.app[RUNTIME].directory.snapshot()).id_of(restaurant_id)
    wanted = Filter(restaurant_id=restaurant_id, service_date=query.date, status=query.status)
    # One more than asked for tells whether there is a next page.
    limit = None if query.limit is None else query.limit + 1
    found = await call.app[RUNTIME].booking.list(
        call.actor, wanted, after=place_from(query.cursor, Place), limit=limit
    )
    page = found[: query.limit]
    more = len(found) > len(page)
    headers = {"Link": link_to_next(call.request, place_of(page[-1]))} if more else {}
    restaurants = (await call.app[RUNTIME].directory.snapshot()).by_id
    shown = (
        wire.reservation_out(reservation, restaurants[reservation.restaurant_id].zone, call.actor)
        for reservation in page
    )
    return Reply(await encoded_list(shown), headers=headers)


async def create(call: Call[None, wire.NewReservation]) -> Reply:
    runtime, body = call.app[RUNTIME], call.body
    _refuse_override(call)
    request = BookingRequest(
        restaurant_id=body.restaurant_id,
        party_size=body.party_size,
        start=_moment(body.start, "start"),
        end=_moment(body.end, "end") if body.end else None,
        guest_name=body.guest_name,
        guest_phone=body.guest_phone or "",
        table_id=body.table_id or None,
        notes=body.notes or "",
        staff_notes=body.staff_notes or "",
        tags=body.tags or (),
        pinned=None if body.pinned is UNSET else body.pinned,
        language=call.named_language or "",
    )
    booked = await runtime.booking.create(call.actor, request, await _once(call))
    if isinstance(booked, Answer):
        booked_id = msgspec.json.decode(booked.body, type=_Booked).id
        replayed = _location(booked_id) | {"Idempotent-Replayed": "true"}
        return Reply(booked.body, booked.status, replayed)
    return Reply(after_change(call, booked), CREATED, _location(booked.id))


async def show(call: Call[None, None]) -> wire.ReservationOut:
    runtime = call.app[RUNTIME]
    reservation = await runtime.booking.get(call.actor, _id(call))
    restaurant = await runtime.directory.known(reservation.restaurant_id)
    return wire.reservation_out(reservation, restaurant.zone, call.actor)


async def change(call: Call[None, wire.ReservationPatch]) -> wire.ReservationOut:
    _refuse_override(call)
    changed = await call.app[RUNTIME].booking.change(call.actor, _id(call), _change(call.body))
    return after_change(call, changed)


def acting(action: Action) -> Callable[[Call[None, None]], Awaitable[wire.ReservationOut]]:
    """The handler of a change of status."""

    async def act(call: Call[None, None]) -> wire.ReservationOut:
        acted = await call.app[RUNTIME].booking.act(call.actor, _id(call), action)
        return after_change(call, acted)

    return act


async def remove(call: Call[None, None]) -> wire.ReservationOut:
    return after_change(call, await call.app[RUNTIME].booking.remove(call.actor, _id(call)))


async def quote_preorder(call: Call[None, wire.PreorderBody]) -> wire.Quote:
    quote = await call.app[RUNTIME].preorder.quote(call.actor, _id(call), _preorder(call.body))
    return wire.Quote(_in_words(call, quote), quote.recommended_prep_minutes)


async def confirm_preorder(call: Call[None, wire.PreorderBody]) -> wire.ReservationOut:
    preorder, request = call.app[RUNTIME].preorder, _preorder(call.body)
    confirmed = await preorder.confirm(
        call.actor, _id(call), request, in_words=partial(_in_words, call)
    )
    return after_change(call, confirmed)


def _in_words(call: Call[Any, Any], quote: PrepQuote) -> str:
    minutes = {"recommended_prep_minutes": quote.recommended_prep_minutes}
    return say(quote.policy, minutes, call.language)


def after_change(call: Call[Any, Any], reservation: Reservation) -> wire.ReservationOut:
    """A reservation fresh from a change, which saw its restaurant as it stands."""
    restaurant = call.app[RUNTIME].directory.latest(reservation.restaurant_id)
    return wire.reservation_out(reservation, restaurant.zone, call.actor)


def _refuse_override(call: Call[Any, Any]) -> None:
    """Raises Forbidden where a guest asks, however it is spelt, for what breaks the rules; of staff
    it is ignored."""
    if not call.ignored or call.actor.restaurants or call.actor.sees_everything:
        return
    if any(bare(name) == "override" for name in call.ignored):
        raise Forbidden("field_staff_only", field="override")


def _id(call: Call[Any, Any]) -> str:
    return call.path["reservation"]


class _Booked(msgspec.Struct, frozen=True):
    """What has to be known of an answer that was kept."""

    id: str


def _location(reservation_id: str) -> dict[str, str]:
    return {"Location": f"/v1/reservations/{reservation_id}"}


def _moment(text: str, field: str) -> dt.datetime:
    """A timestamp with or without seconds and offset. Raises Invalid."""
    try:
        return moment_of(text)
    except ValueError:
        raise Invalid("field_not_a_timestamp", field=field) from None


def _change(patch: wire.ReservationPatch) -> BookingChange:
    given: dict[str, Any] = {
        name: value
        for name in patch.__struct_fields__
        if (value := getattr(patch, name)) is not UNSET
    }
    for name in ("end", "table_id"):
        if name in given:
            given[name] = given[name] or None
    for name in ("start", "end"):
        if given.get(name) is not None:
            given[name] = _moment(given[name], name)
    for name, nothing in _NOTHING.items():
        if name in given:
            given[name] = given[name] or nothing
    return BookingChange(**given)


def _preorder(body: wire.PreorderBody) -> PreorderRequest:
    return PreorderRequest(minutes_away=body.minutes_away, scope=body.scope, items=body.items or ())


async def _once(call: Call[None, wire.NewReservation]) -> Once[Reservation] | None:
    if call.idempotency_key is None:
        return None
    restaurant = await call.app[RUNTIME].directory.restaurant(call.body.restaurant_id)
    asked = b"POST /v1/reservations " + msgspec.json.encode(call.body)
    return Once(
        subject=call.actor.subject,
        key=call.idempotency_key,
        fingerprint=sha256(asked).digest(),
        render=lambda booked: Answer(
            CREATED, msgspec.json.encode(wire.reservation_out(booked, restaurant.zone, call.actor))
        ),
    )
