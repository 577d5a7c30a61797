"""Guests on the way: their announcements and locations, the staff's answers, and the board.

Routes are requested outside any transaction, so that no map service can hold up the store; the
result is then applied to the trip as it is by that time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from math import ceil
from typing import Literal, NamedTuple

import msgspec

from bakureserve.domain import text
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals import trip as trips_of
from bakureserve.domain.arrivals.board import OnTheWay, board_entry
from bakureserve.domain.arrivals.intent import Role, roles_of
from bakureserve.domain.arrivals.location import (
    AT_THE_DOOR_METERS,
    may_be_on_the_way,
    may_have_arrived,
    meters_between,
    require_plausible,
)
from bakureserve.domain.arrivals.review import is_late, plan_of, reckoned_at
from bakureserve.domain.arrivals.trip import Trip, Wish
from bakureserve.domain.errors import Conflict, Forbidden, TooMany
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.lifecycle import require_active, require_not_over
from bakureserve.domain.reservations.reservation import Reservation, with_unstored_location
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.eta.engine import EtaEngine
from bakureserve.services.arrivals import calibration, trip_recorder
from bakureserve.services.reservations.seating import Seating
from bakureserve.services.reservations.unit import BookingUnit, BookingUnits, visible
from bakureserve.store.arrivals import trips
from bakureserve.store.transaction import Transaction

Decision = Literal["approve", "queue", "reject", "cancel"]

_DECIDED: dict[Decision, str] = {
    "approve": "arrival.approved",
    "queue": "arrival.queued",
    "reject": "arrival.rejected",
    "cancel": "arrival.cancelled",
}


class PingLimits(msgspec.Struct, frozen=True):
    """How often a location may come (seconds), and how far apart routes are requested (metres).

    0 switches either off.
    """

    interval: float
    distance: float


class _StepContext(NamedTuple):
    """The context of a step: the reservation, its restaurant, the time and the actor's roles."""

    reservation: Reservation
    restaurant: Restaurant
    now: dt.datetime
    roles: frozenset[Role]


