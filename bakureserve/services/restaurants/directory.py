"""The restaurants in memory, never stale: every use asks the store whether they changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from time import monotonic
from types import MappingProxyType

import msgspec

from bakureserve.caching.cache import CacheFigures
from bakureserve.domain.errors import NotFound
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.domain.text import canonical_id, fold
from bakureserve.store.database import Database
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

_TIMES_ITS_JSON = 5


class Snapshot:
    """The directory at one moment. Never changes.

    `restaurants` are those that guests can see, in order; `by_id` holds the retired ones as well,
    since their reservations remain.
    """

    def __init__(
        self, mark: int, by_id: Mapping[str, Restaurant], retired: Collection[str]
    ) -> None:
        self.mark = mark
        self.by_id = MappingProxyType(dict(by_id))
        self.restaurants = tuple(
            restaurant for restaurant in by_id.values() if restaurant.id not in retired
        )
        self._by_slug = {restaurant.slug: restaurant for restaurant in self.restaurants}
        self._visible = {restaurant.id: restaurant for restaurant in self.restaurants}
        self._ids = {canonical_id(id_): id_ for id_ in by_id}
        self._searchable = [
            (_searchable(restaurant), restaurant) for restaurant in self.restaurants
        ]
        self.read_at = monotonic()

    @cached_property
    def bytes(self) -> int:
        """Its rough size in memory, where a restaurant takes several times the size of its JSON."""
        return sum(_TIMES_ITS_JSON * len(msgspec.json.encode(each)) for each in self.by_id.values())

    def restaurant(self, id_or_slug: str) -> Restaurant:
        """One restaurant that guests can see. Raises NotFound."""
        found = (
            self._visible.get(id_or_slug)
            or self._by_slug.get(id_or_slug)
            or self._visible.get(self.id_of(id_or_slug))
        )
        if found is None:
            raise NotFound("restaurant_unknown", restaurant=id_or_slug)
        return found

    def id_of(self, written: str) -> str:
        """The stored id of a restaurant, retired or not; `written` itself if there is none."""
        return self._ids.get(written) or self._ids.get(canonical_id(written), written)

    def search(self, query: str) -> tuple[Restaurant, ...]:
        """The restaurants in which every word of `query` occurs, without regard to case or accents.

        Name, slug, city, neighbourhood, cuisine and tags are searched; an empty query matches all.
        """
        words = fold(query).split()
        if not words:
            return self.restaurants
        return tuple(
            restaurant
            for text, restaurant in self._searchable
            if all(word in text for word in words)
        )


class Directory:
    """Returns the current `Snapshot`, reloading only restaurants with a new revision.

    `checked_at` is the store's change mark at which the last snapshot was known to be current. As a
    cache it holds all restaurants: a miss is a use before which some had to be read.
    """

    name = "directory"

    def __init__(self, database: Database) -> None:
        self._database = database
        self.checked_at = -1
        self._snapshot = Snapshot(-1, {}, ())
        self._distrusted = False
        self._hits = self._misses = 0

    async def snapshot(self) -> Snapshot:
        """The present directory, changed by any process. Raises Unavailable."""
        change_mark = self._database.change_mark()
        if change_mark != self.checked_at:
            self._note(await self._database.read(self._refreshed))
            self.checked_at = change_mark
        else:
            self._hits += 1
        return self._snapshot

    def latest(self, restaurant_id: str) -> Restaurant:
        """A restaurant as last seen, without asking the store whether it has changed since.

        For a caller that has just worked with it.
        """
        return self._snapshot.by_id[restaurant_id]

    def held(self, transaction: Transaction, restaurant_id: str) -> Restaurant | None:
        """One restaurant, retired or not, if the copy in memory equals the stored one; else
        None."""
        restaurant = self._snapshot.by_id.get(restaurant_id)
        if restaurant is None or self._distrusted:
            return None
        if restaurants.directory_revision(transaction, restaurant_id) != restaurant.revision:
            return None
        self._hits += 1
        return restaurant

    async def known(self, restaurant_id: str) -> Restaurant:
        """One restaurant by its id, retired or not. Raises NotFound, Unavailable."""
        found = (await self.snapshot()).by_id.get(restaurant_id)
        if found is None:
            raise NotFound("restaurant_unknown", restaurant=restaurant_id)
        return found

    async def restaurant(self, id_or_slug: str) -> Restaurant:
        """One restaurant by id or slug. Raises NotFound, Unavailable."""
        return (await self.snapshot()).restaurant(id_or_slug)

    def figures(self) -> CacheFigures:
        held = len(self._snapshot.by_id)
        return CacheFigures(
            name=self.name,
            entries=held,
            bound=held,
            bytes=self._snapshot.bytes,
            bytes_bound=self._snapshot.bytes,
            hits=self._hits,
            misses=self._misses,
            evictions=0,
            expirations=0,
            age=monotonic() - self._snapshot.read_at,
        )

    def sweep(self) -> int:
        """Forget what has expired: nothing."""
        return 0

    def clear(self) -> int:
        """Read everything again at the next use; returns how many restaurants that will be."""
        held = len(self._snapshot.by_id)
        self._distrusted = True  # running units keep the present snapshot
        self.checked_at = -1
        return held

    def _note(self, snapshot: Snapshot) -> None:
        if snapshot is self._snapshot:
            self._hits += 1
        else:
            self._misses += 1
            self._snapshot = snapshot
            self._distrusted = False

    def _refreshed(self, transaction: Transaction) -> Snapshot:
        mark = restaurants.directory_mark(transaction)
        if mark == self._snapshot.mark and not self._distrusted:
            return self._snapshot
        entries = restaurants.entries(transaction)
        held = {} if self._distrusted else self._snapshot.by_id
        stale = [
            entry.id
            for entry in entries
            if entry.id not in held or held[entry.id].revision != entry.revision
        ]
        fresh = {restaurant.id: restaurant for restaurant in restaurants.load(transaction, stale)}
        return Snapshot(
            mark,
            {entry.id: fresh.get(entry.id) or held[entry.id] for entry in entries},
            {entry.id for entry in entries if entry.retired},
        )


def _searchable(restaurant: Restaurant) -> str:
    parts = (
        restaurant.name,
        restaurant.slug,
        restaurant.city,
        restaurant.neighborhood,
        *restaurant.cuisine,
        *restaurant.tags,
    )
    return fold("\n".join(parts))
