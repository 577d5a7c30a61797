"""Restaurants, their floor plans and what they offer."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec

from bakureserve.domain.reservations.sittings import party_limits
from bakureserve.domain.restaurants.card import Card
from bakureserve.domain.restaurants.hours_document import hours_document
from bakureserve.domain.restaurants.restaurant import Area, Point, Restaurant, Table, TableShape
from bakureserve.server.shapes import Moment
from bakureserve.services.reservations.availability import DayAvailability
from bakureserve.services.restaurants.photos import Photos


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
    """The size of the plane in which positions and footprints lie."""

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
    cover_photo: str | None


class BookingLimits(msgspec.Struct, frozen=True):
    """What a guest may ask for: party sizes, and how long ahead of a sitting.

    From `cancellation_minutes` before the start on a cancellation is late.
    """

    smallest_party: int
    largest_party: int
    lead_minutes: int
    horizon_days: int
    cancellation_minutes: int


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


class Slot(msgspec.Struct, frozen=True):
    """An offered sitting, in the restaurant's own offset."""

    start: Moment
    end: Moment
    available_table_ids: tuple[str, ...]
    count: int


class AvailabilityOut(msgspec.Struct, frozen=True):
    slots: tuple[Slot, ...]
    restaurant_timezone: str


_plain = attrgetter(*(name for name in RestaurantItem.__struct_fields__ if name != "cover_photo"))


def restaurant_item(restaurant: Restaurant | Card, photos: Photos) -> RestaurantItem:
    return RestaurantItem(*(*_plain(restaurant), photos.address(restaurant.cover_photo)))


def restaurant_detail(restaurant: Restaurant, photos: Photos) -> RestaurantDetail:
    made: dict[str, Any] = {
        "cover_photo": photos.address(restaurant.cover_photo),
        "photos": photos.addresses(restaurant.photos),
        "map_images": photos.addresses(restaurant.map_images),
        "areas": areas_out(restaurant),
        "opening_hours": hours_document(restaurant.hours),
        "booking": booking_limits(restaurant),
    }
    plain = {
        name: getattr(restaurant, name)
        for name in RestaurantDetail.__struct_fields__
        if name not in made
    }
    return RestaurantDetail(**plain, **made)


def booking_limits(restaurant: Restaurant) -> BookingLimits:
    policy = restaurant.policy
    return BookingLimits(
        *party_limits(restaurant),
        policy.lead_minutes,
        policy.horizon_days,
        policy.cancellation_minutes,
    )


def floor_plan(restaurant: Restaurant) -> FloorPlan:
    return FloorPlan(Canvas(), areas_out(restaurant))


def areas_out(restaurant: Restaurant) -> tuple[AreaOut, ...]:
    return tuple(_area_out(area) for area in restaurant.areas)


def availability_out(day: DayAvailability) -> AvailabilityOut:
    zone = day.restaurant.zone
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
        restaurant_timezone=day.restaurant.timezone,
    )


def _area_out(area: Area) -> AreaOut:
    tables = tuple(_table_out(table) for table in area.tables)
    return AreaOut(area.id, area.name, area.theme, area.landmarks, tables)


def _table_out(table: Table) -> TableOut:
    return TableOut(*(getattr(table, name) for name in TableOut.__struct_fields__))
