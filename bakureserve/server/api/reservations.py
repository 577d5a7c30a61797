"""Reservations: booking, listing, changing, cancelling, pre-ordering."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bakureserve.domain.arrivals.kitchen import FARTHEST_MINUTES, NEAREST_MINUTES, PrepQuote
from bakureserve.domain.errors import Forbidden, Invalid
from bakureserve.domain.localtime import moment_of
from bakureserve.domain.reading import bare
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import (
    BookingChange,
    BookingRequest,
    Reservation,
    Status,
)
from bakureserve.domain.text import LONGEST_BOOKING_NOTES
from bakureserve.locale import say
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group, InputText, PartySize
from bakureserve.server.paging import Cursor, PageSize, one_more, page_of, place_from
from bakureserve.server.reply import AT_A_TIME, Reply, encoded_list
from bakureserve.server.shapes import reservations as shapes
from bakureserve.server.streamed_list import WholeList, pages_of, whole_list
from bakureserve.services.reservations.idempotency import IdempotentCall
from bakureserve.services.reservations.preorder import PreorderRequest
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.reservations.reservation_lists import Filter, ListPosition, position_of

api = Group("Reservations", auth="token", problems=(404, 409, 503))
_ONE = "/v1/reservations/{reservation}"
_ACTIONS: tuple[tuple[str, Action, str], ...] = (
    ("cancel", "cancel", "Cancel; cancelling again changes nothing"),
    ("confirm", "confirm", "Book a cancelled reservation again, if its table is free"),
    ("seat", "seat", "Seat the party"),
    ("complete", "complete", "Complete the visit: the party has left"),
    ("no-show", "no_show", "Mark the party as a no-show"),
    ("undo", "undo", "Undo seat, complete or no-show"),
)

CREATED = 201
_NULL_VALUES: Mapping[str, Any] = MappingProxyType(
    {"guest_phone": "", "notes": "", "staff_notes": "", "tags": (), "pinned": False}
)
"""The value that null stands for in a change."""


class NewReservation(msgspec.Struct, frozen=True):
    """A reservation to make. Only staff may give `staff_notes`, `tags` and `pinned`."""

    # Fields that later versions added default to UNSET: a body without them is encoded, and
    # recognized by its Idempotency-Key, as before.

    restaurant_id: InputText
    party_size: PartySize
    start: Timestamp
    guest_name: InputText
    end: Timestamp | None = None
    guest_phone: InputText | None = None
    table_id: InputText | None = None
    notes: BookingNotes | UnsetType | None = UNSET
    staff_notes: BookingNotes | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    pinned: bool | UnsetType | None = UNSET


class ReservationPatch(msgspec.Struct, frozen=True):
    """Only what is given changes. `table_id` null asks for any table that fits."""

    party_size: PartySize | UnsetType = UNSET
    start: Timestamp | UnsetType = UNSET
    end: Timestamp | UnsetType | None = UNSET
    guest_name: InputText | UnsetType = UNSET
    guest_phone: InputText | UnsetType | None = UNSET
    table_id: InputText | UnsetType | None = UNSET
    notes: BookingNotes | UnsetType | None = UNSET
    staff_notes: BookingNotes | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    pinned: bool | UnsetType | None = UNSET


class ReservationsQuery(msgspec.Struct, frozen=True):
    restaurant_id: InputText | None = None
    date: dt.date | None = None
    status: Status | None = None
    limit: PageSize | None = None
    cursor: Cursor = ""


class PreorderBody(msgspec.Struct, frozen=True):
    minutes_away: Annotated[int, Meta(ge=NEAREST_MINUTES, le=FARTHEST_MINUTES)]
    scope: str = "starters"
    items: tuple[InputText, ...] | None = None


class Quote(msgspec.Struct, frozen=True):
    """When the kitchen would begin, as minutes before the arrival and as a sentence."""

    policy: str
    recommended_prep_minutes: int


@api.get(
    "/v1/reservations",
    "List the caller's own reservations; for staff also their restaurants'; for admins all",
    problems=(),
)
async def list_own(
    call: Call[ReservationsQuery, None],
) -> WholeList[shapes.ReservationOut]:
    query = call.query
    restaurant_id = query.restaurant_id
    if restaurant_id:
        restaurant_id = await call.runtime.directory.id_of(restaurant_id)
    wanted = Filter(restaurant_id=restaurant_id, service_date=query.date, status=query.status)
    after = place_from(query.cursor, ListPosition)
    listed = partial(call.runtime.booking.list, call.actor, wanted)
    if query.limit is None:
        found = pages_of(lambda after: listed(after=after, limit=AT_A_TIME), position_of, after)
        return await whole_list(call, _shown_pages(call, found))
    ahead = await listed(after=after, limit=one_more(query.limit))
    page, headers = page_of(call.request, ahead, query.limit, position_of)
    return Reply(await encoded_list(await _shown(call, page)), headers=headers)


async def _shown_pages(
    call: Call[Any, Any], found: AsyncIterator[Sequence[Reservation]]
) -> AsyncIterator[list[shapes.ReservationOut]]:
    async for page in found:
        yield list(await _shown(call, page))


async def _shown(
    call: Call[Any, Any], page: Sequence[Reservation]
) -> Iterator[shapes.ReservationOut]:
    """Each when it is asked for."""
    zones = await call.runtime.directory.zones_of({each.restaurant_id for each in page})
    return (shapes.reservation_out(each, zones[each.restaurant_id], call.actor) for each in page)


@api.post(
    "/v1/reservations", "Book a table", status=201, idempotent=True, problems=(403, 404, 409, 503)
)
async def create(call: Call[None, NewReservation]) -> Reply[shapes.ReservationOut]:
    runtime, asked = call.runtime, call.body
    _refuse_override(call)
    request = BookingRequest(
        restaurant_id=asked.restaurant_id,
        party_size=asked.party_size,
        start=_moment(asked.start, "start"),
        end=_moment(asked.end, "end") if asked.end else None,
        guest_name=asked.guest_name,
        guest_phone=asked.guest_phone or "",
        table_id=asked.table_id or None,
        notes=asked.notes or "",
        staff_notes=asked.staff_notes or "",
        tags=asked.tags or (),
        pinned=None if asked.pinned is UNSET else asked.pinned,
        language=call.named_language or "",
    )
    once = _once(call)
    booked = await runtime.booking.create(call.actor, request, once)
    if isinstance(booked, Answer):
        booked_id = msgspec.json.decode(booked.body, type=_Booked).id
        replayed = _location(booked_id) | {"Idempotent-Replayed": "true"}
        return Reply(booked.body, booked.status, replayed)
    body = once.answer.body if once and once.answer else after_change(call, booked)
    return Reply(body, CREATED, _location(booked.id))


@api.get(_ONE, "One reservation", problems=(404,))
async def show(call: Call[None, None]) -> shapes.ReservationOut:
    runtime = call.runtime
    reservation = await runtime.booking.get(call.actor, _id(call))
    restaurant = await runtime.directory.known(reservation.restaurant_id)
    return shapes.reservation_out(reservation, restaurant.zone, call.actor)


@api.patch(
    _ONE, "Reschedule, resize, move or rename, all or nothing", problems=(403, 404, 409, 503)
)
async def change(call: Call[None, ReservationPatch]) -> shapes.ReservationOut:
    _refuse_override(call)
    changed = await call.runtime.booking.change(call.actor, _id(call), _change(call.body))
    return after_change(call, changed)


def acting(action: Action) -> Callable[[Call[None, None]], Awaitable[shapes.ReservationOut]]:
    """The handler of one change of status."""

    async def act(call: Call[None, None]) -> shapes.ReservationOut:
        acted = await call.runtime.booking.act(call.actor, _id(call), action)
        return after_change(call, acted)

    return act


for _path, _action, _summary in _ACTIONS:
    api.post(f"{_ONE}/{_path}", _summary)(acting(_action))


@api.delete(
    _ONE, "Remove a reservation; one that its guest cancelled late is only hidden from them"
)
async def remove(call: Call[None, None]) -> shapes.ReservationOut:
    return after_change(call, await call.runtime.booking.remove(call.actor, _id(call)))


@api.post(
    f"{_ONE}/preorder/quote", "Quote a pre-order: when the kitchen would start", problems=(404, 409)
)
async def quote_preorder(call: Call[None, PreorderBody]) -> Quote:
    quote = await call.runtime.preorder.quote(call.actor, _id(call), _preorder(call.body))
    return Quote(_in_words(call, quote), quote.recommended_prep_minutes)


@api.post(f"{_ONE}/preorder/confirm", "Pre-order from the kitchen")
async def confirm_preorder(call: Call[None, PreorderBody]) -> shapes.ReservationOut:
    preorder, request = call.runtime.preorder, _preorder(call.body)
    confirmed = await preorder.confirm(
        call.actor, _id(call), request, in_words=partial(_in_words, call)
    )
    return after_change(call, confirmed)


def _in_words(call: Call[Any, Any], quote: PrepQuote) -> str:
    minutes = {"recommended_prep_minutes": quote.recommended_prep_minutes}
    return say(quote.policy, minutes, call.language)


def after_change(call: Call[Any, Any], reservation: Reservation) -> shapes.ReservationOut:
    """A reservation just changed; the change itself has read its restaurant."""
    restaurant = call.runtime.directory.latest(reservation.restaurant_id)
    return shapes.reservation_out(reservation, restaurant.zone, call.actor)


def _refuse_override(call: Call[Any, Any]) -> None:
    """Raise Forbidden where a guest sends `override`, in any spelling. Staff's is ignored."""
    if not call.ignored or call.actor.restaurants or call.actor.sees_everything:
        return
    if any(bare(name) == "override" for name in call.ignored):
        raise Forbidden("field_staff_only", field="override")


