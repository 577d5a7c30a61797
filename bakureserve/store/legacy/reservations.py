"""One old reservation, with its arrival intent and pre-order → ours, and why it differs.

Which table it gets is not decided here: `table_id` is the file's own, if the restaurant has it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from bakureserve.domain.arrivals.location import require_plausible
from bakureserve.domain.errors import Invalid
from bakureserve.domain.localtime import local_date, moment_of, to_utc
from bakureserve.domain.places.estimate import RouteSource, TrafficCondition
from bakureserve.domain.places.geo import Coordinates, swapped
from bakureserve.domain.reservations.reservation import (
    NAMELESS,
    ArrivalIntent,
    ArrivalStatus,
    EtaSource,
    Prep,
    PrepScope,
    Reservation,
    Status,
)
from bakureserve.domain.reservations.sittings import turn_minutes
from bakureserve.domain.restaurants.hours import service_at
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING, MINUTES_A_DAY, Restaurant
from bakureserve.domain.text import (
    LONGEST_BOOKING_NOTES,
    LONGEST_NAME,
    LONGEST_NOTES,
    LONGEST_PHONE,
)
from bakureserve.store.codec import dumps
from bakureserve.store.legacy.json_rows import Value
from bakureserve.store.legacy.row_reader import Rejected, RowReader

LARGEST_PARTY = 10_000
"""More is a slip of the pen."""

_Minutes = Annotated[int, Meta(ge=0, le=1440)]
_Seconds = Annotated[int, Meta(ge=0, le=86_400)]
_Kilometres = Annotated[float, Meta(ge=0, le=40_000)]


class _OldPlace(msgspec.Struct):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


INTENT_FIELDS: dict[str, Any] = {
    "status": ArrivalStatus,
    "lead_minutes": _Minutes,
    "prep_scope": PrepScope,
    "eta_source": EtaSource,
    "share_location": bool,
    "auto_charge": bool,
    "predicted_eta_minutes": _Minutes,
    "predicted_eta_seconds": _Seconds,
    "typical_eta_minutes": _Minutes,
    "confirmed_eta_minutes": _Minutes,
    "route_distance_km": _Kilometres,
    "traffic_condition": TrafficCondition,
    "traffic_source": RouteSource,
}
INTENT_PLACES = ("current_location", "last_location")
INTENT_MOMENTS = ("last_signal", "traffic_updated_at", "fire_at", "arrived_at")
INTENT_TEXTS = {"notes": LONGEST_NOTES, "route_summary": 400}
INTENT_KNOWN = frozenset({*INTENT_FIELDS, *INTENT_PLACES, *INTENT_MOMENTS, *INTENT_TEXTS})

PREP_FIELDS: dict[str, Any] = {"prep_eta_minutes": _Minutes, "prep_items": tuple[str, ...]}
PREP_TEXTS = {"prep_scope": 40, "prep_status": 40, "prep_policy": 400}
PREP_KNOWN = frozenset({*PREP_FIELDS, *PREP_TEXTS, "prep_request_time"})


_IDLE = ArrivalIntent()
_NO_PREP = Prep()

KNOWN = frozenset(
    {
        "id", "restaurant_id", "table_id", "party_size", "start", "end", "guest_name",
        "guest_phone", "notes", "status", "owner_id", "arrival_intent", "created_at", "updated_at",
        *PREP_KNOWN,
    }
)  # fmt: skip

_NAMESPACE = uuid.UUID("6f5f0a52-3c0b-5d64-9d7a-5a8c5f5e1c11")
_STATUSES: dict[str, Status] = {
    **{status: status for status in get_args(Status)},
    "canceled": "cancelled",
    "noshow": "no_show",
    "no-show": "no_show",
}
_PARTY = Annotated[int, Meta(ge=1, le=LARGEST_PARTY)]
_SHORTEST_STAMP = len("2026-12-03T10:00")


def reservation_id_of(row: RowReader) -> str:
    """The row's id; one made from its content when it has none, the same in every run."""
    found = row.take_uuid("id")
    if found is not None:
        return found
    made = str(uuid.uuid5(_NAMESPACE, dumps(dict(sorted(row.fields.items())))))
    row.note("old_id_made", id=made)
    return made


