"""Book a table, and change, act on or remove a booking.

Each change is one booking unit: it reads the reservation, applies the rules and writes the outcome
with its event and audit rows in one transaction.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import msgspec

from bakureserve.domain import text
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Invalid
from bakureserve.domain.reservations import lifecycle
from bakureserve.domain.reservations.attention import attention_for, refusals
from bakureserve.domain.reservations.lifecycle import DONE, Action
from bakureserve.domain.reservations.rebooking import require_offered_again
from bakureserve.domain.reservations.reservation import (
    STAFF_FIELDS,
    BookingChange,
    BookingRequest,
    Reservation,
)
from bakureserve.domain.reservations.seating import chosen_table
from bakureserve.domain.reservations.sittings import sitting_of
from bakureserve.domain.text import LONGEST_BOOKING_NOTES
from bakureserve.services.arrivals import trip_recorder
from bakureserve.services.reservations.idempotency import IdempotentCall, InFlightKeys
from bakureserve.services.reservations.rebooking import rebook
from bakureserve.services.reservations.unit import BookingUnit, BookingUnits
from bakureserve.store.codec import new_id
from bakureserve.store.reservations import reservation_lists
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.reservations.reservation_lists import Filter, ListPosition
from bakureserve.store.restaurants import restaurants

_FOR_STAFF: frozenset[Action] = frozenset({"seat", "complete", "no_show", "undo"})


class Booking:
    """Takes, changes and ends reservations for one store."""

    def __init__(self, units: BookingUnits) -> None:
        self._units = units
        self._database = units.database
        self._in_flight = InFlightKeys()

    async def create(
        self, actor: Actor, request: BookingRequest, once: IdempotentCall[Reservation] | None = None
    ) -> Reservation | Answer:
        """Book a table; durable when this returns. With `once` it may return an earlier answer.

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
            table = unit.seating.table_for(request.party_size, sitting, table_id=request.table_id)
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

        with self._in_flight.claim(once) if once is not None else nullcontext():
            restaurant = await self._units.directory.restaurant(request.restaurant_id)
            return await self._units.run(actor, restaurant, book)

    async def get(self, actor: Actor, reservation_id: str) -> Reservation:
        """One reservation. Raises NotFound, also when it is another guest's."""
        return await self._units.get(actor, reservation_id)

    async def list(
        self,
        actor: Actor,
        wanted: Filter,
        *,
        after: ListPosition | None = None,
        limit: int | None = None,
    ) -> list[Reservation]:
        """The actor's own reservations, with their restaurants' for staff; all for an admin."""
        allowed = _allowed(actor, wanted)
        return await self._database.read_apart(
            lambda tx: reservation_lists.page(tx, allowed, after=after, limit=limit)
        )

    async def count(self, actor: Actor, wanted: Filter) -> int:
        """How many reservations `list` would return without a limit."""
        allowed = _allowed(actor, wanted)
        return await self._database.read_apart(lambda tx: reservation_lists.count(tx, allowed))

    async def change(self, actor: Actor, reservation_id: str, change: BookingChange) -> Reservation:
        """Reschedule, resize, move or rename, all of it or nothing.

        The present table is kept if it still fits and is free. Present values change nothing.
        Raises NotFound, Invalid, Conflict, Unavailable.
        """
        wanted = _cleaned(change)

        def work(unit: BookingUnit, before: Reservation) -> Reservation:
            lifecycle.require_active(before)
            return rebook(unit, before, wanted)

        return await self._units.change(actor, reservation_id, work)

    async def act(self, actor: Actor, reservation_id: str, action: Action) -> Reservation:
        """Cancel, confirm, seat, complete, mark as no-show, or undo the last of these.

        Cancelling a cancelled and confirming a booked reservation changes nothing. Raises NotFound,
        Forbidden (for staff only), Conflict (not a legal change, not at this time, or the table is
        taken by now).
        """

        def perform(unit: BookingUnit, before: Reservation) -> Reservation:
            if action in _FOR_STAFF:
                actor.require_staff_of(before.restaurant_id)
            status = lifecycle.status_after(before.status, action)
            if status == before.status:
                return before
            lifecycle.check_time(action, before, unit.restaurant, unit.now)
            if action == "cancel":
                return _cancel(unit, before)
            if action == "confirm":
                return _confirm(unit, before)
            after = msgspec.structs.replace(before, status=status)
            if lifecycle.holds_table(status) and not lifecycle.holds_table(before.status):
                return _reinstate(unit, before, after, action)
            if not lifecycle.holds_table(status):
                unit.seating.release(before)
            after = _with_attention(unit, after)
            return trip_recorder.follow(unit, unit.save(before, after, DONE[action]), action)

        return await self._units.change(actor, reservation_id, perform)

    async def remove(self, actor: Actor, reservation_id: str) -> Reservation:
        """Delete a reservation; returns what was deleted.

        When its guest deletes it too late, it is cancelled and hidden from them instead. Raises
        NotFound, Conflict (the visit has begun, or the guest did not come), Unavailable.
        """

        def delete(unit: BookingUnit, found: Reservation) -> Reservation:
            if unit.acts_as_guest(found):
                return _remove_for_guest(unit, found)
            if found.status == "no_show":
                raise Conflict("no_show_kept")
            unit.remove(found)
            return found

        return await self._units.change(actor, reservation_id, delete)


