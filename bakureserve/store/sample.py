"""The sample restaurants: where they lie, and adding those that never existed here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict
from bakureserve.domain.restaurants.document import venue_from_document
from bakureserve.domain.restaurants.restaurant import Venue
from bakureserve.store import journal, ledger, restaurants
from bakureserve.store.transaction import Transaction

_PACKAGE = Path(__file__).parent.parent
_PLACES = (
    _PACKAGE / "data" / "restaurants.json",  # in a wheel
    _PACKAGE.parent / "data" / "restaurants.json",  # in a checkout
)


class _SampleFile(msgspec.Struct):
    venues: list[dict[str, Any]]


class Seeded(msgspec.Struct, frozen=True):
    """Slugs: added now, left as they are (or left deleted), and kept out by another's slug."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    slug_taken: tuple[str, ...]


def sample_venues() -> list[Venue]:
    """The restaurants of the sample file. Raises FileNotFoundError, Invalid."""
    place = next((place for place in _PLACES if place.exists()), _PLACES[0])
    held = msgspec.json.decode(place.read_bytes(), type=_SampleFile)
    return [venue_from_document(document)[0] for document in held.venues]


def seed(transaction: Transaction, actor: Actor, now: dt.datetime) -> Seeded:
    """Add the sample restaurants that never existed in this store.

    One that an operator edited or deleted stays so.
    """
    ever = ledger.known_ids(transaction)
    added, kept, slug_taken = [], [], []
    for venue in sample_venues():
        if venue.id in ever:
            kept.append(venue.slug)
        elif _add(transaction, venue, actor, now):
            added.append(venue.slug)
        else:
            slug_taken.append(venue.slug)
    return Seeded(tuple(added), tuple(kept), tuple(slug_taken))


def _add(transaction: Transaction, venue: Venue, actor: Actor, now: dt.datetime) -> bool:
    try:
        restaurants.insert(transaction, venue, source="seed", now=now)
    except Conflict:
        return False
    journal.record(
        transaction,
        actor=actor,
        now=now,
        action="restaurant.added",
        noun_id=venue.id,
        changes={"slug": venue.slug},
        restaurant_id=venue.id,
    )
    return True
