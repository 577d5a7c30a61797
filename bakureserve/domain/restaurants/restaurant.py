"""A restaurant as the booking rules see it: its rooms, tables, hours and booking policy."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

TableShape = Literal["circle", "rect", "booth", "pod"]
Point = tuple[float, float]

MINUTES_A_DAY = 24 * 60
USUAL_ZONE = "Asia/Baku"
"""The time zone of a restaurant that names none."""
LONGEST_SITTING = dt.timedelta(hours=24)
"""No sitting, its buffer included, is longer; the schema checks it, and lookups rely on it."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table. `position` and `footprint` are in per cent of the floor plan's canvas, `rotation`
    in degrees. `key` is the store's own number for it, 0 before it is stored. `extra` holds
    a document's unknown fields, here as in areas and restaurants."""

    id: str
    name: str
    capacity: int
    position: Point = (0.0, 0.0)
    shape: TableShape = "rect"
    tags: tuple[str, ...] = ()
    rotation: float = 0.0
    footprint: tuple[Point, ...] = ()
    noise_level: str | None = None
    featured: bool = False
    extra: dict[str, Any] = {}
    key: int = 0


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A room or terrace. Landmarks (kitchen, bar, door …) are drawn, not otherwise understood."""

    id: str
    name: str
    theme: dict[str, Any] = {}
    landmarks: tuple[dict[str, Any], ...] = ()
    tables: tuple[Table, ...] = ()
    extra: dict[str, Any] = {}


class Period(msgspec.Struct, frozen=True):
    """An unbroken service, in minutes after the service day's midnight.

    `closes` beyond 1440 is after midnight: 18:00 to 02:00 is Period(1080, 1560).
    """

    opens: int
    closes: int


class SpecialDay(msgspec.Struct, frozen=True, kw_only=True):
    """A date with periods that replace the weekly ones; no periods means closed."""

    date: dt.date
    periods: tuple[Period, ...] = ()
    note: str = ""


class OpeningHours(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly periods, Monday first, and the special days that override them."""

    weekly: tuple[tuple[Period, ...], ...]
    special_days: tuple[SpecialDay, ...] = ()


class TurnTime(msgspec.Struct, frozen=True):
    """How long parties of up to `up_to` covers sit, in minutes."""

    up_to: int
    minutes: int


class BookingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a restaurant takes bookings. All durations are in minutes unless named otherwise.

    - `slot_minutes`: the grid on which sittings start, counted from each period's opening.
    - `turn_times`: ascending by `up_to`; parties beyond the last entry sit as long as it says.
    - `buffer_minutes`: the table stays held this long after a sitting, to be cleared and laid.
    - `last_seating_minutes`: the last sitting starts this long before closing and is shortened to
      end at closing. None: a sitting must fit before closing whole.
    - `lead_minutes`: how long before its start a sitting can last be booked.
    - `cancellation_minutes`: how long before its start a cancellation begins to be a late one.
    - `horizon_days`: how many days ahead, counted in restaurant-local dates, a sitting can be
      booked.
    - `max_party`: None means as large as the largest table.
    """

    slot_minutes: int = 30
    turn_times: tuple[TurnTime, ...] = (TurnTime(up_to=2, minutes=90),)
    buffer_minutes: int = 0
    last_seating_minutes: int | None = None
    lead_minutes: int = 0
    cancellation_minutes: int = 0
    horizon_days: int = 60
    min_party: int = 1
    max_party: int | None = None


class ArrivalPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a restaurant receives a guest on the way. Durations are in minutes.

    - `geofence_meters`: how near, in a straight line, a guest counts as there.
    - `seating_minutes`: from the door to the table.
    - `starters_minutes`, `mains_minutes`, `full_minutes`: how long the kitchen needs for each.
    - `late_after_minutes`: how long after the booked time a guest is still on time.
    """

    geofence_meters: int = 150
    seating_minutes: int = 5
    starters_minutes: int = 10
    mains_minutes: int = 20
    full_minutes: int = 25
    late_after_minutes: int = 10


DAYS_REMEMBERED = 100
"""Dates per restaurant that the rules remember: guests ask for the same ones again and again."""


class Remembered:
    """What the rules have worked out for a restaurant, by service date and by party size.

    Never stale: a Restaurant never changes, and nothing here depends on what time it is now.
    """

    __slots__ = ("grids", "openings", "services")

    def __init__(self) -> None:
        self.services: dict[dt.date, Any] = {}
        self.openings: dict[dt.date, dt.datetime] = {}
        self.grids: dict[int, Any] = {}


class Restaurant(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A restaurant with all its parts. `revision` rises with every change to any of them.

    `notify_email` and `webhook_url` get news of its bookings; guests never see them.
    """

    id: str
    slug: str
    name: str
    timezone: str = USUAL_ZONE
    city: str = "Baku"
    neighborhood: str = ""
    address: str = ""
    short_description: str = ""
    cuisine: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price_level: str = ""
    average_spend: str = ""
    cover_photo: str = ""
    photos: tuple[str, ...] = ()
    highlights: tuple[str, ...] = ()
    map_images: tuple[str, ...] = ()
    experiences: tuple[str, ...] = ()
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    directions_url: str = ""
    menu_url: str = ""
    instagram: str = ""
    whatsapp: str = ""
    dress_code: str = ""
    notify_email: str = ""
    webhook_url: str = ""
    areas: tuple[Area, ...] = ()
    hours: OpeningHours
    policy: BookingPolicy = BookingPolicy()
    arrival: ArrivalPolicy = ArrivalPolicy()
    extra: dict[str, Any] = {}
    revision: int = 0

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def remembered(self) -> Remembered:
        return Remembered()

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        return tuple(table for area in self.areas for table in area.tables)

    @cached_property
    def tables_by_size(self) -> tuple[Table, ...]:
        """Smallest first; equal ones in floor-plan order."""
        return tuple(sorted(self.tables, key=lambda table: table.capacity))

    @cached_property
    def tables_by_id(self) -> dict[str, Table]:
        return {table.id: table for table in self.tables}
