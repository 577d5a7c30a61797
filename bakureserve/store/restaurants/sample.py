"""The sample restaurants: where they lie, and adding those that never existed here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict
from bakureserve.domain.restaurants.document import restaurant_from_document
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store import audit
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

_PACKAGE = Path(__file__).parents[2]
_PLACES = (
    _PACKAGE / "data" / "restaurants.json",  # in a wheel
    _PACKAGE.parent / "data" / "restaurants.json",  # in a checkout
)


class _SampleFile(msgspec.Struct):
    restaurants: list[dict[str, Any]] = msgspec.field(name="venues")


class Seeded(msgspec.Struct, frozen=True):
    """Slugs: added now, left as they are (or left deleted), and kept out by another's slug."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    slug_taken: tuple[str, ...]


def sample_restaurants() -> list[Restaurant]:
    """The restaurants of the sample file. Raises FileNotFoundError, Invalid."""
    place = next((place for place in _PLACES if place.exists()), _PLACES[0])
    held = msgspec.json.decode(place.read_bytes(), type=_SampleFile)
    return [restaurant_from_document(document)[0] for document in held.restaurants]


def seed(transaction: Transaction, actor: Actor, now: dt.datetime) -> Seeded:
    """Add the sample restaurants that never existed in this store.

    One that an operator edited or deleted stays so.
    """
    ever = restaurants.known_ids(transaction)
    added, kept, slug_taken = [], [], []
    for restaurant in sample_restaurants():
        if restaurant.id in ever:
            kept.append(restaurant.slug)
        elif _add(transaction, restaurant, actor, now):
            added.append(restaurant.slug)
        else:
            slug_taken.append(restaurant.slug)
    return Seeded(tuple(added), tuple(kept), tuple(slug_taken))


def _add(transaction: Transaction, restaurant: Restaurant, actor: Actor, now: dt.datetime) -> bool:
    try:
        restaurants.insert(transaction, restaurant, source="seed", now=now)
    except Conflict:
        return False
    audit.record(
        transaction,
        actor=actor,
        now=now,
        action="restaurant.added",
        noun_id=restaurant.id,
        changes={"slug": restaurant.slug},
        restaurant_id=restaurant.id,
    )
    return True
