"""The restaurants as they are now: what is asked for is read, held, and never served stale.

Every use asks the store whether anything was committed since the last one; if so, it reads which
restaurants have changed, by an index, and forgets these. A change costs what it changed, and an
answer what it shows, however many restaurants there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from bakureserve.caching.cache import CacheFigures, LruCache
from bakureserve.domain.errors import NotFound
from bakureserve.domain.restaurants.card import Card
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.domain.text import canonical_id, fold
from bakureserve.services.restaurants.word_search import WordSearch
from bakureserve.store.database import Database
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

T = TypeVar("T")

CARDS_AT_A_TIME = 250
"""Cards read in one turn of the event loop, which takes some two milliseconds."""

_MOST = 4096
_MOST_BYTES = 64 * 1024 * 1024
_TIMES_ITS_JSON = 5
_READ_AT_ONCE = 20
"""Restaurants read whole in one turn of the event loop, which takes some milliseconds."""
_MANY = 500
"""Changes worth telling apart; after more, everything that is held is forgotten."""


class Directory:
    """Finds restaurants, and holds those that were asked for lately.

    `mark` rises with every change to any restaurant, by any process. `checked_at` is the store's
    change mark at which `mark`, and what is held, were known to be current.
    """

    name = "directory"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._search = WordSearch(database)
        self._held: LruCache[str, Restaurant] = LruCache(
            self.name, entries=_MOST, largest_bytes=_MOST_BYTES, weigh=_weight
        )
        self._ids: dict[str, str] = {}  # by what was asked for; empty after any change
        self._in_capitals: dict[str, str] = {}  # UUIDs that an import brought so, by the usual
        self.checked_at = -1
        self.mark = -1

    async def current(self) -> int:
        """The present `mark`, after a look whether it has risen. Raises Unavailable."""
        change_mark = self._database.change_mark()
        if change_mark != self.checked_at:
            await self._database.read(self._look)
            self.checked_at = change_mark
        return self.mark

    async def restaurant(self, id_or_slug: str) -> Restaurant:
        """One restaurant that guests can see. Raises NotFound, Unavailable."""
        await self.current()
        known = self._ids.get(id_or_slug)
        found = None if known is None else self._held.get(known)
        if found is None:
            found = await self._database.read(lambda tx: self._find(tx, id_or_slug))
        if found is None:
            raise NotFound("restaurant_unknown", restaurant=id_or_slug)
        return found

    async def known(self, restaurant_id: str) -> Restaurant:
        """One restaurant by its id, retired or not: its reservations remain. Raises NotFound,
        Unavailable."""
        await self.current()
        found = self._held.get(restaurant_id)
        if found is None:
            found = await self._database.read(lambda tx: self._read(tx, restaurant_id))
        if found is None:
            raise NotFound("restaurant_unknown", restaurant=restaurant_id)
        return found

    async def named(self, ids: Collection[str]) -> dict[str, Restaurant]:
        """These restaurants by id, retired or not, without unknown ones. Raises Unavailable."""
        await self.current()
        found = {each: self._held.get(each) for each in ids}
        missing = [each for each, held in found.items() if held is None]
        for each in _parts(missing, _READ_AT_ONCE):
            found |= await self._database.read(partial(self._read_all, ids=each))
            await asyncio.sleep(0)  # a read does not give way by itself
        return {each: restaurant for each, restaurant in found.items() if restaurant is not None}

    async def id_of(self, written: str) -> str:
        """The stored id of a restaurant, retired or not, whose UUID is written in any letter case;
        `written` itself if there is none. Raises Unavailable."""
        await self.current()
        spellings = self._spellings(written)
        known = await self.cards_of(spellings)
        return next((each for each in spellings if each in known), written)

    def latest(self, restaurant_id: str) -> Restaurant:
        """A restaurant as it was last looked at: for a caller that has just worked with it.

        One that is not held any more is read. Raises NotFound, Unavailable.
        """
        found = self._held.get(restaurant_id) or self._database.read_at_once(
            lambda tx: self._read(tx, restaurant_id)
        )
        if found is None:
            raise NotFound("restaurant_unknown", restaurant=restaurant_id)
        return found

    def held(self, transaction: Transaction, restaurant_id: str) -> Restaurant | None:
        """One restaurant, retired or not, if the copy in memory equals the stored one; else
        None."""
        found = self._held.get(restaurant_id)
        if found is None:
            return None
        revision = restaurants.directory_revision(transaction, restaurant_id)
        return found if found.revision == revision else None

    async def page(self, query: str = "", *, after: int = 0, limit: int) -> list[Card]:
        """The restaurants that guests can see and in which every word of `query` occurs, by
        position, beyond `after`. Raises Unavailable.

        Name, slug, city, neighbourhood, cuisine and tags are searched, without regard to case or
        accents. An empty query matches all.
        """
        words = fold(query).split()
        if words:
            return await self._search.cards(words, after=after, limit=limit)
        return await self._database.read(lambda tx: restaurants.cards(tx, after=after, limit=limit))

    async def pages(self, query: str = "", *, after: int = 0) -> AsyncIterator[list[Card]]:
        """All of them, some at a time: memory stays flat, and other calls come between.

        A restaurant that changes meanwhile is told of as it was or as it is. Raises Unavailable.
        """
        while found := await self.page(query, after=after, limit=CARDS_AT_A_TIME):
            yield found
            if len(found) < CARDS_AT_A_TIME:
                return
            after = found[-1].position
            await asyncio.sleep(0)  # a read does not give way by itself

    async def found(self, query: str = "") -> AsyncIterator[Restaurant]:
        """The same restaurants whole. Raises Unavailable."""
        async for cards in self.pages(query):
            ids = [card.id for card in cards]
            for each in await self._database.read_apart(partial(restaurants.load, ids=ids)):
                yield each

    async def cards_of(self, ids: Collection[str]) -> dict[str, Card]:
        """The cards of these restaurants by id, retired ones included, without unknown ones.

        Raises Unavailable.
        """
        found = await self._database.read(lambda tx: restaurants.cards_of(tx, ids))
        return {card.id: card for card in found}

    async def size(self) -> int:
        """How many restaurants there are, retired ones included. Raises Unavailable."""
        return await self._database.read(restaurants.number)

    async def slugs(self) -> dict[str, str]:
        """The slug of every restaurant, retired or not, by its id, for commands. Raises
        Unavailable."""
        return await self._database.read_apart(restaurants.slugs)

    async def zones_of(self, ids: Collection[str]) -> dict[str, ZoneInfo]:
        """The time zones of these restaurants, retired ones included. Raises Unavailable."""
        await self.current()
        held = {each: self._held.get(each) for each in set(ids)}
        cards = await self.cards_of([each for each, found in held.items() if found is None])
        return {each: (found or cards[each]).zone for each, found in held.items()}

    def figures(self) -> CacheFigures:
        return self._held.figures()

    def sweep(self) -> int:
        """Forget what has expired: nothing."""
        return self._held.sweep()

    def clear(self) -> int:
        """Read everything again when it is asked for; how many restaurants were held."""
        self._ids.clear()
        self._search.clear()
        return self._held.clear()

    def _look(self, transaction: Transaction) -> None:
        """Forget what has changed."""
        changed = restaurants.changes(transaction, self.mark, limit=_MANY)
        if not changed:
            return
        self._ids.clear()
        if len(changed) < _MANY:
            ids = [each.id for each in changed]
            for each in ids:
                self._held.drop(each)
            self.mark = changed[-1].revision
        else:
            ids = restaurants.ids_in_capitals(transaction)
            self._held.clear()
            self.mark = restaurants.directory_mark(transaction)
        self._in_capitals |= {canonical_id(each): each for each in ids if not each.islower()}

    def _find(self, transaction: Transaction, id_or_slug: str) -> Restaurant | None:
        spellings = self._spellings(id_or_slug)
        found = next(
            filter(None, (restaurants.visible_id(transaction, each) for each in spellings)), None
        )
        if found is None:
            return None
        if len(self._ids) >= _MOST:  # one id can be written in many ways
            self._ids.clear()
        self._ids[id_or_slug] = found
        return self._held.get(found) or self._read(transaction, found)

    def _spellings(self, written: str) -> tuple[str, ...]:
        """What a written id may stand for, the likeliest first."""
        usual = canonical_id(written)
        return tuple(dict.fromkeys((written, usual, self._in_capitals.get(usual, usual))))

    def _read_all(self, transaction: Transaction, ids: Collection[str]) -> dict[str, Restaurant]:
        found = {each.id: each for each in restaurants.load(transaction, ids)}
        for each, restaurant in found.items():
            self._held.put(each, restaurant)
        return found

    def _read(self, transaction: Transaction, restaurant_id: str) -> Restaurant | None:
        return self._read_all(transaction, [restaurant_id]).get(restaurant_id)


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _weight(restaurant: Restaurant) -> int:
    """Bytes, roughly."""
    return _TIMES_ITS_JSON * len(msgspec.json.encode(restaurant))
