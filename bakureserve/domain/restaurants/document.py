"""A restaurant as one JSON document and back, for seeding, import, export and validation.

The form is the old server's (directory fields, `areas` with their `tables`), plus `opening_hours`,
`booking` and `arrival`. Unknown fields of a restaurant, an area or a table are stored in its
`extra`; in the three newer parts they are refused as mistakes.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec

from bakureserve.domain.document import (
    LINK,
    LONGEST_NAME,
    MAILBOX,
    NAME,
    SLUG,
    TEXT,
    WEB_ADDRESS,
    Coordinate,
    Fields,
    Reader,
    number,
    whole,
)
from bakureserve.domain.errors import FieldProblem, Invalid
from bakureserve.domain.reading import Search, worded
from bakureserve.domain.restaurants.hours_document import hours_document, read_hours
from bakureserve.domain.restaurants.restaurant import (
    Area,
    ArrivalPolicy,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    Table,
    TableShape,
    TurnTime,
)

NAMESPACE = uuid.UUID("b3c1f9a4-6d0e-5c57-9a7b-0d4e2f8c1a66")
"""The namespace of the ids given to restaurants that come without one."""

ASSUMED_HOURS = OpeningHours(weekly=((Period(10 * 60, 23 * 60),),) * 7)
ASSUMED_POLICY = BookingPolicy()

RESTAURANT_FIELDS: dict[str, Any] = {
    "id": NAME,
    "slug": SLUG,
    "name": NAME,
    "timezone": NAME,
    "city": NAME,
    "neighborhood": TEXT,
    "address": TEXT,
    "short_description": TEXT,
    "price_level": TEXT,
    "average_spend": TEXT,
    "cover_photo": LINK,
    "phone": TEXT,
    "latitude": number(-90, 90),
    "longitude": number(-180, 180),
    "directions_url": LINK,
    "menu_url": LINK,
    "instagram": TEXT,
    "whatsapp": TEXT,
    "dress_code": TEXT,
    "notify_email": MAILBOX,
    "webhook_url": WEB_ADDRESS,
}
RESTAURANT_LISTS: dict[str, Any] = {
    "cuisine": TEXT,
    "tags": TEXT,
    "photos": LINK,
    "highlights": TEXT,
    "map_images": LINK,
    "experiences": TEXT,
}
RESTAURANT_PARTS = {"areas", "opening_hours", "booking", "arrival"}

_POINT = worded(tuple[Coordinate, Coordinate], "point_expected")
TABLE_FIELDS: dict[str, Any] = {
    "id": NAME,
    "name": NAME,
    "capacity": whole(1, 100),
    "position": _POINT,
    "shape": worded(TableShape, "field_not_a_choice", choices=get_args(TableShape)),
    "rotation": number(-360, 360),
    "noise_level": TEXT,
    "featured": bool,
}
TABLE_LISTS: dict[str, Any] = {"tags": TEXT, "footprint": _POINT}

POLICY_FIELDS: dict[str, Any] = {
    "slot_minutes": whole(5, 240),
    "buffer_minutes": whole(0, 240),
    "last_seating_minutes": whole(0, 1440),
    "lead_minutes": whole(0, 43_200),
    "cancellation_minutes": whole(0, 43_200),
    "horizon_days": whole(1, 730),
    "min_party": whole(1, 100),
    "max_party": whole(1, 100),
}
"""Fields of `booking` beside `turn_times`; those left out take the policy's defaults."""

TURN_TIME_FIELDS: dict[str, Any] = {"up_to": whole(1, 100), "minutes": whole(15, 720)}
ARRIVAL_FIELDS: dict[str, Any] = {
    "geofence_meters": whole(50, 2_000),
    "seating_minutes": whole(0, 60),
    "starters_minutes": whole(1, 180),
    "mains_minutes": whole(1, 180),
    "full_minutes": whole(1, 180),
    "late_after_minutes": whole(0, 120),
}
"""Fields of `arrival`; those left out take the policy's defaults."""


