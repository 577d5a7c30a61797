"""What goes over the wire: the shapes of `/v1`, made from domain types and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bakureserve.domain.hours_document import hours_document
from bakureserve.domain.prep import FARTHEST_MINUTES, NEAREST_MINUTES
from bakureserve.domain.reservation import ArrivalIntent, Reservation, Status
from bakureserve.domain.sittings import party_limits
from bakureserve.domain.venue import Area, Point, Table, TableShape, Venue
from bakureserve.services.availability import DayAvailability

LONGEST_INPUT = 400
"""Characters of any text that is looked at more closely by the rules."""

InputText = Annotated[str, Meta(max_length=LONGEST_INPUT)]
# Read by hand, since clients in the field leave out seconds, offset or the T.
Timestamp = Annotated[
    str,
    Meta(
        max_length=40,
        description="RFC 3339; without an offset it is the restaurant's local time.",
        extra_json_schema={"format": "date-time"},
    ),
]
Moment = Annotated[dt.datetime, Meta(tz=True)]
PartySize = Annotated[int, Meta(ge=1, le=1000, description="Covers.")]
PageSize = Annotated[int, Meta(ge=1, le=1000)]


class TableOut(msgspec.Struct, frozen=True):
    id: str
    name: str
    capacity: int
    position: Point
    shape: TableShape
    tags: tuple[str, ...]
    rotation: float
    footprint: tuple[Point, ...]
    noise_level: str | None
    featured: bool


class AreaOut(msgspec.Struct, frozen=True):
    id: str
    name: str
    theme: dict[str, Any]
    landmarks: tuple[dict[str, Any], ...]
    tables: tuple[TableOut, ...]


class Canvas(msgspec.Struct, frozen=True):
    """The size of the plane that positions and footprints are on."""

    width: int = 100
    height: int = 100


class FloorPlan(msgspec.Struct, frozen=True):
    canvas: Canvas
    areas: tuple[AreaOut, ...]


class RestaurantItem(msgspec.Struct, frozen=True):
    """A restaurant in a list."""

    id: str
    name: str
    slug: str
    cuisine: tuple[str, ...]
    city: str
    timezone: str
    neighborhood: str
    address: str
    short_description: str
    price_level: str
    tags: tuple[str, ...]
    average_spend: str
    cover_photo: str


class BookingLimits(msgspec.Struct, frozen=True):
    """What a guest may ask for: party sizes, and how long ahead of a sitting."""

    smallest_party: int
    largest_party: int
    lead_minutes: int
    horizon_days: int


class RestaurantDetail(RestaurantItem, frozen=True):
    """A restaurant with everything a guest may want to know."""

    phone: str
    photos: tuple[str, ...]
    highlights: tuple[str, ...]
    map_images: tuple[str, ...]
    latitude: float | None
    longitude: float | None
    directions_url: str
    menu_url: str
    instagram: str
    whatsapp: str
    dress_code: str
    experiences: tuple[str, ...]
    areas: tuple[AreaOut, ...]
    opening_hours: dict[str, Any]
    booking: BookingLimits


class RestaurantsQuery(msgspec.Struct, frozen=True):
    q: Annotated[str, Meta(max_length=200)] = ""
    limit: PageSize | None = None
    cursor: Annotated[str, Meta(max_length=200)] = ""


class AvailabilityQuery(msgspec.Struct, frozen=True):
    date: dt.date
    party_size: PartySize = 2


class Slot(msgspec.Struct, frozen=True):
    """An offered sitting, in the restaurant's own offset."""

    start: Moment
    end: Moment
    available_table_ids: tuple[str, ...]
    count: int


class AvailabilityOut(msgspec.Struct, frozen=True):
    slots: tuple[Slot, ...]
    restaurant_timezone: str


class NewReservation(msgspec.Struct, frozen=True):
    restaurant_id: InputText
    party_size: PartySize
    start: Timestamp
    guest_name: InputText
    end: Timestamp | None = None
    guest_phone: InputText | None = None
    table_id: InputText | None = None


class ReservationPatch(msgspec.Struct, frozen=True):
    """Only what is given changes. `table_id` null asks for any table that fits."""

    party_size: PartySize | UnsetType = UNSET
    start: Timestamp | UnsetType = UNSET
    end: Timestamp | UnsetType | None = UNSET
    guest_name: InputText | UnsetType = UNSET
    guest_phone: InputText | UnsetType | None = UNSET
    table_id: InputText | UnsetType | None = UNSET