def _id(call: Call[Any, Any]) -> str:
    return call.path["reservation"]


class _Booked(msgspec.Struct, frozen=True):
    """The id in a stored answer."""

    id: str


def _location(reservation_id: str) -> dict[str, str]:
    return {"Location": f"/v1/reservations/{reservation_id}"}


def _moment(text: str, field: str) -> dt.datetime:
    """A timestamp with or without seconds and offset. Raises Invalid."""
    try:
        return moment_of(text)
    except ValueError:
        raise Invalid("field_not_a_timestamp", field=field) from None


def _change(patch: ReservationPatch) -> BookingChange:
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
    for name, nothing in _NULL_VALUES.items():
        if name in given:
            given[name] = given[name] or nothing
    return BookingChange(**given)


def _preorder(body: PreorderBody) -> PreorderRequest:
    return PreorderRequest(minutes_away=body.minutes_away, scope=body.scope, items=body.items or ())


def _once(call: Call[None, NewReservation]) -> IdempotentCall[Reservation] | None:
    if call.idempotency_key is None:
        return None
    asked = b"POST /v1/reservations " + msgspec.json.encode(call.body)
    return IdempotentCall(
        subject=call.actor.subject,
        key=call.idempotency_key,
        fingerprint=sha256(asked).digest(),
        status=CREATED,
        encode=lambda booked: msgspec.json.encode(after_change(call, booked)),
    )


BookingNotes = Annotated[str, Meta(max_length=LONGEST_BOOKING_NOTES)]
Tags = Annotated[tuple[InputText, ...], Meta(max_length=100)]
# Parsed by `_moment`, since clients in the field leave out seconds, offset or the T.
Timestamp = Annotated[
    str,
    Meta(
        max_length=40,
        description="RFC 3339; without an offset it is the restaurant's local time.",
        extra_json_schema={"format": "date-time"},
    ),
]
