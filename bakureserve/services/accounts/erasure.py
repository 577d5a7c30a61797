"""Export or erase everything stored about one person.

A person who signs in elsewhere has no account here, but may have reservations: both work for them.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from bakureserve.domain.accounts.account import Session, User
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals.trip import Trip
from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Delivery
from bakureserve.domain.reservations import lifecycle
from bakureserve.domain.reservations.lifecycle import without_guest
from bakureserve.domain.reservations.reservation import ArrivalIntent, Reservation
from bakureserve.notify.outbox_folder import OutboxFolder
from bakureserve.services.arrivals import calibration
from bakureserve.store import audit, notifications
from bakureserve.store.accounts import sessions, users
from bakureserve.store.arrivals import trips
from bakureserve.store.database import Database
from bakureserve.store.reservations import idempotency, reservation_lists, reservations
from bakureserve.store.reservations.reservation_lists import Filter
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored about a person, except the hashes of their secrets. Times are UTC.

    `account` is None for a person who signs in elsewhere; `other` has an imported account's unknown
    fields. Reservations come with their arrival intents; `trips` have what else is known of the
    trip, by reservation, and `notices` are those sent or to be sent to the person.
    """

    subject: str
    exported_at: dt.datetime
    account: User | None
    other: dict[str, Any]
    sessions: tuple[Session, ...]
    reservations: tuple[Reservation, ...]
    trips: dict[str, Trip]
    notices: tuple[Delivery, ...]


def data_of(transaction: Transaction, subject: str, now: dt.datetime) -> PersonalData:
    """Everything about the person."""
    own = reservation_lists.page(transaction, Filter(owner_id=subject))
    own_trips = {each.id: trips.get(transaction, each) for each in own}
    deliveries = notifications.about_person(transaction, subject)
    return PersonalData(
        subject=subject,
        exported_at=now,
        account=users.get(transaction, subject),
        other=users.other_facts(transaction, subject),
        sessions=tuple(sessions.all_of(transaction, subject)),
        reservations=tuple(own),
        trips={reservation_id: trip for reservation_id, trip in own_trips.items() if trip.version},
        notices=tuple(each for each in deliveries if each.party == "guest"),
    )


class Erased(NamedTuple):
    """The ids by which files about an erased person are found, in their names or text."""

    notices: frozenset[str]
    mentioned: frozenset[str]


def erase(transaction: Transaction, actor: Actor, subject: str, now: dt.datetime) -> Erased:
    """Erase the person from the store; what is counted stays.

    Bookings still to come are cancelled. Notices to others stay, whatever their address. The audit
    log has only ids, which then identify no person. `leave_no_trace` does the rest.
    """
    own = reservation_lists.page(transaction, Filter(owner_id=subject))
    for reservation in own:
        _forget_guest(transaction, actor, reservation, now)
    notices = notifications.forget(transaction, subject)
    idempotency.forget_of(transaction, subject)
    users.erase(transaction, subject, now)
    audit.record(transaction, actor=actor, now=now, action="user.erased", noun_id=subject)
    told_of = {reservation_id for reservation_id in notices.values() if reservation_id}
    return Erased(
        frozenset(notices), frozenset(told_of.union({subject}, (each.id for each in own)))
    )


async def leave_no_trace(database: Database, files: OutboxFolder, erased: Erased) -> None:
    """Once the erasure is durable, remove e-mails in files, and truncate the store's log.

    While a reader holds the log, that is left to housekeeping.
    """
    await files.forget(erased.notices, erased.mentioned)
    with suppress(Unavailable):
        await database.truncate_log()


def _forget_guest(
    transaction: Transaction, actor: Actor, before: Reservation, now: dt.datetime
) -> None:
    after = without_guest(before, now)
    cancelled = after.status != before.status
    if cancelled:
        restaurant = restaurants.find(transaction, before.restaurant_id)
        late = lifecycle.is_late_cancellation(restaurant, before, now)
        after = msgspec.structs.replace(after, cancelled_late=late)
    key = reservations.table_key(transaction, before.id)
    reservations.update(transaction, after, key)
    if before.arrival_intent != ArrivalIntent():
        reservations.put_arrival_intent(transaction, after)
    trips.forget(transaction, before.id)
    calibration.abandoned(transaction, before.id)
    audit.record(
        transaction,
        actor=actor,
        now=now,
        action="reservation.cancelled" if cancelled else "reservation.erased",
        noun_id=after.id,
        changes={"status": after.status} if cancelled else None,
        restaurant_id=after.restaurant_id,
        reservation_id=after.id,
        event={"version": before.version + 1, "status": after.status},
    )
