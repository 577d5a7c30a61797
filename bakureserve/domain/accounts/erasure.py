"""What stays of a reservation whose guest asks to be forgotten."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.reservations.attention import attention_once
from bakureserve.domain.reservations.reservation import ArrivalIntent, Prep, Reservation


def without_guest(reservation: Reservation, now: dt.datetime) -> Reservation:
    """The reservation with nothing in it that identifies the guest.

    What restaurants count stays: covers, times, table, status. One that is still to come is
    cancelled, since no guest is left to change it or to be asked about it.
    """
    to_come = reservation.status == "booked" and now < reservation.end
    status = "cancelled" if to_come else reservation.status
    return msgspec.structs.replace(
        reservation,
        guest_name="",
        guest_phone="",
        owner_id=None,
        status=status,
        attention=attention_once(status, reservation.attention),
        cancelled_by="guest" if to_come else reservation.cancelled_by,
        prep=Prep(),
        arrival_intent=_without_the_way(reservation.arrival_intent),
        extra={},
        notes="",
        staff_notes="",
        tags=(),
        language="",
        updated_at=now,
    )


def _without_the_way(intent: ArrivalIntent) -> ArrivalIntent:
    """How the arrival went, without notes and anything that tells where the guest set out from."""
    return ArrivalIntent(
        status=intent.status,
        lead_minutes=intent.lead_minutes,
        prep_scope=intent.prep_scope,
        eta_source=intent.eta_source,
        fire_at=intent.fire_at,
        arrived_at=intent.arrived_at,
    )