def _pins(request: BookingRequest) -> bool:
    """Whether the booking is pinned; one that names its table is by default."""
    return request.table_id is not None if request.pinned is None else request.pinned


def _for_staff(request: BookingRequest) -> dict[str, Any]:
    """The request's STAFF_FIELDS, checked and squeezed. Raises Invalid."""
    given = {name: value for name in STAFF_FIELDS if (value := getattr(request, name))}
    return _checked(given)


def _allowed(actor: Actor, wanted: Filter) -> Filter:
    """The filter, narrowed to what the actor may see."""
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
    """The given fields by name, with texts checked and squeezed. Raises Invalid."""
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


def _cancel(unit: BookingUnit, before: Reservation, *, hidden: bool = False) -> Reservation:
    """Cancel it, free its table and end its trip. Raises Conflict (sitting_over)."""
    after = lifecycle.cancelled(unit.restaurant, before, unit.now, unit.cancels_as(before))
    unit.seating.release(before)
    saved = unit.save(before, msgspec.structs.replace(after, hidden=hidden), DONE["cancel"])
    return trip_recorder.follow(unit, saved, "cancel")


def _remove_for_guest(unit: BookingUnit, found: Reservation) -> Reservation:
    """Remove it, or hide it from its guest. Raises Conflict."""
    match lifecycle.departure(unit.restaurant, found, unit.now):
        case "remove":
            unit.remove(found)
            return found
        case "cancel":
            return _cancel(unit, found, hidden=True)
        case "hide":
            return unit.save(found, msgspec.structs.replace(found, hidden=True), "hidden")


def _confirm(unit: BookingUnit, before: Reservation) -> Reservation:
    """Book a cancelled booking again, if it could be booked now. Raises Conflict."""
    if unit.acts_as_guest(before):
        lifecycle.require_the_guests_own(before)
        unit.require_room_for_guest(before.owner_id or "", sitting_of(before))
    require_offered_again(unit.restaurant, before, unit.now, as_staff=unit.books_as_staff)
    _require_table(unit, before)
    return _reinstate(unit, before, lifecycle.revived(before), "confirm")


def _reinstate(
    unit: BookingUnit, before: Reservation, after: Reservation, action: Action
) -> Reservation:
    """Restore a booking at its own table. Raises Conflict unless that is free."""
    _require_open(unit)
    table = unit.seating.own_table(before)
    after = _with_attention(unit, msgspec.structs.replace(after, table_id=table.id, attention=()))
    saved = unit.save(before, after, DONE[action], table=table)
    unit.seating.take(saved, table)
    return trip_recorder.follow(unit, saved, action)


def _with_attention(unit: BookingUnit, reservation: Reservation) -> Reservation:
    """A restored booking, with attention codes if the rules would refuse it now."""
    if reservation.status != "booked" or unit.now >= reservation.end:
        return reservation
    attention = attention_for(reservation, refusals(unit.restaurant, reservation))
    return msgspec.structs.replace(reservation, attention=attention)


def _require_open(unit: BookingUnit) -> None:
    if restaurants.is_retired(unit.transaction, unit.restaurant.id):
        raise Conflict("restaurant_retired", name=unit.restaurant.name)


def _require_table(unit: BookingUnit, before: Reservation) -> None:
    """Raises Conflict if its table is gone, or now too small."""
    if before.table_id is None:
        return
    try:
        chosen_table(unit.restaurant, before.table_id, before.party_size)
    except Invalid as broken:
        raise Conflict(broken.code, **broken.params) from None