def mapped(
    row: RowReader, reservation_id: str, restaurant: Restaurant, now: dt.datetime
) -> Reservation:
    """The reservation that the row describes; its reasons are in the row. Raises Rejected.

    `now` is taken for a creation time that the file does not have.
    """
    party_size = _party_size(row)
    start, end = _sitting(row, restaurant, party_size)
    created_at = row.take_moment("created_at")
    updated_at = row.take_moment("updated_at")
    return Reservation(
        id=reservation_id,
        restaurant_id=restaurant.id,
        table_id=_table_id(row, restaurant),
        party_size=party_size,
        start=start,
        end=end,
        held_until=end + _buffer(restaurant),
        service_date=_service_date(restaurant, start),
        guest_name=_guest_name(row),
        guest_phone=row.take_text("guest_phone", LONGEST_PHONE),
        status=_status(row),
        owner_id=row.take_uuid("owner_id"),
        notes=row.take_text("notes", LONGEST_BOOKING_NOTES),
        source="import",
        prep=prep_of(row),
        arrival_intent=arrival_intent_of(row, _door(restaurant)),
        extra=row.extra,
        created_at=created_at or updated_at or now,
        updated_at=updated_at or created_at or now,
    )


def row_reader(read: Value) -> RowReader:
    """The row, ready for the functions of this module. Raises Rejected."""
    return RowReader.of(read, KNOWN)


def _party_size(row: RowReader) -> int:
    size = row.fields.get("party_size")
    if type(size) is int and 1 <= size <= LARGEST_PARTY:  # as nearly always; true is no number
        return size
    size = row.take("party_size", _PARTY)
    if size is None:
        raise Rejected("old_party_unreadable")
    return int(size)


def _status(row: RowReader) -> Status:
    value = row.fields.get("status")
    if value is None:
        row.note("old_status_assumed")
        return "booked"
    word = str(value).strip().lower()
    status = _STATUSES.get(word)
    if status is None:
        raise Rejected("old_status_unknown", status=word[:40])
    if status != value:
        row.set_aside("status", "old_value_converted")
    return status


def _guest_name(row: RowReader) -> str:
    name = row.take_text("guest_name", LONGEST_NAME)
    if not name:
        row.set_aside("guest_name", "old_name_missing")
    return name or NAMELESS


def _table_id(row: RowReader, restaurant: Restaurant) -> str | None:
    table_id = row.take_id("table_id")
    if table_id is None or table_id in restaurant.tables_by_id:
        return table_id
    row.set_aside("table_id", "old_table_unknown", table=table_id)
    return None


