"""Taking a booking off the books at the desk, and bringing it back."""

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
from bakureserve.services.reservations.booking_unit import Desk
from bakureserve.store import restaurants


def cancelled(desk: Desk, before: Reservation, *, hidden: bool = False) -> Reservation:
    """Cancelled, its table free and its trip over. Raises Conflict (sitting_over)."""
    after = cancelling.cancelled(desk.restaurant, before, desk.now, desk.cancels_as(before))
    desk.let_go(before)
    saved = desk.save(before, msgspec.structs.replace(after, hidden=hidden), DONE["cancel"])
    return trip_recorder.follow(desk, saved, "cancel")


def left_by_guest(desk: Desk, found: Reservation) -> Reservation:
    """Gone for its guest: removed, or hidden from them. Raises Conflict."""
    match cancelling.departure(desk.restaurant, found, desk.now):
        case "remove":
            desk.remove(found)
            return found
        case "cancel":
            return cancelled(desk, found, hidden=True)
        case "hide":
            return desk.save(found, msgspec.structs.replace(found, hidden=True), "hidden")


def confirmed(desk: Desk, before: Reservation) -> Reservation:
    """A cancelled booking booked again, as far as it could be booked now. Raises Conflict."""
    if desk.acts_as_guest(before):
        cancelling.require_the_guests_own(before)
        desk.require_room_for_guest(before.owner_id or "", sitting_of(before))
    require_offered_again(desk.restaurant, before, desk.now, as_staff=desk.books_as_staff)
    _require_table(desk, before)
    return back_at_table(desk, before, cancelling.revived(before), "confirm")


def back_at_table(
    desk: Desk, before: Reservation, after: Reservation, action: Action
) -> Reservation:
    """Alive again, at its own table if that is still free. Raises Conflict."""
    _require_open(desk)
    table = desk.own_table(before)
    after = marked(desk, msgspec.structs.replace(after, table_id=table.id, attention=()))
    saved = desk.save(before, after, DONE[action], table=table)
    desk.take(saved, table)
    return trip_recorder.follow(desk, saved, action)


def marked(desk: Desk, reservation: Reservation) -> Reservation:
    """A booking that comes back, marked with what the rules have against it by now."""
    if reservation.status != "booked" or desk.now >= reservation.end:
        return reservation
    attention = attention_for(reservation, refusals(desk.restaurant, reservation))
    return msgspec.structs.replace(reservation, attention=attention)


def _require_open(desk: Desk) -> None:
    if restaurants.is_retired(desk.transaction, desk.restaurant.id):
        raise Conflict("restaurant_retired", name=desk.restaurant.name)


def _require_table(desk: Desk, before: Reservation) -> None:
    """Raises Conflict where its table is there no more, or too small by now."""
    if before.table_id is None:
        return
    try:
        chosen_table(desk.restaurant, before.table_id, before.party_size)
    except Invalid as broken:
        raise Conflict(broken.code, **broken.params) from None
