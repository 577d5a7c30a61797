"""Taking a booking off the books, and bringing it back."""

from __future__ import annotations

import msgspec

from bakureserve.domain.errors import Conflict, Invalid
from bakureserve.domain.reservations import cancelling
from bakureserve.domain.reservations.lifecycle import DONE, Action
from bakureserve.domain.reservations.rebooking import require_offered_again, sitting_of
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.seating import chosen_table
from bakureserve.domain.reservations.standing import attention_for, refusals
from bakureserve.services.arrivals import trip_recorder
from bakureserve.services.reservations.booking_unit import BookingUnit
from bakureserve.store import restaurants


def cancelled(unit: BookingUnit, before: Reservation, *, hidden: bool = False) -> Reservation:
    """Cancelled, its table free and its trip over. Raises Conflict (sitting_over)."""
    after = cancelling.cancelled(unit.restaurant, before, unit.now, unit.cancels_as(before))
    unit.let_go(before)
    saved = unit.save(before, msgspec.structs.replace(after, hidden=hidden), DONE["cancel"])
    return trip_recorder.follow(unit, saved, "cancel")


def left_by_guest(unit: BookingUnit, found: Reservation) -> Reservation:
    """Gone for its guest: removed, or hidden from them. Raises Conflict."""
    match cancelling.departure(unit.restaurant, found, unit.now):
        case "remove":
            unit.remove(found)
            return found
        case "cancel":
            return cancelled(unit, found, hidden=True)
        case "hide":
            return unit.save(found, msgspec.structs.replace(found, hidden=True), "hidden")


def confirmed(unit: BookingUnit, before: Reservation) -> Reservation:
    """A cancelled booking booked again, as far as it could be booked now. Raises Conflict."""
    if unit.acts_as_guest(before):
        cancelling.require_the_guests_own(before)
        unit.require_room_for_guest(before.owner_id or "", sitting_of(before))
    require_offered_again(unit.restaurant, before, unit.now, as_staff=unit.books_as_staff)
    _require_table(unit, before)
    return back_at_table(unit, before, cancelling.revived(before), "confirm")


def back_at_table(
    unit: BookingUnit, before: Reservation, after: Reservation, action: Action
) -> Reservation:
    """Alive again, at its own table if that is still free. Raises Conflict."""
    _require_open(unit)
    table = unit.own_table(before)
    after = marked(unit, msgspec.structs.replace(after, table_id=table.id, attention=()))
    saved = unit.save(before, after, DONE[action], table=table)
    unit.take(saved, table)
    return trip_recorder.follow(unit, saved, action)


def marked(unit: BookingUnit, reservation: Reservation) -> Reservation:
    """A booking that comes back, marked with what the rules have against it by now."""
    if reservation.status != "booked" or unit.now >= reservation.end:
        return reservation
    attention = attention_for(reservation, refusals(unit.restaurant, reservation))
    return msgspec.structs.replace(reservation, attention=attention)


def _require_open(unit: BookingUnit) -> None:
    if restaurants.is_retired(unit.transaction, unit.restaurant.id):
        raise Conflict("restaurant_retired", name=unit.restaurant.name)


def _require_table(unit: BookingUnit, before: Reservation) -> None:
    """Raises Conflict where its table is there no more, or too small by now."""
    if before.table_id is None:
        return
    try:
        chosen_table(unit.restaurant, before.table_id, before.party_size)
    except Invalid as broken:
        raise Conflict(broken.code, **broken.params) from None
