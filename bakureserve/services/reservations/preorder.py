"""Pre-orders: what the kitchen should have ready when the guest comes."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals.kitchen import PrepQuote, check_preorder, quote
from bakureserve.domain.errors import NotFound
from bakureserve.domain.reservations import lifecycle
from bakureserve.domain.reservations.lifecycle import require_not_over
from bakureserve.domain.reservations.reservation import Prep, Reservation
from bakureserve.domain.text import prep_items
from bakureserve.services.reservations.unit import BookingUnit, BookingUnits


class PreorderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The guest is `minutes_away` and wants `scope` (starters or full) ready, perhaps these
    items."""

    minutes_away: int
    scope: str
    items: tuple[str, ...] = ()


class Preorder:
    """Quotes and takes pre-orders, where the operator has switched them on."""

    def __init__(self, units: BookingUnits, *, enabled: bool) -> None:
        self._units = units
        self._enabled = enabled

    async def quote(self, actor: Actor, reservation_id: str, request: PreorderRequest) -> PrepQuote:
        """What the kitchen would do. Raises NotFound, Conflict (no active reservation), Invalid."""
        self._require_enabled()
        reservation = await self._units.get(actor, reservation_id)
        lifecycle.require_active(reservation)
        restaurant = await self._units.directory.known(reservation.restaurant_id)
        items = prep_items(request.items)
        return quote(request.minutes_away, request.scope, items, restaurant.arrival)

    async def confirm(
        self,
        actor: Actor,
        reservation_id: str,
        request: PreorderRequest,
        *,
        in_words: Callable[[PrepQuote], str] = attrgetter("policy"),
    ) -> Reservation:
        """Order; returns the reservation with its pre-order. Raises as `quote` does.

        Stores the sentence `in_words` that the guest was shown, else the quote's code.
        """
        self._require_enabled()
        items = prep_items(request.items)
        check_preorder(request.minutes_away, request.scope)

        def accept(unit: BookingUnit, before: Reservation) -> Reservation:
            lifecycle.require_active(before)
            require_not_over(before, unit.now)
            quoted = quote(request.minutes_away, request.scope, items, unit.restaurant.arrival)
            prep = Prep(
                eta_minutes=request.minutes_away,
                request_time=unit.now,
                items=items,
                scope=request.scope,
                status="accepted",
                policy=in_words(quoted),
            )
            after = msgspec.structs.replace(before, prep=prep)
            return unit.save(before, after, "preordered")

        return await self._units.change(actor, reservation_id, accept)

    def _require_enabled(self) -> None:
        if not self._enabled:
            raise NotFound("preorder_disabled")
