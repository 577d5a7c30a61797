"""Restaurants by words, from an index that is brought up to date before each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bakureserve.domain.restaurants.card import Card, search_text
from bakureserve.store.database import Database
from bakureserve.store.restaurants import restaurants
from bakureserve.store.search import Entry
from bakureserve.store.transaction import Transaction

_FEW = 20
"""Changes that the event loop takes into the index by itself, in about a millisecond."""
_AT_ONCE = 500


class WordSearch:
    """Finds the restaurants that guests can see by words in their names, places, cuisines and tags.

    The index is this process's own, made at the first search: 50,000 restaurants take about two
    seconds, in a thread, and 40 MB. So nothing that is stored has to be kept equal to it, and a
    change made at an SQL prompt is found as any other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = database.text_index()
        self._mark = 0
        self._turn = asyncio.Lock()

    async def cards(self, words: Sequence[str], *, after: int, limit: int) -> list[Card]:
        """The restaurants in which all of the folded `words` occur, by position, beyond `after`.

        They and the index are read at one moment. Raises Unavailable.
        """

        def unit(transaction: Transaction) -> list[Card] | None:
            if self._take_in(transaction, _FEW) == _FEW:
                return None
            ids = self._index.find(words, after=after, limit=limit)
            return restaurants.cards_of(transaction, ids)

        async with self._turn:
            while (found := await self._database.read(unit)) is None:
                await self._database.read_apart(self._catch_up)
        return found

    def clear(self) -> None:
        """Make the index anew at the next search."""
        self._index.clear()
        self._mark = 0

    def _catch_up(self, transaction: Transaction) -> None:
        while self._take_in(transaction, _AT_ONCE) == _AT_ONCE:
            pass

    def _take_in(self, transaction: Transaction, limit: int) -> int:
        """Bring the next changes into the index, at most `limit`; how many there were."""
        changed = restaurants.changes(transaction, self._mark, limit=limit)
        if changed:
            ids = [each.id for each in changed]
            cards = restaurants.cards_of(transaction, ids)
            self._index.replace(
                ids,
                (
                    Entry(card.id, card.position, search_text(card))
                    for card in cards
                    if not card.retired
                ),
            )
            self._mark = changed[-1].revision
        return len(changed)
