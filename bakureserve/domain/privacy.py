"""What stays of a reservation when its guest asks to be forgotten."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.reservation import ArrivalIntent, Prep, Reservation


def without_guest(reservation: Reservation, now: dt.datetime) -> Reservation:
    """The reservation with nothing in it that tells whose it was.

    What restaurants count stays: covers, times, table, status. One that is still to come is
    cancelled, since nobody could change it any more or be asked about it.
    """
    to_come = reservation.status == "booked" and now < reservation.end
    return msgspec.structs.replace(
        reservation,
        guest_name="",
        guest_phone="",
        owner_id=None,
        status="cancelled" if to_come else reservation.status,
        prep=Prep(),
        arrival_intent=_without_whereabouts(reservation.arrival_intent),
        extra={},
        updated_at=now,
    )


def _without_whereabouts(intent: ArrivalIntent) -> ArrivalIntent:
    """How the arrival went, without notes and anything that tells where the guest set out from."""
    return ArrivalIntent(
        status=intent.status,
        lead_minutes=intent.lead_minutes,
        prep_scope=intent.prep_scope,
        eta_source=intent.eta_source,
        fire_at=intent.fire_at,
        arrived_at=intent.arrived_at,
    )
