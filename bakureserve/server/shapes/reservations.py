"""A reservation as its guest and the staff see it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from bakureserve.domain.accounts.actor import Actor, bare_subject
from bakureserve.domain.reservations.reservation import (
    ArrivalIntent,
    Reservation,
    Source,
    Status,
    seen_by,
)
from bakureserve.server.shapes import Moment


class ReservationOut(msgspec.Struct, frozen=True):
    """A reservation; `start` and `end` in the restaurant's own offset, other times in UTC.

    Only its guest sees their own location; staff see minutes and whole kilometres. Only staff see
    `staff_notes`.
    """

    id: str
    restaurant_id: str
    table_id: str | None
    party_size: int
    start: Moment
    end: Moment
    guest_name: str
    guest_phone: str | None
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
    attention: tuple[str, ...]
    notes: str | None
    staff_notes: str | None
    tags: tuple[str, ...]
    source: Source
    tables: tuple[str, ...]
    pinned: bool
    cancelled_late: bool
    created_at: Moment
    updated_at: Moment


def reservation_out(reservation: Reservation, zone: ZoneInfo, reader: Actor) -> ReservationOut:
    """The reservation as `reader` may see it."""
    reservation = seen_by(reader, reservation)
    prep = reservation.prep
    return ReservationOut(
        id=reservation.id,
        restaurant_id=reservation.restaurant_id,
        table_id=reservation.table_id,
        party_size=reservation.party_size,
        start=reservation.start.astimezone(zone),
        end=reservation.end.astimezone(zone),
        guest_name=reservation.guest_name,
        guest_phone=reservation.guest_phone or None,
        status=reservation.status,
        owner_id=bare_subject(reservation.owner_id) if reservation.owner_id else None,
        arrival_intent=reservation.arrival_intent,
        prep_eta_minutes=prep.eta_minutes,
        prep_request_time=prep.request_time,
        prep_items=prep.items,
        prep_scope=prep.scope,
        prep_status=prep.status,
        prep_policy=prep.policy,
        needs_attention=reservation.needs_attention,
        attention=reservation.attention,
        notes=reservation.notes or None,
        staff_notes=reservation.staff_notes or None,
        tags=reservation.tags,
        source=reservation.source,
        tables=(reservation.table_id,) if reservation.table_id else (),
        pinned=reservation.pinned,
        cancelled_late=reservation.cancelled_late,
        created_at=reservation.created_at,
        updated_at=reservation.updated_at,
    )
