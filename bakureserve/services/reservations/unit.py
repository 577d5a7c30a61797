"""A booking unit: one decision about a booking inside one transaction, and what runs it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, MutableSequence
from typing import Any, TypeVar

import msgspec

from bakureserve.domain.accounts.account import Person
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Forbidden, NotFound
from bakureserve.domain.localtime import calendar_text, clock_text, to_utc
from bakureserve.domain.reservations import attention
from bakureserve.domain.reservations.attention import attention_once
from bakureserve.domain.reservations.reservation import NAMELESS, CancelledBy, Reservation, may_see
from bakureserve.domain.reservations.sittings import Sitting, offered_sitting, staff_sitting
from bakureserve.domain.restaurants.restaurant import Restaurant, Table
from bakureserve.services.clock import Clock
from bakureserve.services.reservations.seating import Seating
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store import audit
from bakureserve.store.accounts import users
from bakureserve.store.database import Database
from bakureserve.store.reservations import occupancy, reservations
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

T = TypeVar("T")

_DIRECTORY_RELOADS = 5


class BookingUnit:
    """The actor, the restaurant, the present time, and the transaction of the unit.

    `done` collects what was done here, such as `booked`. `books_as_staff` is whether the staff's
    wider rules apply.
    """

    def __init__(
        self,
        transaction: Transaction,
        restaurant: Restaurant,
        *,
        actor: Actor,
        now: dt.datetime,
        done: MutableSequence[str],
        overstay: dt.timedelta,
        bookings_per_guest: int,
    ) -> None:
        self.transaction = transaction
        self.restaurant = restaurant
        self.actor = actor
        self.now = now
        self.done = done
        self.overstay = overstay
        self.bookings_per_guest = bookings_per_guest
        self.books_as_staff = actor.books_as_staff_of(restaurant.id)
        self.seating = Seating(
            transaction, restaurant, now, overstay=overstay, as_staff=self.books_as_staff
        )

    def owner_of_new(self, guest_name: str, guest_phone: str) -> str | None:
        """The owner of a new booking: the actor, unless staff take it for a guest."""
        if not self.books_as_staff:
            return self.actor.subject
        if self.actor.kind not in {"staff", "admin"}:
            return None
        account = users.get(self.transaction, self.actor.subject)
        own = Person(self.actor.name, account.phone if account else "")
        return self.actor.subject if own.is_meant_by(guest_name, guest_phone) else None

    def acts_as_guest(self, reservation: Reservation) -> bool:
        """Whether the guest's narrower rules apply to changes of the reservation.

        They do for the actor's own, unless they act as staff.
        """
        if self.books_as_staff:
            return False
        return self.actor.owns(reservation.owner_id) or not self.actor.is_staff_of(
            self.restaurant.id
        )

    def cancels_as(self, reservation: Reservation) -> CancelledBy:
        """The role in which the actor cancels it."""
        if self.acts_as_guest(reservation):
            return "guest"
        return "system" if self.actor.kind == "system" else "staff"

    def require_staff_for(self, fields: Collection[str]) -> None:
        """Raises Forbidden (field_staff_only) for any of these unless the actor is staff."""
        if fields and not self.actor.is_staff_of(self.restaurant.id):
            raise Forbidden("field_staff_only", field=", ".join(fields))

    def require_room_for_guest(
        self, guest: str, sitting: Sitting, *, instead_of: str | None = None
    ) -> None:
        """Raises Conflict if a guest has too many bookings to come, or one at that time.

        A changed booking counts once, `instead_of` its old state. Staff have no limit.
        """
        if not self.bookings_per_guest or self.actor.is_staff_of(self.restaurant.id):
            return
        claims = reservations.claims(
            self.transaction,
            guest,
            self.now,
            start=sitting.start,
            end=sitting.end,
            but=instead_of,
        )
        if claims.then is not None:
            raise self._already_booked(claims.then)
        if instead_of is None and claims.to_come >= self.bookings_per_guest:
            raise Conflict("guest_bookings_many", most=self.bookings_per_guest)

    def _already_booked(self, reservation_id: str) -> Conflict:
        other = visible(self.transaction, self.actor, reservation_id)
        name, zone = restaurants.name_and_zone(self.transaction, other.restaurant_id)
        return Conflict(
            "guest_already_booked",
            reservation=other.id,
            restaurant=name,
            start=calendar_text(other.start, zone),
        )

    def sitting(self, party_size: int, start: dt.datetime, end: dt.datetime | None) -> Sitting:
        """The sitting the rules give this actor. Times without an offset are restaurant-local.

        Raises Invalid.
        """
        rules = staff_sitting if self.books_as_staff else offered_sitting
        start_utc, end_utc = self.moment(start, "start"), end and self.moment(end, "end")
        return rules(self.restaurant, party_size, start_utc, end_utc, self.now)

    def moment(self, said: dt.datetime, field: str) -> dt.datetime:
        """A time in UTC; without an offset it is the restaurant's own. Raises Invalid."""
        return to_utc(said, self.restaurant.zone, field=field)

    def add(self, reservation: Reservation, table: Table) -> None:
        """Write a new reservation and take its table."""
        reservations.insert(self.transaction, reservation, table.key)
        self.seating.take(reservation, table)
        self._record(reservation, "booked", _facts(reservation))

    def save(
        self, before: Reservation, after: Reservation, action: str, *, table: Table | None = None
    ) -> Reservation:
        """Write a changed reservation, at another table if one is given; returns it as stored.

        Raises Conflict (changed_meanwhile, table_occupied).
        """
        after = msgspec.structs.replace(after, updated_at=self.now)
        if after.attention and after.status != before.status:
            after = msgspec.structs.replace(
                after, attention=attention_once(after.status, after.attention)
            )
        key = table.key if table else reservations.table_key(self.transaction, before.id)
        if after.status == "seated" and key is not None:
            self._require_empty(key, after)
        if before.status == "seated":
            self._unmark_waiting(before)
        if not reservations.update(self.transaction, after, key):
            raise Conflict("changed_meanwhile")
        saved = msgspec.structs.replace(after, version=before.version + 1)
        old, new = _facts(before), _facts(saved)
        self._record(saved, action, {name: new[name] for name in new if new[name] != old[name]})
        return saved

    def remove(self, reservation: Reservation) -> None:
        """Delete a reservation, and with it what it holds."""
        if reservation.status == "seated":
            self._unmark_waiting(reservation)
        reservations.delete(self.transaction, reservation.id)
        self._record(reservation, "removed", {"status": reservation.status})

    def _require_empty(self, table_key: int, reservation: Reservation) -> None:
        """Raises Conflict (table_occupied) where another party sits, with name and time."""
        there = occupancy.at_table(self.transaction, table_key)
        if there is not None and there.reservation_id != reservation.id:
            table = self.restaurant.tables_by_id.get(reservation.table_id or "")
            raise Conflict(
                "table_occupied",
                table=table.name if table else reservation.table_id,
                party=there.guest_name or NAMELESS,
                since=clock_text(there.since, self.restaurant.zone),
                reservation=there.reservation_id,
            )

    def _unmark_waiting(self, party: Reservation) -> None:
        """Clear the mark of bookings that wait for this party's table; the watch sets it again if
        the party still blocks them."""
        key = reservations.table_key(self.transaction, party.id)
        marked = [] if key is None else occupancy.marked_at(self.transaction, key, self.now)
        for each in filter(None, (reservations.get(self.transaction, id_) for id_ in marked)):
            cleared = attention.without(each, attention.TABLE_OVERSTAYED)
            self.save(each, msgspec.structs.replace(each, attention=cleared), "cleared")

    def _record(self, reservation: Reservation, action: str, changes: dict[str, Any]) -> None:
        self.done.append(action)
        audit.record(
            self.transaction,
            actor=self.actor,
            now=self.now,
            action=f"reservation.{action}",
            noun_id=reservation.id,
            changes=changes,
            restaurant_id=reservation.restaurant_id,
            reservation_id=reservation.id,
            event={"version": reservation.version, "status": reservation.status},
        )


