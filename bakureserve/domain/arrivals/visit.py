"""What can be true of this visit: when a guest is followed and from when on they may be there, how
long a word of theirs is good, and when a booking that is moved becomes another visit.
"""

from __future__ import annotations

import datetime as dt

from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.hours import is_same_service
from bakureserve.domain.restaurants.restaurant import Restaurant

FOLLOWED_BEFORE = dt.timedelta(minutes=120)
"""Locations are taken from so long before the booked time: the longest way a guest can announce (90
minutes) and the half hour before their time for which the kitchen may already cook."""
THERE_BEFORE = dt.timedelta(minutes=60)
"""A phone at the door is an arrival from so long before the booked time on; who is there sooner
lives next door, or walks past."""
WORD_HOLDS = dt.timedelta(minutes=30)
"""Who is not there so long after the moment they named has said nothing about when they come."""
ANOTHER_MEAL = dt.timedelta(hours=5)
"""From lunch to dinner where the kitchen never closes: nothing that was begun for one serves for
the other."""


def is_followed(reservation: Reservation, now: dt.datetime) -> bool:
    """Whether a location can be about the way to this sitting: nobody who sits is on the way."""
    awaited = reservation.status == "booked"
    return awaited and reservation.start - FOLLOWED_BEFORE <= now < reservation.end


def may_be_there(reservation: Reservation, now: dt.datetime) -> bool:
    """Whether a phone at the door can be the guest's arrival for this sitting."""
    return reservation.start - THERE_BEFORE <= now < reservation.end


def is_another(restaurant: Restaurant, before: Reservation, after: Reservation) -> bool:
    """Whether a moved booking is another visit: another service, or another meal of a long one."""
    if before.start == after.start:
        return False
    return (
        before.service_date != after.service_date
        or abs(after.start - before.start) >= ANOTHER_MEAL
        or not is_same_service(restaurant, before.start, after.start)
    )
