"""Which locations count: whether one is plausible, is about this visit, or is an arrival.

Phones send (0, 0) before they have a fix, apps swap the two numbers, and a position by radio mast
or in a tunnel is kilometres off. A location from which no guest sets out is refused. One that this
guest cannot have reached since the last is set aside, until the phone has sent the same
neighbourhood so often that the earlier location must have been wrong.

A phone in a town errs by tens of metres and now and then by hundreds (reflections off façades), so
one signal inside the fence proves nothing: two in a row do, or one so close that the error no
longer matters.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.domain.places.geo import Coordinates, is_on_earth, straight_line_km, swapped
from bakureserve.domain.reservations.reservation import Reservation

FARTHEST_KM = 350.0
"""As far as a guest gets in the longest time they may announce (240 minutes), and from Baku to the
far end of the country."""
NOWHERE = Coordinates(0.0, 0.0)
"""What phones send before they have a fix: a point in the Atlantic."""
NOWHERE_KM = 1.0

FASTEST_KMH = 200.0
ERROR_KM = 5.0
"""How far off a position by radio masts may be where these stand far apart."""
SURE_AFTER = 3
"""This many locations in a row are believed if they agree with one another but not with the last
accepted one: two may be one reflection, or one tunnel."""


class Sighting(msgspec.Struct, frozen=True):
    """A location that was set aside, when, and how many in a row agree so far."""

    place: Coordinates
    at: dt.datetime
    in_a_row: int


def require_plausible(place: Coordinates, door: Coordinates | None) -> None:
    """Raises Invalid where no guest sets out for this door: location_nowhere, location_swapped,
    location_too_far. Without a door only the first can be known."""
    if straight_line_km(place, NOWHERE) <= NOWHERE_KM:
        raise Invalid("location_nowhere", field="latitude")
    if door is None or _is_near(place, door):
        return
    turned = swapped(place)
    if is_on_earth(turned) and _is_near(turned, door):
        raise Invalid("location_swapped", field="latitude")
    away = round(straight_line_km(place, door))
    raise Invalid("location_too_far", field="latitude", kilometres=away, farthest=FARTHEST_KM)


def is_in_reach(here: Coordinates, at: dt.datetime, there: Coordinates, now: dt.datetime) -> bool:
    """Whether a guest who was `here` can be `there` by now, by any road and any usual error."""
    hours = abs((now - at).total_seconds()) / 3600
    return straight_line_km(here, there) <= ERROR_KM + FASTEST_KMH * hours


def sighted(before: Sighting | None, place: Coordinates, now: dt.datetime) -> Sighting:
    """One more location out of reach, counted with those before it that it agrees with."""
    agrees = before is not None and is_in_reach(before.place, before.at, place, now)
    return Sighting(place, now, before.in_a_row + 1 if before and agrees else 1)


def _is_near(place: Coordinates, door: Coordinates) -> bool:
    return straight_line_km(place, door) <= FARTHEST_KM


AT_THE_DOOR_METERS = 50.0
SIGNALS_IN_A_ROW = 2


def meters_between(one: Coordinates, other: Coordinates) -> float:
    """The straight line in metres."""
    return straight_line_km(one, other) * 1000


def signals_inside(before: int, distance: float, fence: float) -> int:
    """How many signals in a row came from within `fence` metres, after one from `distance`."""
    return before + 1 if distance <= fence else 0


def has_arrived(signals: int, distance: float) -> bool:
    """Whether the guest has arrived, after so many signals in a row from within the fence."""
    return signals >= SIGNALS_IN_A_ROW or (signals == 1 and distance <= AT_THE_DOOR_METERS)


FOLLOWED_BEFORE = dt.timedelta(minutes=120)
"""Locations are accepted from this long before the booked time: the longest way a guest can
announce (90 minutes) and the half hour before their time for which the kitchen may already cook."""
THERE_BEFORE = dt.timedelta(minutes=60)
"""A phone at the door is an arrival from this long before the booked time on; a guest seen there
sooner lives next door, or passes by."""


def may_be_on_the_way(reservation: Reservation, now: dt.datetime) -> bool:
    """Whether a location can be about the way to this sitting: a seated party is not on the way."""
    awaited = reservation.status == "booked"
    return awaited and reservation.start - FOLLOWED_BEFORE <= now < reservation.end


def may_have_arrived(reservation: Reservation, now: dt.datetime) -> bool:
    """Whether a phone at the door can be the guest's arrival for this sitting."""
    return reservation.start - THERE_BEFORE <= now < reservation.end