_RESTAURANT_KNOWN = {*RESTAURANT_FIELDS, *RESTAURANT_LISTS, *RESTAURANT_PARTS}
_AREA_KNOWN = {"id", "name", "theme", "landmarks", "tables"}
_TABLE_KNOWN = {*TABLE_FIELDS, *TABLE_LISTS}
_RESTAURANT = Fields(RESTAURANT_FIELDS, RESTAURANT_LISTS)
_AREA = Fields({"id": NAME, "name": NAME})
_TABLE = Fields(TABLE_FIELDS, TABLE_LISTS)
_POLICY = Fields(POLICY_FIELDS)
_TURN_TIME = Fields(TURN_TIME_FIELDS)
_ARRIVAL = Fields(ARRIVAL_FIELDS)


class Assumption(msgspec.Struct, frozen=True):
    """A field that the document left out, and the value assumed, as a code with parameters."""

    field: str
    code: str
    params: dict[str, Any] = {}


def restaurant_from_document(document: object) -> tuple[Restaurant, list[Assumption]]:
    """The restaurant that a parsed document describes, and what had to be assumed.

    Raises `Invalid("venue_document")` with all the document's `problems`.
    """
    if not isinstance(document, Mapping):
        raise _refusal([FieldProblem("", "field_not_an_object")])
    problems: list[FieldProblem] = []
    reader = Reader(document, Search(problems))
    restaurant = _restaurant(reader)
    if problems:
        raise _refusal(problems)
    return restaurant, _assumptions(reader, restaurant)


def document_from_restaurant(restaurant: Restaurant) -> dict[str, Any]:
    """The inverse of `restaurant_from_document`, in full: reading it back assumes nothing."""
    parts = ("extra", "revision", "hours", "policy", "arrival", "areas")
    document = _bare_document(restaurant, leave_out=parts)
    return {
        **document,
        "areas": [_area_document(area) for area in restaurant.areas],
        "opening_hours": hours_document(restaurant.hours),
        "booking": _bare_document(restaurant.policy),
        "arrival": _bare_document(restaurant.arrival),
        **restaurant.extra,
    }


def slug_from_name(name: str) -> str:
    """A name in the letters of a web address: "Çay Evi & Bağ" becomes "cay-evi-bag".

    A name with no Latin letter or digit at all gets a slug made from its hash.
    """
    latin = name.translate(str.maketrans("əƏıİ", "eEii"))
    bare = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall("[a-z0-9]+", bare))[:LONGEST_NAME].strip("-")
    # An old word, kept so that the same name always makes the same slug: links have it.
    return slug or f"venue-{uuid.uuid5(NAMESPACE, name).hex[:8]}"


def _refusal(problems: list[FieldProblem]) -> Invalid:
    return Invalid("venue_document", problems=problems, count=len(problems))


def _restaurant(reader: Reader) -> Restaurant:
    fields = reader.read_all(_RESTAURANT, name="-")
    _check_timezone(reader)
    _check_coordinates(reader)
    slug = fields.pop("slug", None) or slug_from_name(fields["name"])
    return Restaurant(
        id=fields.pop("id", None) or str(uuid.uuid5(NAMESPACE, slug)),
        slug=slug,
        areas=_areas(reader),
        hours=_hours(reader),
        policy=_policy(reader),
        arrival=_arrival(reader),
        extra=reader.unknown_fields(_RESTAURANT_KNOWN),
        **fields,
    )


def _hours(reader: Reader) -> OpeningHours:
    if not reader.has("opening_hours"):
        return ASSUMED_HOURS
    return read_hours(reader.object("opening_hours"))


def _policy(reader: Reader) -> BookingPolicy:
    if not reader.has("booking"):
        return ASSUMED_POLICY
    booking = reader.object("booking")
    booking.refuse_unknown({*POLICY_FIELDS, "turn_times"})
    fields = booking.read_all(_POLICY)
    if booking.has("turn_times"):
        fields["turn_times"] = _turn_times(booking)
    policy = BookingPolicy(**fields)
    if policy.max_party is not None and policy.max_party < policy.min_party:
        booking.report("max_party", "max_party_below_min", min_party=policy.min_party)
    return policy


