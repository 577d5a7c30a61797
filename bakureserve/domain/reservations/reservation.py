"""A reservation with its arrival intent, what a reader may see of both, and requests for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from math import ceil
from typing import Any, Literal

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.places.estimate import Estimate, RouteSource, TrafficCondition
from bakureserve.domain.places.geo import Coordinates

Status = Literal["booked", "seated", "completed", "cancelled", "no_show"]

NAMELESS = "—"
"""Shown for a guest without a name, in every language."""

HOLDS_A_TABLE: frozenset[str] = frozenset({"booked", "seated"})
"""A reservation holds its table exactly while it has one of these statuses."""

Source = Literal["web", "app", "phone", "walk_in", "staff", "api", "import"]
"""How a reservation was made; `import` came from the old server."""

CancelledBy = Literal["guest", "staff", "system"]

ArrivalStatus = Literal[
    "idle", "requested", "queued", "approved", "rejected", "cancelled", "arrived"
]
PrepScope = Literal["starters", "mains", "full"]
EtaSource = Literal["user", "prediction", "location"]


class ArrivalIntent(msgspec.Struct, frozen=True, kw_only=True):
    """What the guest announced, and what was found out about their trip. Times are UTC."""

    status: ArrivalStatus = "idle"
    lead_minutes: int | None = None
    prep_scope: PrepScope | None = None
    eta_source: EtaSource | None = None
    last_signal: dt.datetime | None = None
    share_location: bool = False
    notes: str | None = None
    auto_charge: bool = False
    predicted_eta_minutes: int | None = None
    predicted_eta_seconds: int | None = None
    typical_eta_minutes: int | None = None
    confirmed_eta_minutes: int | None = None
    current_location: Coordinates | None = None
    last_location: Coordinates | None = None
    route_distance_km: float | None = None
    route_summary: str | None = None
    traffic_condition: TrafficCondition | None = None
    traffic_source: RouteSource | None = None
    traffic_updated_at: dt.datetime | None = None
    fire_at: dt.datetime | None = None
    arrived_at: dt.datetime | None = None

    def minutes_left(self, at: dt.datetime) -> int | None:
        """Minutes until the guest arrives, by their own announcement if that came last, else by the
        prediction. 0 once that has passed or they have arrived; None if nothing is known."""
        if self.arrived_at is not None:
            return 0
        minutes = self.confirmed_eta_minutes if self.eta_source == "user" else None
        if minutes is None:
            minutes = self.predicted_eta_minutes
        if minutes is None or self.last_signal is None:
            return minutes
        return max(0, minutes - int((at - self.last_signal).total_seconds() // 60))


_WHEREABOUTS = ("current_location", "last_location", "route_summary")
_PREDICTED = (
    "predicted_eta_minutes",
    "predicted_eta_seconds",
    "typical_eta_minutes",
    "route_distance_km",
    "traffic_condition",
    "traffic_source",
    "traffic_updated_at",
)


def estimate_fields(estimate: Estimate, now: dt.datetime) -> dict[str, Any]:
    """The fields of an intent that an estimate fills; the prediction comes from the forecast."""
    return {
        "typical_eta_minutes": estimate.typical_eta_minutes,
        "route_distance_km": round(estimate.distance_km, 2),
        "route_summary": estimate.summary or None,
        "traffic_condition": estimate.traffic_condition,
        "traffic_source": estimate.provider,
        "traffic_updated_at": now,
    }


def with_unstored_location(
    intent: ArrivalIntent, place: Coordinates, estimate: Estimate | None, now: dt.datetime
) -> ArrivalIntent:
    """The intent as it is shown for a location that is not stored."""
    here = msgspec.structs.replace(intent, current_location=place)
    if estimate is None:
        return here
    return msgspec.structs.replace(
        here,
        predicted_eta_minutes=estimate.eta_minutes,
        predicted_eta_seconds=estimate.eta_seconds,
        **estimate_fields(estimate, now),
    )


def known_fields(intent: ArrivalIntent) -> dict[str, Any]:
    """What was predicted of the drive, if a location was ever routed."""
    return _fields(intent, _PREDICTED) if intent.traffic_source is not None else {}


def place_fields(intent: ArrivalIntent) -> dict[str, Any]:
    """The fields that say where the guest is or was."""
    return _fields(intent, _WHEREABOUTS)


def _fields(intent: ArrivalIntent, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in names}


class Prep(msgspec.Struct, frozen=True, kw_only=True):
    """A pre-order: what the kitchen is asked to have ready when the guest comes."""

    eta_minutes: int | None = None
    request_time: dt.datetime | None = None
    items: tuple[str, ...] = ()
    scope: str | None = None
    status: str | None = None
    policy: str | None = None


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """A party's booking. All times are UTC.

    The sitting is half-open, [start, end); the table is held until `held_until`, which is `end`
    plus the restaurant's buffer. `service_date` is the restaurant-local date of the service the
    sitting belongs to: half past midnight in a service that opened on Friday belongs to Friday.
    `attention` holds codes of what staff should look at, such as `no_table` if it lacks a table.
    `notes` are the guest's, `staff_notes` and `tags` the restaurant's. `pinned` keeps it at its
    table. `hidden` hides it from its guest. `language` is the one it was booked in, "" if unknown.
    `version` counts its changes, from 1.
    """

    id: str
    restaurant_id: str
    table_id: str | None
    party_size: int
    start: dt.datetime
    end: dt.datetime
    held_until: dt.datetime
    service_date: dt.date
    guest_name: str
    guest_phone: str = ""
    status: Status = "booked"
    owner_id: str | None = None
    prep: Prep = Prep()
    arrival_intent: ArrivalIntent = ArrivalIntent()
    notes: str = ""
    staff_notes: str = ""
    tags: tuple[str, ...] = ()
    source: Source = "api"
    pinned: bool = False
    attention: tuple[str, ...] = ()
    cancelled_by: CancelledBy | None = None
    cancelled_late: bool = False
    hidden: bool = False
    language: str = ""
    extra: dict[str, Any] = {}
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int = 1

    @property
    def needs_attention(self) -> bool:
        return bool(self.attention)


_PEOPLE = frozenset({"guest", "staff", "admin"})


def may_see(reader: Actor, reservation: Reservation) -> bool:
    """Whether `reader` may see the reservation: their restaurant's, or their own unless hidden."""
    if reader.owns(reservation.owner_id) and not reservation.hidden:
        return True
    return reader.is_staff_of(reservation.restaurant_id)


