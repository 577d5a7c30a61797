"""What is held about one person: handed to them, or erased.

Somebody who signs in elsewhere has no account here, but may have reservations: both work for them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bakureserve.domain.account import Session, User
from bakureserve.domain.actor import Actor
from bakureserve.domain.arrival.trip import Trip
from bakureserve.domain.notices import Delivery
from bakureserve.domain.privacy import without_guest
from bakureserve.domain.reservation import ArrivalIntent, Reservation
from bakureserve.services import calibration
from bakureserve.store import idempotency, journal, outbox, reservations, sessions, trips, users
from bakureserve.store.reservations import Filter
from bakureserve.store.transaction import Transaction


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored about a person, but for the hashes of their secrets. Times are UTC.

    `other` is what an imported account said beyond the fields of `account`. Reservations come with
    their arrival intents; `trips` are what is known of the way beside them, by reservation, and
    `notices` what was or will be told to the person. `account` is None for somebody who signs in
    elsewhere.
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
    own = reservations.page(transaction, Filter(owner_id=subject))
    ways = {each.id: trips.get(transaction, each) for each in own}
    told = (notice for each in own for notice in outbox.about(transaction, each.id))
    return PersonalData(
        subject=subject,
        exported_at=now,
        account=users.get(transaction, subject),
        other=users.other_facts(transaction, subject),
        sessions=tuple(sessions.all_of(transaction, subject)),
        reservations=tuple(own),
        trips={reservation_id: trip for reservation_id, trip in ways.items() if trip.version},
        notices=tuple(each for each in told if each.party == "guest"),
    )


def erase(transaction: Transaction, actor: Actor, subject: str, now: dt.datetime) -> None:
    """Take the person out of the store: what is counted stays, whom it was about does not.

    Bookings still to come are cancelled. The audit log has only ids, which point to nobody then.
    """
    for reservation in reservations.page(transaction, Filter(owner_id=subject)):
        _forget_guest(transaction, actor, reservation, now)
    if (account := users.get(transaction, subject)) is not None:
        outbox.forget_recipient(transaction, account.email)
    idempotency.forget_of(transaction, subject)
    users.erase(transaction, subject, now)
    journal.record(transaction, actor=actor, now=now, action="user.erased", noun_id=subject)


def _forget_guest(
    transaction: Transaction, actor: Actor, before: Reservation, now: dt.datetime
) -> None:
    after = without_guest(before, now)
    outbox.forget(transaction, before.id)
    key = reservations.table_key(transaction, before.id)
    reservations.update(transaction, after, key)
    if before.arrival_intent != ArrivalIntent():
        reservations.put_arrival_intent(transaction, after)
    trips.forget(transaction, before.id)
    calibration.abandoned(transaction, before.id)
    cancelled = after.status != before.status
    journal.record(
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