class BookingCounters:
    """Counts since the start of this process: committed `changes` by what was done, and `conflicts`
    by code."""

    def __init__(self) -> None:
        self.changes: Counter[str] = Counter()
        self.conflicts: Counter[str] = Counter()


class _DirectoryChangedError(Exception):
    """The restaurant was changed between reading it and writing the booking."""


class BookingUnits:
    """Runs booking units, each in one transaction with the restaurant as stored there."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: Clock,
        *,
        overstay: dt.timedelta,
        bookings_per_guest: int,
    ) -> None:
        self.database = database
        self.directory = directory
        self.clock = clock
        self.overstay = overstay
        self.counters = BookingCounters()
        self._bookings_per_guest = bookings_per_guest

    async def get(self, actor: Actor, reservation_id: str) -> Reservation:
        """A reservation that the actor may see. Raises NotFound, Unavailable."""
        return await self.database.read(lambda tx: visible(tx, actor, reservation_id))

    async def change(
        self,
        actor: Actor,
        reservation_id: str,
        work: Callable[[BookingUnit, Reservation], T],
    ) -> T:
        """Run a unit on a reservation that the actor may see.

        Raises NotFound, and as `run` does.
        """
        reservation = await self.get(actor, reservation_id)
        restaurant = await self.directory.known(reservation.restaurant_id)
        return await self.run(
            actor,
            restaurant,
            lambda unit: work(unit, visible(unit.transaction, actor, reservation_id)),
        )

    async def run(
        self, actor: Actor, restaurant: Restaurant, work: Callable[[BookingUnit], T]
    ) -> T:
        """Run a unit at a restaurant.

        Raises Unauthenticated (the actor's account is closed or has lost rights), Conflict,
        Unavailable, and what the unit raises.
        """
        done: list[str] = []
        try:
            result = await self._write(actor, restaurant, work, done)
        except Conflict as conflict:
            self.counters.conflicts[conflict.code] += 1
            raise
        for action in done:  # Counter.update costs ten times as much for one or two
            self.counters.changes[action] += 1
        return result

    async def _write(
        self,
        actor: Actor,
        restaurant: Restaurant,
        work: Callable[[BookingUnit], T],
        done: MutableSequence[str],
    ) -> T:
        for _ in range(_DIRECTORY_RELOADS):

            def write(transaction: Transaction, restaurant: Restaurant = restaurant) -> T:
                if (
                    restaurants.directory_revision(transaction, restaurant.id)
                    != restaurant.revision
                ):
                    raise _DirectoryChangedError
                unit = BookingUnit(
                    transaction,
                    restaurant,
                    actor=actor,
                    now=self.clock(),
                    done=done,
                    overstay=self.overstay,
                    bookings_per_guest=self._bookings_per_guest,
                )
                return work(unit)

            try:
                return await self.database.write(write, by=actor)
            except _DirectoryChangedError:
                restaurant = await self.directory.known(restaurant.id)
        raise Conflict("restaurant_changing")


def visible(transaction: Transaction, actor: Actor, reservation_id: str) -> Reservation:
    """The reservation, if it is the actor's own or their restaurant's. Raises NotFound."""
    found = reservations.get(transaction, reservation_id)
    if found is None or not may_see(actor, found):
        raise NotFound("reservation_unknown", reservation=reservation_id)
    return found


def _facts(reservation: Reservation) -> dict[str, Any]:
    """What the audit log stores of a reservation: nothing that names the guest."""
    return {
        "status": reservation.status,
        "table_id": reservation.table_id,
        "party_size": reservation.party_size,
        "start": reservation.start,
        "end": reservation.end,
        "prep_status": reservation.prep.status,
        "attention": reservation.attention,
    }