class ReservationsQuery(msgspec.Struct, frozen=True):
    restaurant_id: InputText | None = None
    date: dt.date | None = None
    status: Status | None = None
    limit: PageSize | None = None
    cursor: Annotated[str, Meta(max_length=200)] = ""


class PreorderBody(msgspec.Struct, frozen=True):
    minutes_away: Annotated[int, Meta(ge=NEAREST_MINUTES, le=FARTHEST_MINUTES)]
    scope: str
    items: tuple[InputText, ...] | None = None


class Quote(msgspec.Struct, frozen=True):
    """When the kitchen would begin, as minutes before the arrival and as a sentence."""

    policy: str
    recommended_prep_minutes: int


class ReservationOut(msgspec.Struct, frozen=True):
    """A reservation; `start` and `end` in the restaurant's own offset, other times in UTC."""

    id: str
    restaurant_id: str
    table_id: str | None
    party_size: int
    start: Moment
    end: Moment
    guest_name: str
    guest_phone: str
    status: Status
    owner_id: str | None
    arrival_intent: ArrivalIntent
    prep_eta_minutes: int | None
    prep_request_time: Moment | None
    prep_items: tuple[str, ...]
    prep_scope: str | None
    prep_status: str | None
    prep_policy: str | None
    needs_attention: bool
    created_at: Moment
    updated_at: Moment


def restaurant_item(venue: Venue) -> RestaurantItem:
    return RestaurantItem(*(getattr(venue, name) for name in RestaurantItem.__struct_fields__))


def restaurant_detail(venue: Venue) -> RestaurantDetail:
    made: dict[str, Any] = {
        "areas": areas_out(venue),
        "opening_hours": hours_document(venue.hours),
        "booking": booking_limits(venue),
    }
    plain = {
        name: getattr(venue, name)
        for name in RestaurantDetail.__struct_fields__
        if name not in made
    }
    return RestaurantDetail(**plain, **made)


def booking_limits(venue: Venue) -> BookingLimits:
    policy = venue.policy
    return BookingLimits(*party_limits(venue), policy.lead_minutes, policy.horizon_days)


def floor_plan(venue: Venue) -> FloorPlan:
    return FloorPlan(Canvas(), areas_out(venue))


def areas_out(venue: Venue) -> tuple[AreaOut, ...]:
    return tuple(_area_out(area) for area in venue.areas)


def availability_out(day: DayAvailability) -> AvailabilityOut:
    zone = day.venue.zone
    return AvailabilityOut(
        slots=tuple(
            Slot(
                offered.sitting.start.astimezone(zone),
                offered.sitting.end.astimezone(zone),
                tuple(table.id for table in offered.tables),
                len(offered.tables),
            )
            for offered in day.sittings
        ),
        restaurant_timezone=day.venue.timezone,
    )


def reservation_out(reservation: Reservation, zone: ZoneInfo) -> ReservationOut:
    prep = reservation.prep
    return ReservationOut(
        id=reservation.id,
        restaurant_id=reservation.restaurant_id,
        table_id=reservation.table_id,
        party_size=reservation.party_size,
        start=reservation.start.astimezone(zone),
        end=reservation.end.astimezone(zone),
        guest_name=reservation.guest_name,
        guest_phone=reservation.guest_phone,
        status=reservation.status,
        owner_id=reservation.owner_id,
        arrival_intent=reservation.arrival_intent,
        prep_eta_minutes=prep.eta_minutes,
        prep_request_time=prep.request_time,
        prep_items=prep.items,
        prep_scope=prep.scope,
        prep_status=prep.status,
        prep_policy=prep.policy,
        needs_attention=reservation.needs_attention,
        created_at=reservation.created_at,
        updated_at=reservation.updated_at,
    )


def _area_out(area: Area) -> AreaOut:
    tables = tuple(_table_out(table) for table in area.tables)
    return AreaOut(area.id, area.name, area.theme, area.landmarks, tables)


def _table_out(table: Table) -> TableOut:
    return TableOut(*(getattr(table, name) for name in TableOut.__struct_fields__))
