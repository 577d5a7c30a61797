"""How late a guest is still on time, at every restaurant."""

from __future__ import annotations

from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

_USUAL = ArrivalPolicy().late_after_minutes
_AT_ONCE = 500


class Graces:
    """The `late_after_minutes` of all restaurants; only those that differ from the usual are held.

    After the first time only restaurants that have changed are read.
    """

    def __init__(self) -> None:
        self._mark = 0
        self._unusual: dict[str, int] = {}

    def renew(self, transaction: Transaction) -> None:
        """Take in what has changed. May take long the first time."""
        while changed := restaurants.changes(transaction, self._mark, limit=_AT_ONCE):
            ids = [each.id for each in changed]
            now = restaurants.graces(transaction, ids)
            for each in ids:
                self._unusual.pop(each, None)
            self._unusual |= {each: grace for each, grace in now.items() if grace != _USUAL}
            self._mark = changed[-1].revision

    def at(self, restaurant_id: str) -> int:
        """Minutes after the booked time, at one restaurant."""
        return self._unusual.get(restaurant_id, _USUAL)

    def all(self) -> set[int]:
        """Each that some restaurant may have."""
        return {_USUAL, *self._unusual.values()}
