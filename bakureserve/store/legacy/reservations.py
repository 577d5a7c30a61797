"""One old reservation → ours, and the reasons why it is not quite the same.

Which table it gets is not decided here: `table_id` is the file's own, if the restaurant has it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, get_args

from msgspec import Meta

from bakureserve.domain.errors import Invalid
from bakureserve.domain.localtime import local_date, moment_of, to_utc
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import NAMELESS, Reservation, Status
from bakureserve.domain.reservations.sittings import turn_minutes
from bakureserve.domain.restaurants.hours import service_at
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING, MINUTES_A_DAY, Restaurant
from bakureserve.domain.text import LONGEST_BOOKING_NOTES, LONGEST_NAME, LONGEST_PHONE
from bakureserve.store.codec import dumps
from bakureserve.store.legacy import intents
from bakureserve.store.legacy.cursor import Value
from bakureserve.store.legacy.row_reader import Rejected, RowReader

LARGEST_PARTY = 10_000
"""More is a slip of the pen."""

KNOWN = frozenset(
    {
        "id", "restaurant_id", "table_id", "party_size", "start", "end", "guest_name",
        "guest_phone", "notes", "status", "owner_id", "arrival_intent", "created_at", "updated_at",
        *intents.PREP_KNOWN,
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
        prep=intents.prep_of(row),
        arrival_intent=intents.arrival_intent_of(row, _door(restaurant)),
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
