"""Booking a table, and everything that can become of a booking.

Each change is one unit of work: it reads the reservation, applies the rules and writes the outcome
with its event and audit rows in one transaction, so that nothing can come between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, MutableSequence
from typing import Any, TypeVar

import msgspec

from bakureserve.domain import text
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations import lifecycle
from bakureserve.domain.reservations.holds import OVERSTAY
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import (
    STAFF_FIELDS,
    BookingChange,
    BookingRequest,
    Reservation,
)
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.domain.text import LONGEST_BOOKING_NOTES
from bakureserve.services.arrivals import trip_recorder
from bakureserve.services.clock import Clock, new_id
from bakureserve.services.reservations import leaving
from bakureserve.services.reservations.booking_counters import BookingCounters
from bakureserve.services.reservations.booking_unit import BookingUnit, visible
from bakureserve.services.reservations.idempotency import InFlightKeys, Once
from bakureserve.services.reservations.rebooking import rebooked
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store import ledger, reservations
from bakureserve.store.database import Database
from bakureserve.store.idempotency import Answer
from bakureserve.store.reservations import Filter, Place
from bakureserve.store.transaction import Transaction

T = TypeVar("T")

_FOR_STAFF: frozenset[Action] = frozenset({"seat", "complete", "no_show", "undo"})
_DIRECTORY_RELOADS = 5


class _DirectoryChangedError(Exception):
    """The restaurant was changed between reading it and writing the booking."""


class Booking:
    """Takes, changes and ends reservations for one store."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: Clock,
        *,
        overstay: dt.timedelta = OVERSTAY,
        bookings_per_guest: int = 0,
    ) -> None:
        self._bookings_per_guest = bookings_per_guest
        self._database = database
        self._directory = directory
        self._clock = clock
        self.overstay = overstay
        self._running = InFlightKeys()
        self.counters = BookingCounters()

    async def create(
        self, actor: Actor, request: BookingRequest, once: Once[Reservation] | None = None
    ) -> Reservation | Answer:
        """Book a table; durable when this returns. With `once`, maybe an answer given before.

        Raises NotFound (no such restaurant), Invalid (the rules do not offer it; the message says
        what they do), Conflict (offered, but taken), Unavailable.
        """
        if once is not None:
            answered = await self._database.read(once.find)
            if answered is not None:
                return answered
        name = text.guest_name(request.guest_name)
        phone = text.phone(request.guest_phone)
        notes = text.notes(request.notes, longest=LONGEST_BOOKING_NOTES)
        for_staff = _for_staff(request)

        def book(unit: BookingUnit) -> Reservation | Answer:
            if once is not None and (answered := once.find(unit.transaction)) is not None:
                return answered
            unit.require_staff_for(for_staff)
            sitting = unit.sitting(request.party_size, request.start, request.end)
            unit.require_room_for_guest(actor.subject, sitting)
            table = unit.free_table(request.party_size, sitting, table_id=request.table_id)
            reservation = Reservation(
                id=new_id(unit.now),
                restaurant_id=unit.restaurant.id,
                table_id=table.id,
                party_size=request.party_size,
                start=sitting.start,
                end=sitting.end,
                held_until=sitting.held_until,
                service_date=sitting.service_date,
                guest_name=name,
                guest_phone=phone,
                owner_id=unit.owner_of_new(name, phone),
                language=request.language,
                notes=notes,
                source="staff" if unit.books_as_staff else "api",
                **{"pinned": _pins(request), **for_staff},
                created_at=unit.now,
                updated_at=unit.now,
            )
            unit.add(reservation, table)
            if once is not None:
                once.keep(unit.transaction, reservation, unit.now)
            return reservation

        with self._running.claim(once):
            restaurant = await self._directory.restaurant(request.restaurant_id)
            return await self.run_unit(actor, restaurant, book)

    async def get(self, actor: Actor, reservation_id: str) -> Reservation:
        """One reservation. Raises NotFound, also when it is another guest's."""
        return await self._database.read(lambda tx: visible(tx, actor, reservation_id))

    async def list(
        self, actor: Actor, wanted: Filter, *, after: Place | None = None, limit: int | None = None
    ) -> list[Reservation]:
        """The actor's own reservations, with their restaurants' for staff; all for an admin."""
        allowed = _allowed(actor, wanted)
        return await self._database.read_apart(
            lambda tx: reservations.page(tx, allowed, after=after, limit=limit)
        )

    async def count(self, actor: Actor, wanted: Filter) -> int:
        """How many reservations `list` would give without a limit."""
        allowed = _allowed(actor, wanted)
        return await self._database.read_apart(lambda tx: reservations.count(tx, allowed))

    async def change(self, actor: Actor, reservation_id: str, change: BookingChange) -> Reservation:
        """Reschedule, resize, move or rename: all of it or nothing; on failure the old one stands.

        The present table is kept where it still fits and is free. Asking for what is so already
        changes nothing. Raises NotFound, Invalid, Conflict, Unavailable.
        """
        wanted = _cleaned(change)

        def rebook(unit: BookingUnit) -> Reservation:
            before = visible(unit.transaction, actor, reservation_id)
            if not lifecycle.holds_table(before.status):
                raise Conflict("reservation_not_active", status=before.status)
            return rebooked(unit, before, wanted)

        return await self.run_unit_of(actor, reservation_id, rebook)

    async def act(self, actor: Actor, reservation_id: str, action: Action) -> Reservation:
        """Cancel, confirm, seat, complete, mark as no-show, or undo the last of these.

        Cancelling a cancelled and confirming a booked reservation changes nothing. Raises NotFound,
        Forbidden (for staff only), Conflict (not a legal change, not at this time, or the table is
        taken by now).
        """

        def perform(unit: BookingUnit) -> Reservation:
            before = visible(unit.transaction, actor, reservation_id)
            if action in _FOR_STAFF:
                actor.require_staff_of(before.restaurant_id)
            status = lifecycle.after(before.status, action)
            if status == before.status:
                return before
            lifecycle.check_time(action, before, unit.restaurant, unit.now)
            if action == "cancel":
                return leaving.cancelled(unit, before)
            if action == "confirm":
                return leaving.confirmed(unit, before)
            after = msgspec.structs.replace(before, status=status)
            if lifecycle.holds_table(status) and not lifecycle.holds_table(before.status):
                return leaving.back_at_table(unit, before, after, action)
            if not lifecycle.holds_table(status):
                unit.let_go(before)
            after = leaving.marked(unit, after)
            return trip_recorder.follow(
                unit, unit.save(before, after, lifecycle.DONE[action]), action
            )

        return await self.run_unit_of(actor, reservation_id, perform)

    async def remove(self, actor: Actor, reservation_id: str) -> Reservation:
        """Delete a reservation; what was deleted.

        A guest's is kept and hidden from them once its cancellation is a late one. Raises NotFound,
        Conflict (the visit has begun, or the guest did not come), Unavailable.
        """

        def delete(unit: BookingUnit) -> Reservation:
            found = visible(unit.transaction, actor, reservation_id)
            if unit.acts_as_guest(found):
                return leaving.left_by_guest(unit, found)
            if found.status == "no_show":
                raise Conflict("no_show_kept")
            unit.remove(found)
            return found

        return await self.run_unit_of(actor, reservation_id, delete)

    async def run_unit_of(
        self, actor: Actor, reservation_id: str, work: Callable[[BookingUnit], T]
    ) -> T:
        """Run a unit at the reservation's restaurant. Raises NotFound, Unavailable."""
        reservation = await self.get(actor, reservation_id)
        restaurant = await self._directory.known(reservation.restaurant_id)
        return await self.run_unit(actor, restaurant, work)

    async def run_unit(
        self, actor: Actor, restaurant: Restaurant, work: Callable[[BookingUnit], T]
    ) -> T:
        """Run a unit with the restaurant as it stands in that unit's own transaction.

        Raises Unauthenticated (the actor's account is closed, or may less by now), Conflict,
        Unavailable, and what the unit raises.
        """
        done: list[str] = []
        try:
            result = await self._write_unit(actor, restaurant, work, done)
        except Conflict as conflict:
            self.counters.conflicts[conflict.code] += 1
            raise
        self.counters.changes.update(done)
        return result

    async def _write_unit(
        self,
        actor: Actor,
        restaurant: Restaurant,
        work: Callable[[BookingUnit], T],
        done: MutableSequence[str],
    ) -> T:
        for _ in range(_DIRECTORY_RELOADS):

            def unit(transaction: Transaction, restaurant: Restaurant = restaurant) -> T:
                if ledger.directory_revision(transaction, restaurant.id) != restaurant.revision:
                    raise _DirectoryChangedError
                unit = BookingUnit(
                    transaction,
                    restaurant,
                    actor=actor,
                    now=self._clock(),
                    done=done,
                    overstay=self.overstay,
                    bookings_per_guest=self._bookings_per_guest,
                )
                return work(unit)

            try:
                return await self._database.write(unit, by=actor)
            except _DirectoryChangedError:
                restaurant = await self._directory.known(restaurant.id)
        raise Conflict("restaurant_changing")


