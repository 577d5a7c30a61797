"""The transactional outbox: e-mails and webhooks, none lost or made twice.

Deliveries are made from events, in the transaction that moves the cursor past them; a delivery is
unique for its event, channel and recipient. Each is tried until it succeeds, fails for good, or
expires. A crash between an attempt and its record leads to a second attempt with the same id:
delivery is at least once, and a recipient can tell repeats.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from bakureserve.domain.accounts.actor import Actor, system_actor
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.notifications import (
    MAIL_LANE,
    WEBHOOK_SWITCHED_OFF,
    Backlog,
    Channel,
    Delivery,
    DeliveryStatus,
    Failure,
    LettersOfLate,
    expiry_of,
)
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.services.clock import Clock
from bakureserve.services.notifications.notices import DeliveryPlanner
from bakureserve.services.notifications.retry import paced, retry_delay
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store import audit, events, notifications
from bakureserve.store.codec import new_id
from bakureserve.store.database import Database
from bakureserve.store.events import Event
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

EVENTS_AT_ONCE = 200
ATTEMPTS_AT_ONCE = 20
LETTERS_AT_ONCE, CALLS_AT_ONCE = 4, 2
"""Concurrent attempts, by mail and to one restaurant: a slow one must leave room for others."""
_LOOKED_AT = 100
_GIVEN_UP_AT_ONCE = 500


class OutboxPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Whether notices are sent at all, and webhooks also for restaurants without an address.

    A delivery is given up after `attempts`, each of which may take `lease`; one address gets at
    most `letters_per_hour`.
    """

    enabled: bool
    webhooks_for_all: bool
    attempts: int
    letters_per_hour: int
    lease: dt.timedelta


