"""What keeps tables from others although the book does not say so."""

from __future__ import annotations

import datetime as dt

from bakureserve.domain.reservations.holds import Hold, seated_until
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store import occupancy
from bakureserve.store.occupancy import Party
from bakureserve.store.transaction import Transaction


def beyond_the_book(
    transaction: Transaction, restaurant: Restaurant, now: dt.datetime, overstay: dt.timedelta
) -> tuple[Hold, ...]:
    """What seated parties and late guests hold at `now`. Nothing of it reaches beyond
    `domain.holds.REACH`, so that a sitting farther ahead need not be compared with it."""
    found = occupancy.parties(transaction, restaurant.id, now)
    return tuple(_hold(party, restaurant, now, overstay) for party in found)


def _hold(party: Party, restaurant: Restaurant, now: dt.datetime, overstay: dt.timedelta) -> Hold:
    if party.seated_at is None:
        until = party.holds_until or party.held_until
        return Hold(party.table_key, party.reservation_id, party.start, until, is_late=True)
    until = seated_until(restaurant, party.start, party.held_until, now, overstay)
    return Hold(party.table_key, party.reservation_id, party.seated_at, until, is_late=False)