def seen_by(reader: Actor, reservation: Reservation) -> Reservation:
    """The reservation as `reader` may see it.

    A guest sees their own whereabouts. Everyone else, whatever their scopes, sees how many minutes
    away the guest is and how far in whole kilometres: enough for a kitchen, too little to find a
    person. Staff notes are for the staff alone.
    """
    if reservation.staff_notes and not reader.is_staff_of(reservation.restaurant_id):
        reservation = msgspec.structs.replace(reservation, staff_notes="")
    if reader.kind in _PEOPLE and reader.owns(reservation.owner_id):
        return reservation
    return msgspec.structs.replace(
        reservation, arrival_intent=without_whereabouts(reservation.arrival_intent)
    )


def without_whereabouts(intent: ArrivalIntent) -> ArrivalIntent:
    """The trip in minutes and whole kilometres, rounded up: no coordinates, seconds or streets."""
    return msgspec.structs.replace(
        intent,
        predicted_eta_seconds=None,
        route_distance_km=coarse_km(intent.route_distance_km),
        **dict.fromkeys(_WHEREABOUTS),
    )


def coarse_km(kilometres: float | None) -> float | None:
    """A distance as others may see it: rounded up to a whole kilometre."""
    return None if kilometres is None else float(ceil(kilometres))


STAFF_FIELDS = ("staff_notes", "tags", "pinned")
"""Fields that only a restaurant's staff may set."""


class BookingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as requested. A `start` or `end` without an offset is restaurant-local time.

    `language` is the one of the request, "" if unknown. Only the restaurant's staff may set
    STAFF_FIELDS.
    """

    restaurant_id: str
    party_size: int
    start: dt.datetime
    end: dt.datetime | None = None
    guest_name: str
    guest_phone: str = ""
    table_id: str | None = None
    language: str = ""
    notes: str = ""
    staff_notes: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool | None = None


class BookingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change to a booking: UNSET keeps the present value, `table_id` None asks for any that
    fits."""

    party_size: int | msgspec.UnsetType = msgspec.UNSET
    start: dt.datetime | msgspec.UnsetType = msgspec.UNSET
    end: dt.datetime | msgspec.UnsetType | None = msgspec.UNSET
    guest_name: str | msgspec.UnsetType = msgspec.UNSET
    guest_phone: str | msgspec.UnsetType = msgspec.UNSET
    table_id: str | msgspec.UnsetType | None = msgspec.UNSET
    notes: str | msgspec.UnsetType = msgspec.UNSET
    staff_notes: str | msgspec.UnsetType = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    pinned: bool | msgspec.UnsetType = msgspec.UNSET
