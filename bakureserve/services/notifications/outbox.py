"""The transactional outbox: e-mails and webhooks, none lost or made twice.

Deliveries are made from events, in the transaction that moves the cursor past them; a delivery is
unique for its event, channel and recipient. Each is tried until it succeeds, fails for good, or
expires. A crash between an attempt and its record leads to a second attempt with the same id:
delivery is at least once, and a recipient can tell repeats.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
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
    Target,
    expiry_of,
)
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.notify.journal import NoticeJournal
from bakureserve.services.clock import Clock
from bakureserve.services.notifications.notices import (
    DeliveryPlanner,
    WaysOut,
    journal_lines,
    to_be_told,
)
from bakureserve.services.notifications.retry import paced, retry_delay
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store import audit, events, notifications
from bakureserve.store.codec import new_id
from bakureserve.store.database import Database
from bakureserve.store.events import Event
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction, Unit

EVENTS_AT_ONCE, EVENTS_READ = 2_000, 200
"""Events that are planned together, and how many of them are read in one turn of the event loop
(about a millisecond). A journal behind by more is written in longer pieces, not in more."""
TOLD_AT_ONCE = 30
"""Events whose deliveries are made in one transaction, which takes the event loop some 3 ms."""
ATTEMPTS_AT_ONCE = 20
LETTERS_AT_ONCE, CALLS_AT_ONCE = 4, 2
"""Concurrent attempts, by mail and to one restaurant: a slow one must leave room for others."""
_LOOKED_AT = 100
_GIVEN_UP_AT_ONCE = 500


class OutboxPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Whether notices are sent at all, and whether there is a mail server for them (`mail`).

    A delivery is given up after `attempts`, each of which may take `lease`; one address gets at
    most `letters_per_hour`.
    """

    enabled: bool
    mail: bool
    attempts: int
    letters_per_hour: int
    lease: dt.timedelta


class Outbox:
    """Makes deliveries, hands them out for attempts, and records the outcome.

    Notices without a way out are lines of the `journal`; without one they are not written at all.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: Clock,
        policy: OutboxPolicy,
        *,
        journal: NoticeJournal | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._policy = policy
        self._journal = journal
        self._chance = chance

    async def plan(self) -> int:
        """Make deliveries from the events since the last call, and write those without a way out to
        the journal; the number of deliveries. Raises Unavailable.

        Waits while requests wait for the store: guests come first.
        """
        made, more = 0, True
        while more:
            position, found = await self._unread()
            if not found:
                break
            made += await self._plan(position, found)
            more = len(found) == EVENTS_AT_ONCE
        return made

    async def _unread(self) -> tuple[int, list[Event]]:
        """The outbox's position, and the events beyond it."""
        start = await self._database.read(notifications.position)
        found: list[Event] = []
        while len(found) < EVENTS_AT_ONCE:
            after = found[-1].id if found else start
            page = await self._database.read(partial(_events_after, after))
            found += page
            if len(page) < EVENTS_READ:
                break
            await asyncio.sleep(0)
        return start, found

    async def _plan(self, position: int, found: Sequence[Event]) -> int:
        """The journal comes first: its lines may be written twice, and are there once; what the
        position has passed is not looked at again."""
        told: list[tuple[Event, list[Target]]] = []
        named = {e.restaurant_id for e in found if e.restaurant_id and e.reservation_id}
        known = await self._directory.named(named)
        if self._policy.enabled:
            ways = WaysOut(known, mail=self._policy.mail)
            if self._journal is not None and (lines := journal_lines(found, ways)):
                await self._journal.append(lines)
            told = to_be_told(found, ways)
        await self._database.give_way()  # once: the pieces that follow stand in line with guests
        made = 0
        while True:
            now_told, told = told[:TOLD_AT_ONCE], told[TOLD_AT_ONCE:]
            until = now_told[-1][0].id if told else found[-1].id
            more = await self._database.write(self._making(known, position, now_told, until))
            if more is None or not told:
                return made + (more or 0)
            made, position = made + more, until

    def _making(
        self,
        known: Mapping[str, Restaurant],
        position: int,
        told: Sequence[tuple[Event, list[Target]]],
        until: int,
    ) -> Unit[int | None]:
        """Makes the deliveries and moves the position `until` there; how many were made, or None
        where another process moved it first."""

        def unit(transaction: Transaction) -> int | None:
            if notifications.position(transaction) != position:
                return None
            now, most = self._clock(), self._policy.letters_per_hour
            planner = DeliveryPlanner(transaction, known, now)
            made = sum(
                notifications.add(transaction, paced(transaction, delivery, now, most))
                for event, targets in told
                for delivery in planner.deliveries(event, targets)
            )
            notifications.move_on(transaction, until)
            return made

        return unit

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
        *,
        after: notifications.DeliveryPosition | None = None,
    ) -> list[Delivery]:
        """Deliveries beyond `after`, the newest event first.

        Raises Forbidden (for admins only), Unavailable.
        """
        actor.require_admin()
        return await self._database.read_apart(
            lambda tx: notifications.page(tx, statuses=statuses, after=after, limit=limit)
        )

    async def counts(self) -> dict[tuple[Channel, DeliveryStatus], int]:
        """How many deliveries there are of each channel and status. Raises Unavailable."""
        return await self._database.read(notifications.counts)

    async def letters_of_late(self, since: dt.datetime) -> LettersOfLate:
        """E-mails that fail, and those given up after `since`. Raises Unavailable."""
        return await self._database.read_apart(lambda tx: notifications.letters_of_late(tx, since))

    async def backlog(self) -> Backlog:
        """What is still to be delivered. Raises Unavailable."""
        return await self._database.read(notifications.backlog)

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


def _events_after(event_id: int, transaction: Transaction) -> list[Event]:
    return events.after(transaction, event_id, limit=EVENTS_READ)


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