def _turn_times(reader: Reader) -> tuple[TurnTime, ...]:
    turns: list[TurnTime] = []
    for turn in reader.objects("turn_times"):
        turn.refuse_unknown(TURN_TIME_FIELDS)
        fields = turn.read_all(_TURN_TIME, up_to=0, minutes=0)
        if turns and 0 < fields["up_to"] <= turns[-1].up_to:
            turn.report("up_to", "turn_times_not_ascending", previous=turns[-1].up_to)
        turns.append(TurnTime(**fields))
    if not turns:
        reader.report("turn_times", "turn_times_missing")
    return tuple(turns)


def _arrival(reader: Reader) -> ArrivalPolicy:
    arrival = reader.object("arrival")
    arrival.refuse_unknown(ARRIVAL_FIELDS)
    return ArrivalPolicy(**arrival.read_all(_ARRIVAL))


def _assumptions(reader: Reader, restaurant: Restaurant) -> list[Assumption]:
    assumed = {
        "id": restaurant.id,
        "slug": restaurant.slug,
        "timezone": restaurant.timezone,
        "city": restaurant.city,
        "opening_hours": "10:00–23:00",
        "booking": ASSUMED_POLICY.turn_times[0].minutes,
    }
    return [
        Assumption(name, f"assumed_{name}", {"value": value})
        for name, value in assumed.items()
        if not reader.has(name)
    ]


def _check_timezone(reader: Reader) -> None:
    key = reader.document.get("timezone")
    if not isinstance(key, str):
        return
    try:
        ZoneInfo(key)
    except (KeyError, ValueError, OSError):  # unknown, path-like, or a folder of zones
        reader.report("timezone", "unknown_timezone")


def _check_coordinates(reader: Reader) -> None:
    for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if reader.has(name) and not reader.has(other):
            reader.report(other, "coordinate_missing", other=name)


def _areas(reader: Reader) -> tuple[Area, ...]:
    seen_areas: set[str] = set()
    seen_tables: set[str] = set()
    return tuple(_area(area, seen_areas, seen_tables) for area in reader.objects("areas"))


def _area(reader: Reader, seen_areas: set[str], seen_tables: set[str]) -> Area:
    fields = reader.read_all(_AREA, id="-", name="-")
    _check_unseen(reader, seen_areas, "duplicate_area")
    return Area(
        theme=reader.open_object("theme"),
        landmarks=reader.open_objects("landmarks"),
        tables=tuple(_table(table, seen_tables) for table in reader.objects("tables")),
        extra=reader.unknown_fields(_AREA_KNOWN),
        **fields,
    )


def _table(reader: Reader, seen: set[str]) -> Table:
    fields = reader.read_all(_TABLE, id="-", name="-", capacity=1)
    _check_unseen(reader, seen, "duplicate_table")
    return Table(extra=reader.unknown_fields(_TABLE_KNOWN), **fields)


def _check_unseen(reader: Reader, seen: set[str], code: str) -> None:
    name = reader.document.get("id")
    if not isinstance(name, str):
        return
    if name in seen:
        reader.report("id", code, id=name)
    seen.add(name)


def _area_document(area: Area) -> dict[str, Any]:
    document = _bare_document(area, leave_out=("tables", "extra"))
    return {
        **document,
        "tables": [
            {**_bare_document(table, leave_out=("key", "extra")), **table.extra}
            for table in area.tables
        ],
        **area.extra,
    }


def _bare_document(part: msgspec.Struct, leave_out: Iterable[str] = ()) -> dict[str, Any]:
    """A part as plain JSON values, field by field."""
    return {
        name: _plain(value)
        for name, value in msgspec.structs.asdict(part).items()
        if name not in leave_out
    }


def _plain(value: Any) -> Any:
    """Tuples become lists, so that the result equals what is read back from its JSON text."""
    value = msgspec.to_builtins(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