def _pins(request: BookingRequest) -> bool:
    """Whether the party stays where it is put: it does at a table that was asked for."""
    return request.table_id is not None if request.pinned is None else request.pinned


def _for_staff(request: BookingRequest) -> dict[str, Any]:
    """What the request says in STAFF_FIELDS, checked and squeezed. Raises Invalid."""
    given = {name: value for name in STAFF_FIELDS if (value := getattr(request, name))}
    return _checked(given)


def _allowed(actor: Actor, wanted: Filter) -> Filter:
    """What is wanted, within what the actor may see."""
    if _sees_all_of(actor, wanted.restaurant_id):
        return wanted
    beside = tuple(sorted(actor.restaurants)) if wanted.restaurant_id is None else ()
    return msgspec.structs.replace(
        wanted, owner_id=actor.subject, hidden=False, or_restaurants=beside
    )


def _sees_all_of(actor: Actor, restaurant_id: str | None) -> bool:
    if restaurant_id is None:
        return actor.sees_everything
    return actor.is_staff_of(restaurant_id)


def _cleaned(change: BookingChange) -> dict[str, Any]:
    """What was given, by name, with texts checked and squeezed. Raises Invalid."""
    given = {
        name: value
        for name in change.__struct_fields__
        if (value := getattr(change, name)) is not msgspec.UNSET
    }
    return _checked(given)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The texts in `given`, checked and squeezed. Raises Invalid."""
    for name in ("notes", "staff_notes"):
        if name in given:
            given[name] = text.notes(given[name], field=name, longest=LONGEST_BOOKING_NOTES)
    if "tags" in given:
        given["tags"] = text.tags(given["tags"])
    if "guest_name" in given:
        given["guest_name"] = text.guest_name(given["guest_name"])
    if "guest_phone" in given:
        given["guest_phone"] = text.phone(given["guest_phone"])
    return given
