"""Import, replace, remove and export restaurants, for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Literal, TypeVar

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict
from bakureserve.domain.restaurants.document import document_from_restaurant
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.services.clock import Clock
from bakureserve.services.restaurants import rule_change
from bakureserve.services.restaurants.rule_change import Stranded
from bakureserve.store import audit
from bakureserve.store.codec import NO_LIMIT
from bakureserve.store.database import Database
from bakureserve.store.restaurants import restaurants, sample
from bakureserve.store.restaurants.sample import Seeded
from bakureserve.store.transaction import Transaction

T = TypeVar("T")

Change = Literal["added", "changed", "unchanged"]
Removal = Literal["removed", "retired"]


class Outcome(msgspec.Struct, frozen=True):
    """The result for one imported restaurant.

    `stranded` are its bookings to come that its new rules would refuse.
    """

    id: str
    slug: str
    name: str
    change: Change
    stranded: tuple[Stranded, ...] = ()


class RefusedRestaurant(msgspec.Struct, frozen=True):
    """A restaurant that could not be imported, and why."""

    slug: str
    reason: Conflict


class _RehearsedError(Exception, Generic[T]):
    """Rolls back a dry run at the point of its commit."""

    def __init__(self, result: T) -> None:
        self.result = result


class Catalogue:
    """Changes the restaurants of one store, for admins and the operator at the terminal."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add_or_replace(
        self,
        actor: Actor,
        wanted: Iterable[Restaurant],
        *,
        dry_run: bool = False,
        allow_zone_change: bool = False,
    ) -> list[Outcome]:
        """Make the stored restaurants equal to `wanted`, by id: all of them or none.

        A restaurant with an equal document is left alone; a retired one comes back.
        Bookings to come that the new rules would refuse stay, marked for attention. A dry run
        does everything, then rolls back. Raises Forbidden, Unavailable, and Conflict with
        `refusals`, which list every problem: a slug in use, a removed table that is still booked,
        or a time zone that would show guests another time (unless `allow_zone_change`).
        """
        actor.require_admin()
        return await self._apart(
            lambda tx: _CatalogueWriter(tx, actor, self._clock()).take_in(
                wanted, allow_zone_change
            ),
            actor,
            dry_run,
        )

    async def remove(self, actor: Actor, id_or_slug: str) -> Removal:
        """Delete a restaurant; one that has reservations is retired, and its history stays.

        Raises Forbidden, NotFound, Conflict (parties are still to come or seated), Unavailable.
        """
        actor.require_admin()
        return await self._database.write(
            lambda tx: _CatalogueWriter(tx, actor, self._clock()).remove(id_or_slug), by=actor
        )

    async def seed(self, actor: Actor, *, dry_run: bool = False) -> Seeded:
        """Add the sample restaurants that never existed here. Raises Forbidden, Unavailable."""
        actor.require_admin()
        return await self._apart(lambda tx: sample.seed(tx, actor, self._clock()), actor, dry_run)

    async def export(self, wanted: Sequence[str] = ()) -> list[Restaurant]:
        """The named restaurants (by id or slug, retired ones too), or all that guests can see.

        Raises NotFound, Unavailable.
        """
        return await self._database.read_apart(lambda tx: _chosen(tx, wanted))

    async def _apart(self, unit: Callable[[Transaction], T], actor: Actor, dry_run: bool) -> T:
        """Run a long unit; a dry run is rolled back at its end."""

        def rehearsal(transaction: Transaction) -> T:
            raise _RehearsedError(unit(transaction))

        try:
            return await self._database.write_apart(rehearsal if dry_run else unit, by=actor)
        except _RehearsedError as end:
            result: T = end.result
            return result


class _CatalogueWriter:
    """Writes restaurants in one transaction, for one actor, at one time."""

    def __init__(self, transaction: Transaction, actor: Actor, now: dt.datetime) -> None:
        self._transaction = transaction
        self._actor = actor
        self._now = now

    def take_in(self, wanted: Iterable[Restaurant], allow_zone_change: bool) -> list[Outcome]:
        """Raises Conflict, with a RefusedRestaurant for every restaurant that cannot be
        imported."""
        outcomes: list[Outcome] = []
        refusals: list[RefusedRestaurant] = []
        for restaurant in wanted:
            try:
                outcomes.append(self._take_one(restaurant, allow_zone_change))
            except Conflict as reason:
                refusals.append(RefusedRestaurant(restaurant.slug, reason))
        if refusals:
            slugs = [refusal.slug for refusal in refusals]
            raise Conflict(
                "restaurants_in_conflict", count=len(slugs), restaurants=slugs, refusals=refusals
            )
        return outcomes

    def remove(self, id_or_slug: str) -> Removal:
        restaurant = restaurants.find(self._transaction, id_or_slug)
        gone = restaurants.remove(self._transaction, restaurant.id, now=self._now)
        removal: Removal = "removed" if gone else "retired"
        self._record(restaurant, removal, {"slug": restaurant.slug})
        return removal

    def _take_one(self, restaurant: Restaurant, allow_zone_change: bool) -> Outcome:
        stored = restaurants.cards_of(self._transaction, [restaurant.id])
        if not stored:
            restaurants.insert(self._transaction, restaurant, source="operator", now=self._now)
            self._record(restaurant, "added", {"slug": restaurant.slug})
            return Outcome(restaurant.id, restaurant.slug, restaurant.name, "added")
        before = restaurants.find(self._transaction, restaurant.id)
        told, wanted = document_from_restaurant(before), document_from_restaurant(restaurant)
        if told == wanted and not stored[0].retired:
            return Outcome(restaurant.id, restaurant.slug, restaurant.name, "unchanged")
        if not allow_zone_change:
            rule_change.refuse_other_clock(self._transaction, before, restaurant, self._now)
        restaurants.replace(self._transaction, restaurant, now=self._now)
        self._record(restaurant, "changed", _differences(told, wanted))
        stranded = rule_change.follow(
            self._transaction, before, restaurant, actor=self._actor, now=self._now
        )
        return Outcome(restaurant.id, restaurant.slug, restaurant.name, "changed", stranded)

    def _record(self, restaurant: Restaurant, action: str, changes: dict[str, Any]) -> None:
        audit.record(
            self._transaction,
            actor=self._actor,
            now=self._now,
            action=f"restaurant.{action}",
            noun_id=restaurant.id,
            changes=changes,
            restaurant_id=restaurant.id,
        )


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Each field that differs with its new value; None for one that is gone."""
    names = sorted(before.keys() | after.keys())
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def _chosen(transaction: Transaction, wanted: Sequence[str]) -> list[Restaurant]:
    if wanted:
        named = (restaurants.find(transaction, name) for name in wanted)
        return list({restaurant.id: restaurant for restaurant in named}.values())
    visible = restaurants.cards(transaction, limit=NO_LIMIT)
    return restaurants.load(transaction, [card.id for card in visible])