class Arrivals:
    """Follows guests to the door, for one store."""

    def __init__(
        self,
        units: BookingUnits,
        *,
        eta: EtaEngine,
        limits: PingLimits,
    ) -> None:
        self._units = units
        self._database = units.database
        self._directory = units.directory
        self._clock = units.clock
        self._eta = eta
        self._limits = limits

    async def request(self, actor: Actor, reservation_id: str, wish: Wish) -> Reservation:
        """The guest announces themselves. Staff may do it for a guest who telephones, but not
        share a location for them.

        Raises NotFound, Forbidden, Conflict, Invalid, Unavailable, as all of these do.
        """
        wish = msgspec.structs.replace(wish, notes=_notes(wish.notes))

        def step(trip: Trip, at: _StepContext) -> Trip:
            if wish.share_location and "guest" not in at.roles:
                raise Forbidden("location_of_another")
            require_not_over(at.reservation, at.now)
            return trips_of.announce(trip, wish, at.now, at.roles)

        return await self._step(actor, reservation_id, "arrival.requested", step)

    async def decide(
        self, actor: Actor, reservation_id: str, decision: Decision, notes: str | None = None
    ) -> Reservation:
        """Staff approve, queue or reject; they or the guest cancel."""
        kept = _notes(notes)

        def step(trip: Trip, at: _StepContext) -> Trip:
            return trips_of.decide(trip, decision, at.now, at.roles, kept)

        return await self._step(actor, reservation_id, _DECIDED[decision], step)

    async def promise(self, actor: Actor, reservation_id: str, minutes: int) -> Reservation:
        """The guest announces to be there in `minutes`, in the app or by telephone."""

        def step(trip: Trip, at: _StepContext) -> Trip:
            require_not_over(at.reservation, at.now)
            return trips_of.promise_arrival(trip, minutes, at.now)

        return await self._step(actor, reservation_id, "arrival.promised", step)

    async def arrive(self, actor: Actor, reservation_id: str) -> Reservation:
        """Staff record that the guest is at the door, announced or not."""

        def step(trip: Trip, at: _StepContext) -> Trip:
            return trips_of.decide(trip, "arrive", at.now, at.roles)

        return await self._step(actor, reservation_id, "arrival.arrived", step)

    async def undo_arrival(self, actor: Actor, reservation_id: str) -> Reservation:
        """Staff undo an arrival recorded by mistake; a seated party must be unseated first."""

        def step(trip: Trip, at: _StepContext) -> Trip:
            back = trips_of.undo_arrival(trip, at.roles)
            if at.reservation.status == "seated":
                raise Conflict("arrival_of_seated")
            return back

        return await self._step(actor, reservation_id, "arrival.taken_back", step)

    async def locate(self, actor: Actor, reservation_id: str, place: Coordinates) -> Reservation:
        """Take the guest's location: make a new estimate, unless they have hardly moved, or note
        their arrival.

        Around the booked time this is their consent to be followed. At any other time, unless they
        agreed explicitly, it is answered and not stored. A location that they cannot have reached
        is set aside; the answer then has the last plausible one. Raises Invalid for a location
        where no guest can be, and TooMany within the ping interval of the last one, in any process.
        """

        def look(transaction: Transaction) -> tuple[Reservation, Trip, Restaurant | None]:
            reservation, trip = self._locatable(transaction, actor, reservation_id)
            held = self._directory.held(transaction, reservation.restaurant_id)
            return reservation, trip, held

        reservation, trip, held = await self._database.read(look)
        restaurant = held or await self._directory.known(reservation.restaurant_id)
        require_plausible(place, _door(restaurant))
        estimate = None
        if trips_of.set_aside(trip, place, self._clock()) is None:
            estimate = await self._estimate(reservation, trip, place, restaurant)

        def note(unit: BookingUnit) -> Reservation:
            current, before = self._locatable(unit.transaction, actor, reservation_id)
            if not (before.is_shared or may_be_on_the_way(current, unit.now)):
                return _answer_only(unit, current, before, place, estimate)
            doubted = trips_of.set_aside(before, place, unit.now)
            if doubted is not None:
                return trip_recorder.settle(unit, current, before, doubted).reservation
            return _record_location(unit, current, before, place, estimate)

        return await self._units.run(actor, restaurant, note)

    async def withdraw(self, actor: Actor, reservation_id: str) -> Reservation:
        """Withdraw the guest's consent to be followed, and forget where they were."""

        def step(trip: Trip, at: _StepContext) -> Trip:
            if "guest" not in at.roles:
                raise Forbidden("location_of_another")
            return trips_of.withdraw_consent(trip)

        return await self._step(actor, reservation_id, "arrival.unshared", step)

    async def board(self, actor: Actor, id_or_slug: str) -> list[OnTheWay]:
        """The parties that are coming, at the door or due at their table, by booked time; for
        staff.

        Raises NotFound, Forbidden, Unavailable.
        """
        restaurant = await self._directory.restaurant(id_or_slug)
        actor.require_staff_of(restaurant.id)
        now = self._clock()

        def entries(transaction: Transaction) -> list[OnTheWay]:
            seating = Seating(transaction, restaurant, now, overstay=self._units.overstay)
            return [
                _entry_with_table(seating, restaurant, reservation, trip, now)
                for reservation, trip in trips.expected_at(transaction, restaurant.id, now)
            ]

        return await self._database.read(entries)

    async def _step(
        self,
        actor: Actor,
        reservation_id: str,
        action: str,
        step: Callable[[Trip, _StepContext], Trip],
    ) -> Reservation:
        def take(unit: BookingUnit, reservation: Reservation) -> Reservation:
            require_active(reservation)
            at = _StepContext(reservation, unit.restaurant, unit.now, roles_of(actor, reservation))
            return trip_recorder.change(unit, reservation, action, lambda trip: step(trip, at))

        return await self._units.change(actor, reservation_id, take)

    def _locatable(
        self, transaction: Transaction, actor: Actor, reservation_id: str
    ) -> tuple[Reservation, Trip]:
        """The reservation and its trip, if the actor may send a location for it now.

        Raises NotFound, Forbidden, Conflict, TooMany.
        """
        reservation = visible(transaction, actor, reservation_id)
        if not actor.owns(reservation.owner_id):
            raise Forbidden("location_of_another")
        require_active(reservation)
        trip = trips.get(transaction, reservation)
        trips_of.require_followable(trip)
        self._require_interval(trip)
        return reservation, trip

    def _require_interval(self, trip: Trip) -> None:
        if trip.last_ping_at is None:
            return
        passed = (self._clock() - trip.last_ping_at).total_seconds()
        wait = self._limits.interval - passed
        # Do not lock guests out when a clock was set back; two servers' clocks may differ by less.
        if wait > 0 and passed > -self._limits.interval:
            raise TooMany("location_too_soon", retry_after=wait, seconds=ceil(wait))

    async def _estimate(
        self, reservation: Reservation, trip: Trip, place: Coordinates, restaurant: Restaurant
    ) -> Estimate | None:
        """The estimate from `place`; None if the door is unknown or reached, or the guest hardly
        moved."""
        door, distance = _door(restaurant), _meters_to(restaurant, place)
        if door is None or distance is None:
            return None
        if distance <= AT_THE_DOOR_METERS and _may_arrive(reservation, trip, self._clock()):
            return None
        has_moved = (
            trip.routed_from is None
            or meters_between(trip.routed_from, place) >= self._limits.distance
        )
        return await self._eta.estimate(place, door) if has_moved else None


