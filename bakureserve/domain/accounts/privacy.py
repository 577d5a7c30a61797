"""Who may see where a guest is, and what stays of a guest who asks to be forgotten.

A guest sees their own whereabouts. Everybody else, whatever their scopes, sees how many minutes
away the guest is and how far in whole kilometres: what a kitchen needs, and too little to find
a person by.
"""

from __future__ import annotations

import datetime as dt
from math import ceil

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.reservations.attention import attention_once
from bakureserve.domain.reservations.reservation import ArrivalIntent, Prep, Reservation

_PEOPLE = frozenset({"guest", "staff", "admin"})


def may_see(reader: Actor, reservation: Reservation) -> bool:
    """Whether the reservation is there for `reader`: their restaurant's, or their own in sight."""
    if reader.owns(reservation.owner_id) and not reservation.hidden:
        return True
    return reader.is_staff_of(reservation.restaurant_id)


def seen_by(reader: Actor, reservation: Reservation) -> Reservation:
    """The reservation as `reader` may see it.

    Where the guest is stays between them and the program, what staff note between the staff.
    """
    if reservation.staff_notes and not reader.is_staff_of(reservation.restaurant_id):
        reservation = msgspec.structs.replace(reservation, staff_notes="")
    if reader.kind in _PEOPLE and reader.owns(reservation.owner_id):
        return reservation
    return msgspec.structs.replace(
        reservation, arrival_intent=without_whereabouts(reservation.arrival_intent)
    )


def without_whereabouts(intent: ArrivalIntent) -> ArrivalIntent:
    """The way in minutes and whole kilometres, rounded up: no coordinates, seconds or streets."""
    return msgspec.structs.replace(
        intent,
        predicted_eta_seconds=None,
        current_location=None,
        last_location=None,
        route_distance_km=coarse_km(intent.route_distance_km),
        route_summary=None,
    )


def coarse_km(kilometres: float | None) -> float | None:
    """A distance as others may know it: the next whole kilometre."""
    return None if kilometres is None else float(ceil(kilometres))


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