def _sitting(
    row: RowReader, restaurant: Restaurant, party_size: int
) -> tuple[dt.datetime, dt.datetime]:
    start = _moment(row, "start", restaurant)
    if start is None:
        raise Rejected("old_time_unreadable", field="start")
    turn = dt.timedelta(minutes=turn_minutes(restaurant.policy, party_size))
    longest = LONGEST_SITTING - _buffer(restaurant)
    end = _moment(row, "end", restaurant)
    if end is None:
        row.set_aside("end", "old_end_missing", minutes=turn // dt.timedelta(minutes=1))
        end = start + turn
    elif end <= start:
        row.set_aside("end", "old_end_before_start", minutes=turn // dt.timedelta(minutes=1))
        end = start + turn
    elif end - start > longest:
        row.set_aside("end", "old_sitting_too_long", hours=longest // dt.timedelta(hours=1))
        end = start + longest
    return start, end


def _moment(row: RowReader, name: str, restaurant: Restaurant) -> dt.datetime | None:
    """A time of the sitting in UTC; without an offset it is restaurant-local."""
    value = row.fields.get(name)
    if value is None:
        return None
    try:
        if len(value) < _SHORTEST_STAMP:
            raise Rejected("old_time_unreadable", field=name)
        return to_utc(moment_of(value), restaurant.zone, field=name)
    except (TypeError, ValueError, Invalid):
        raise Rejected("old_time_unreadable", field=name) from None


def _door(restaurant: Restaurant) -> Coordinates | None:
    if restaurant.latitude is None or restaurant.longitude is None:
        return None
    return Coordinates(restaurant.latitude, restaurant.longitude)


def _buffer(restaurant: Restaurant) -> dt.timedelta:
    return dt.timedelta(minutes=restaurant.policy.buffer_minutes)


def _service_date(restaurant: Restaurant, start: dt.datetime) -> dt.date:
    """The date of the service that the sitting starts in; outside the hours, its local date.

    They can only differ where a service runs past midnight.
    """
    service = service_at(restaurant, start) if _past_midnight(restaurant) else None
    return service.service_date if service else local_date(start, restaurant.zone)


def _past_midnight(restaurant: Restaurant) -> bool:
    days = (*restaurant.hours.weekly, *(day.periods for day in restaurant.hours.special_days))
    return any(period.closes > MINUTES_A_DAY for periods in days for period in periods)


def arrival_intent_of(row: RowReader, door: Coordinates | None) -> ArrivalIntent:
    """The row's arrival intent; values that cannot be used are set aside in the row.

    `door` is where the restaurant is, if that is known.
    """
    value = row.take("arrival_intent", dict)
    if not value or _says_nothing(value):
        return _IDLE
    intent = RowReader(value, INTENT_KNOWN, path="arrival_intent.")
    fields = {name: intent.take(name, kind) for name, kind in INTENT_FIELDS.items()}
    fields |= {name: intent.take_moment(name) for name in INTENT_MOMENTS}
    fields |= {name: intent.take_text(name, longest) for name, longest in INTENT_TEXTS.items()}
    fields |= {name: _place(intent, name, door) for name in INTENT_PLACES}
    row.reasons += intent.reasons
    if intent.extra:
        row.extra["arrival_intent"] = intent.extra
    return ArrivalIntent(**_given(fields))


def prep_of(row: RowReader) -> Prep:
    """The row's pre-order, from its `prep_…` fields."""
    if all(row.fields.get(name) is None for name in PREP_KNOWN):
        return _NO_PREP
    fields = {name: row.take(name, kind) for name, kind in PREP_FIELDS.items()}
    fields |= {name: row.take_text(name, longest) for name, longest in PREP_TEXTS.items()}
    fields["prep_request_time"] = row.take_moment("prep_request_time")
    given = _given(fields)
    return Prep(**{name.removeprefix("prep_"): value for name, value in given.items()})


def _says_nothing(value: Mapping[str, Any]) -> bool:
    """Whether it is what the old server wrote for most guests: not on the way."""
    said = {name: word for name, word in value.items() if word is not None and word is not False}
    return said == {"status": "idle"} and value.keys() <= INTENT_KNOWN


def _place(intent: RowReader, name: str, door: Coordinates | None) -> Coordinates | None:
    """A place that a guest can have been at, as a server of ours would have believed it.

    One that is left out is not kept aside: where guests were is forgotten after their visit.
    """
    given = intent.take(name, _OldPlace)
    if given is None:
        return None
    place = Coordinates(given.latitude, given.longitude)
    try:
        require_plausible(place, door)
    except Invalid as unbelievable:
        if unbelievable.code != "location_swapped":
            intent.note("old_place_unusable", field=f"arrival_intent.{name}")
            return None
        intent.note("old_place_swapped", field=f"arrival_intent.{name}")
        return swapped(place)
    return place


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something, so that the type's own defaults fill in the others."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}