def _may_arrive(reservation: Reservation, trip: Trip, now: dt.datetime) -> bool:
    return trip.is_open and may_have_arrived(reservation, now)


def _answer_only(
    unit: BookingUnit,
    reservation: Reservation,
    trip: Trip,
    place: Coordinates,
    estimate: Estimate | None,
) -> Reservation:
    """The answer to a location that is not about this visit; only its time is stored."""
    trip_recorder.settle(unit, reservation, trip, trips_of.answer_location(trip, unit.now))
    shown = with_unstored_location(trip.intent, place, estimate, unit.now)
    return msgspec.structs.replace(reservation, arrival_intent=shown)


def _record_location(
    unit: BookingUnit,
    current: Reservation,
    before: Trip,
    place: Coordinates,
    estimate: Estimate | None,
) -> Reservation:
    after = trips_of.locate(
        before,
        place,
        unit.now,
        distance=_meters_to(unit.restaurant, place),
        estimate=estimate,
        fence=unit.restaurant.arrival.geofence_meters,
        may_arrive=_may_arrive(current, before, unit.now),
    )
    if estimate is not None and after.is_open:
        calibration.predicted(unit.transaction, current.id, unit.restaurant, estimate, now=unit.now)
    arrived = after.intent.status == "arrived"
    action = "arrival.arrived" if arrived else "arrival.located"
    return trip_recorder.settle(unit, current, before, after, action).reservation


def _entry_with_table(
    seating: Seating,
    restaurant: Restaurant,
    reservation: Reservation,
    trip: Trip,
    now: dt.datetime,
) -> OnTheWay:
    plan = plan_of(reservation, restaurant.arrival)
    arrival, table = reckoned_at(trip, plan, now), None
    if arrival is not None and is_late(trip, plan, now):
        table = seating.outlook(reservation, arrival)
    return board_entry(reservation, trip, restaurant.arrival, now, table)


def _door(restaurant: Restaurant) -> Coordinates | None:
    if restaurant.latitude is None or restaurant.longitude is None:
        return None
    return Coordinates(restaurant.latitude, restaurant.longitude)


def _meters_to(restaurant: Restaurant, place: Coordinates) -> float | None:
    """The straight line to the restaurant's door in metres; None if its position is unknown."""
    door = _door(restaurant)
    return None if door is None else meters_between(place, door)


def _notes(notes: str | None) -> str | None:
    """Notes, squeezed; None for none. Raises Invalid."""
    return None if notes is None else text.notes(notes) or None
