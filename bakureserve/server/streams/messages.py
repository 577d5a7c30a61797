"""What a stream sends: snapshots and updates of one reservation, or of a restaurant's arrivals."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal, Protocol

import msgspec

from bakureserve.domain.accounts.actor import Actor, system_actor
from bakureserve.domain.errors import NotFound
from bakureserve.domain.reservations.reservation import Reservation, may_see, seen_by
from bakureserve.runtime import Runtime
from bakureserve.server.shapes.reservations import ReservationOut, reservation_out
from bakureserve.services.arrivals.live import Beginning, Update, of_reservation, of_restaurant


class StreamMessage(msgspec.Struct, frozen=True):
    """A message to the reader. `id` is the newest event that it includes.

    `data` is a reservation as its GET shows it, or a list of them in the snapshot of a restaurant's
    arrivals; `{id, removed: true}` in an update about one that was removed; null in a heartbeat;
    `{retry_after_seconds}` when the server stops.
    """

    id: int
    type: Literal["snapshot", "update", "heartbeat", "stopping"]
    data: Any


class Removed(msgspec.Struct, frozen=True):
    """A reservation that was removed."""

    id: str
    removed: Literal[True] = True


class Stopping(msgspec.Struct, frozen=True):
    """The server stops: when to reconnect, spread out over the readers."""

    retry_after_seconds: float


class AuthMessage(msgspec.Struct, frozen=True):
    """A reader's token: their first message, or a new one before the old expires."""

    type: Literal["auth"]
    token: str


Audience = Literal["guest", "staff"]
"""The reservation's guest, or the restaurant. All readers of an audience get the same bytes."""

RESTAURANT = system_actor("arrivals")
"""Reads for a restaurant's staff. All of them see it as staff, also those who dine there."""


class Followed(Protocol):
    """The subject of a stream. Raises the errors of its GET.

    `ends_with_removal` says whether the stream ends once the reservation is removed.
    """

    ends_with_removal: bool

    async def topic(self) -> Hashable:
        """The broker's topic of its changes."""

    async def begin(self, actor: Actor, after: int | None) -> Beginning:
        """The position this reader begins at, with what it missed or a snapshot."""

    def snapshot(self, actor: Actor, beginning: Beginning) -> bytes:
        """The snapshot message."""

    def frame(self, actor: Actor, changed: Update) -> bytes:
        """The update message of a change. Raises NotFound where the reader may not see it."""

    def require(self, actor: Actor) -> None:
        """Check again whether this reader may read. Raises Forbidden."""


class FollowedReservation:
    """A reservation, for its guest and for the restaurant."""

    ends_with_removal = True

    def __init__(self, runtime: Runtime, reservation_id: str) -> None:
        self._runtime = runtime
        self._id = reservation_id

    async def topic(self) -> Hashable:
        return of_reservation(self._id)

    async def begin(self, actor: Actor, after: int | None) -> Beginning:
        return await self._runtime.live.of_reservation(actor, self._id, after)

    def snapshot(self, actor: Actor, beginning: Beginning) -> bytes:
        (found,) = beginning.current
        data = _shown(self._runtime, found, actor)
        return msgspec.json.encode(StreamMessage(beginning.position, "snapshot", data))

    def frame(self, actor: Actor, changed: Update) -> bytes:
        found = changed.reservation
        if found is None:
            return _rendered(self._runtime, changed, actor, "staff")
        if not may_see(actor, found):
            raise NotFound("reservation_unknown", reservation=self._id)
        return _rendered(self._runtime, changed, actor, _audience(actor, found))

    def require(self, actor: Actor) -> None:
        """Nothing: `frame` checks every change."""


class FollowedArrivals:
    """Who is on the way to a restaurant, for its staff."""

    ends_with_removal = False

    def __init__(self, runtime: Runtime, restaurant: str) -> None:
        self._runtime = runtime
        self._restaurant = restaurant
        self._restaurant_id = ""

    async def topic(self) -> Hashable:
        self._restaurant_id = (await self._runtime.directory.restaurant(self._restaurant)).id
        return of_restaurant(self._restaurant_id)

    async def begin(self, actor: Actor, after: int | None) -> Beginning:
        return await self._runtime.live.of_restaurant(actor, self._restaurant_id, after)

    def snapshot(self, _actor: Actor, beginning: Beginning) -> bytes:
        data = [_shown(self._runtime, found, RESTAURANT) for found in beginning.current]
        return msgspec.json.encode(StreamMessage(beginning.position, "snapshot", data))

    def frame(self, _actor: Actor, changed: Update) -> bytes:
        return _rendered(self._runtime, changed, RESTAURANT, "staff")

    def require(self, actor: Actor) -> None:
        actor.require_staff_of(self._restaurant_id)


def _audience(actor: Actor, reservation: Reservation) -> Audience:
    return "guest" if seen_by(actor, reservation) is reservation else "staff"


def _rendered(runtime: Runtime, changed: Update, reader: Actor, audience: Audience) -> bytes:
    return changed.frame(audience, lambda each: _render(runtime, each, reader))


def _render(runtime: Runtime, changed: Update, reader: Actor) -> bytes:
    found = changed.reservation
    data = _shown(runtime, found, reader) if found else Removed(changed.reservation_id)
    return msgspec.json.encode(StreamMessage(changed.event_id, "update", data))


def _shown(runtime: Runtime, found: Reservation, reader: Actor) -> ReservationOut:
    return reservation_out(found, runtime.directory.latest(found.restaurant_id).zone, reader)