class Outbox:
    """Makes deliveries, hands them out for attempts, and records the outcome."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: Clock,
        policy: OutboxPolicy,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._policy = policy
        self._chance = chance

    async def plan(self) -> int:
        """Make deliveries from the events since the last call; how many. Raises Unavailable.

        Waits while requests wait for the store: guests come first.
        """
        if not await self._database.read(_is_behind):
            return 0
        known = (await self._directory.snapshot()).by_id

        def unit(transaction: Transaction) -> tuple[int, bool]:
            found = events.after(
                transaction, notifications.position(transaction), limit=EVENTS_AT_ONCE
            )
            if not found:
                return 0, False
            made = 0
            if self._policy.enabled:
                made = self._make(transaction, known, found)
            notifications.move_on(transaction, found[-1].id)
            return made, len(found) == EVENTS_AT_ONCE

        total, more = 0, True
        while more:
            await self._database.give_way()
            made, more = await self._database.write(unit)
            total += made
        return total

    def _make(
        self, transaction: Transaction, known: Mapping[str, Restaurant], found: Sequence[Event]
    ) -> int:
        now, most = self._clock(), self._policy.letters_per_hour
        planner = DeliveryPlanner(transaction, known, self._policy.webhooks_for_all, now)
        return sum(
            notifications.add(transaction, paced(transaction, each, now, most))
            for each in planner.deliveries(found)
        )

    async def claim(
        self, under_way: Mapping[str, int] = MappingProxyType({})
    ) -> tuple[str, list[Delivery]]:
        """Claim some due deliveries, under a token for `settle`; an empty one when none are due.

        `under_way` counts the caller's attempts by lane. Expired deliveries are given up instead.
        Raises Unavailable.
        """
        await self._database.give_way()
        now = self._clock()
        full = [lane for lane, number in under_way.items() if number >= _room_on(lane)]
        due = await self._database.read(
            lambda tx: notifications.due(tx, now, full=full, limit=_LOOKED_AT)
        )
        chosen = _chosen(due, under_way)
        if not chosen:
            return "", []
        token = secrets.token_hex(8)

        def unit(transaction: Transaction) -> list[Delivery]:
            notifications.give_up_expired(transaction, now, limit=_GIVEN_UP_AT_ONCE)
            return notifications.claim(transaction, token, chosen, now, now + self._policy.lease)

        return token, await self._database.write(unit)

    async def settle(self, delivery: Delivery, token: str, failure: Failure | None) -> bool:
        """Record how an attempt ended; False when another process has taken the delivery over.

        A webhook address that answered that it is gone is switched off. Raises Unavailable.
        """
        now = self._clock()
        status, next_at = self._after(delivery, failure, now)
        error = failure.code if failure else ""

        def unit(transaction: Transaction) -> bool:
            settled = notifications.settle(
                transaction,
                delivery.id,
                token,
                status,
                now=now,
                next_at=next_at,
                error=error,
                counts=failure is None or not failure.nowhere,
            )
            if settled and failure is not None and failure.gone:
                switch_off(transaction, delivery, failure.gone, now)
            return settled

        return await self._database.write(unit)

    async def is_forgotten(self, delivery: Delivery) -> bool:
        """Whether the delivery was deleted because its person was erased. Raises Unavailable."""
        return await self._database.read(lambda tx: notifications.get(tx, delivery.id)) is None

    async def list(
        self,
        actor: Actor,
        statuses: Collection[DeliveryStatus] = (),
        limit: int | None = None,
    ) -> list[Delivery]:
        """Deliveries, the newest event first. Raises Forbidden (for admins only), Unavailable."""
        actor.require_admin()
        return await self._database.read_apart(
            lambda tx: notifications.page(tx, statuses=statuses, limit=limit)
        )

    async def counts(self) -> dict[tuple[Channel, DeliveryStatus], int]:
        """How many deliveries there are of each channel and status. Raises Unavailable."""
        return await self._database.read_apart(notifications.counts)

    async def letters_of_late(self, since: dt.datetime) -> LettersOfLate:
        """E-mails that fail, and those given up after `since`. Raises Unavailable."""
        return await self._database.read_apart(lambda tx: notifications.letters_of_late(tx, since))

    async def backlog(self) -> Backlog:
        """What is still to be delivered. Raises Unavailable."""
        return await self._database.read_apart(notifications.backlog)

    async def retry(self, actor: Actor, delivery_ids: Collection[str]) -> Sequence[Delivery]:
        """Try these waiting or given-up deliveries again now; all of them or none.

        Raises Forbidden, NotFound, Conflict.
        """

        def again(transaction: Transaction, found: Delivery, now: dt.datetime) -> bool:
            until = expiry_of(found.kind, now, found.visit_end)
            return notifications.retry(transaction, found.id, now, until)

        return await self._change(actor, delivery_ids, "delivery.retried", again)

    async def drop(self, actor: Actor, delivery_ids: Collection[str]) -> Sequence[Delivery]:
        """Drop these unsent deliveries; all of them or none.

        Raises Forbidden, NotFound, Conflict.
        """

        def give_up(transaction: Transaction, found: Delivery, now: dt.datetime) -> bool:
            return notifications.drop(transaction, found.id, now)

        return await self._change(actor, delivery_ids, "delivery.dropped", give_up)

    async def _change(
        self,
        actor: Actor,
        delivery_ids: Collection[str],
        action: str,
        change: Callable[[Transaction, Delivery, dt.datetime], bool],
    ) -> Sequence[Delivery]:
        actor.require_admin()
        now = self._clock()

        def one(transaction: Transaction, delivery_id: str) -> Delivery:
            found = notifications.get(transaction, delivery_id)
            if found is None:
                raise NotFound("delivery_unknown", delivery=delivery_id)
            if not change(transaction, found, now):
                raise Conflict("delivery_settled", delivery=delivery_id, status=found.status)
            audit.record(transaction, actor=actor, now=now, action=action, noun_id=delivery_id)
            return notifications.get(transaction, delivery_id) or found

        return await self._database.write(
            lambda tx: [one(tx, each) for each in delivery_ids], by=actor
        )

    def _after(
        self, delivery: Delivery, failure: Failure | None, now: dt.datetime
    ) -> tuple[DeliveryStatus, dt.datetime]:
        """The delivery after an attempt."""
        if failure is None:
            return "sent", now
        delay = retry_delay(delivery, failure, now) * (0.75 + self._chance() / 2)
        next_at = now + max(delay, dt.timedelta(seconds=failure.retry_after))
        used_up = delivery.attempts >= self._policy.attempts and not failure.nowhere
        over = used_up or next_at > delivery.expires_at
        return ("dead" if failure.permanent or over else "waiting"), next_at


def _room_on(lane: str) -> int:
    return LETTERS_AT_ONCE if lane == MAIL_LANE else CALLS_AT_ONCE


def _chosen(due: Iterable[tuple[str, str]], under_way: Mapping[str, int]) -> list[str]:
    """As many of the due deliveries as there is room for, by lane and in all."""
    taken = Counter(under_way)
    chosen = []
    for delivery_id, lane in due:
        if taken.total() < ATTEMPTS_AT_ONCE and taken[lane] < _room_on(lane):
            taken[lane] += 1
            chosen.append(delivery_id)
    return chosen


def _is_behind(transaction: Transaction) -> bool:
    return events.newest(transaction) > notifications.position(transaction)


def switch_off(
    transaction: Transaction, delivery: Delivery, address: str, now: dt.datetime
) -> None:
    """Remove the restaurant's webhook address, and report that by e-mail if it has a mailbox.

    Nothing happens if its webhook address has changed meanwhile.
    """
    if not restaurants.drop_webhook(transaction, delivery.restaurant_id, address, now=now):
        return
    event_id = audit.record(
        transaction,
        actor=system_actor("outbox"),
        now=now,
        action=WEBHOOK_SWITCHED_OFF,
        noun_id=delivery.restaurant_id,
        restaurant_id=delivery.restaurant_id,
    )
    recipient = restaurants.find(transaction, delivery.restaurant_id).notify_email
    if recipient:
        notifications.add(transaction, _letter(delivery, recipient, event_id, now))


def _letter(delivery: Delivery, recipient: str, event_id: int, now: dt.datetime) -> Delivery:
    """The e-mail is about no reservation: it repeats nothing about the delivery's guest."""
    notice = msgspec.structs.replace(
        delivery.booking_notice,
        kind=WEBHOOK_SWITCHED_OFF,
        event_id=event_id,
        at=now,
        reservation_id="",
        guest_name="",
        guest_phone="",
        prep_items=(),
    )
    return Delivery(
        id=new_id(now),
        event_id=event_id,
        kind=WEBHOOK_SWITCHED_OFF,
        restaurant_id=delivery.restaurant_id,
        reservation_id="",
        party="restaurant",
        channel="email",
        recipient=recipient,
        status="waiting",
        attempts=0,
        next_at=now,
        expires_at=expiry_of(WEBHOOK_SWITCHED_OFF, now, now),
        error="",
        created_at=now,
        settled_at=None,
        notice=notice,
    )
