"""Closing a service day: what becomes of the reservations that nobody brought to their end."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from bakureserve.domain.reservations.attention import NOT_SETTLED
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.hours import day_ends, service_at, services_on
from bakureserve.domain.restaurants.restaurant import Restaurant

SETTLING = dt.timedelta(hours=3)
"""How long after its end a day is left to the people there before it closes by itself."""

Unsettled = Literal["came", "no_show", "flag"]
"""What is done with parties that were booked and never seated."""


def closing_of(restaurant: Restaurant, day: dt.date) -> dt.datetime:
    """When a service date can be closed: at the closing of its last service, or when it ends where
    it has none (any more). Raises Invalid (time_out_of_range) where the calendar ends."""
    services = services_on(restaurant, day)
    return services[-1].closes if services else day_ends(restaurant, day)


def closes_by_itself(restaurant: Restaurant, reservation: Reservation) -> dt.datetime:
    """From when on a reservation is settled without waiting for people to do it."""
    return max(closing_of(restaurant, reservation.service_date), reservation.held_until) + SETTLING


def can_be_settled(restaurant: Restaurant, reservation: Reservation, now: dt.datetime) -> bool:
    """Whether anything can have become of it by now: its time has come, or its party sits, and it
    does not go on where the restaurant is open into the next date."""
    if reservation.status != "seated" and now < reservation.start:
        return False
    service = service_at(restaurant, reservation.start)
    return service is None or now >= min(reservation.end, service.open_until)


def settled(reservation: Reservation, unsettled: Unsettled) -> Reservation:
    """The booked or seated reservation once its day is closed.

    Who was seated has left. Who was not is settled as `unsettled` says.
    """
    if reservation.status == "seated" or unsettled == "came":
        return msgspec.structs.replace(reservation, status="completed")
    if unsettled == "no_show":
        return msgspec.structs.replace(reservation, status="no_show")
    if NOT_SETTLED in reservation.attention:
        return reservation
    attention = (*reservation.attention, NOT_SETTLED)
    return msgspec.structs.replace(reservation, attention=attention)
