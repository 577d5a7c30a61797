"""Deliveries: waiting, under way, done or given up; the last event they were made from; and how
many letters went to an address."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection
from typing import Any, Literal

import msgspec

from bakureserve.domain.notifications import (
    ACCOUNT_GONE,
    ACCOUNT_LETTERS,
    EXPIRED,
    MAIL_LANE,
    SUPERSEDED,
    AccountLetter,
    Backlog,
    Channel,
    Delivery,
    DeliveryStatus,
    LettersOfLate,
    Notice,
)
from bakureserve.store.codec import NO_LIMIT, among, dumps, from_us, further, loads, to_us
from bakureserve.store.transaction import Row, Transaction

LetterTopic = Literal["account", "notice"]

_COLUMNS = (
    "id, event_id, kind, restaurant_id, reservation_id, party, channel, recipient, status,"
    " attempts, next_at, expires_at, error, created_at, settled_at, notice, subject"
)
_UNSETTLED = "('waiting', 'sending')"
_LANE = f"case d.channel when 'email' then '{MAIL_LANE}' else d.recipient end"  # Delivery.lane
# One after another to each recipient about each reservation, so that none overtakes another.
_READY = (
    f"d.status in {_UNSETTLED} and d.next_at <= ? and not exists (select 1 from outbox_delivery e"
    " where e.reservation_id = d.reservation_id and e.event_id < d.event_id"
    f" and e.status in {_UNSETTLED} and e.channel = d.channel and e.recipient = d.recipient)"
)
_LETTERS_READ = 1_000
MOST_COUNTED = 10_000
KEPT = dt.timedelta(days=30)
"""A settled delivery stays so long after it was made, and after the visit that it is about."""


def position(transaction: Transaction) -> int:
    """The last event that deliveries were made from."""
    row = transaction.one("select event_id from outbox_cursor")
    return row[0] if row else 0


def move_on(transaction: Transaction, event_id: int) -> None:
    """Remember that deliveries were made from all events up to this one."""
    transaction.execute("update outbox_cursor set event_id = ?", (event_id,))


def add(transaction: Transaction, delivery: Delivery) -> bool:
    """Add a delivery; False when the recipient gets this event by this channel already."""
    added = transaction.execute(
        f"insert into outbox_delivery ({_COLUMNS}, claim, forget_at)"
        f" values ({'?, ' * 17}'', ?) on conflict do nothing",
        (
            delivery.id,
            delivery.event_id,
            delivery.kind,
            delivery.restaurant_id,
            delivery.reservation_id,
            delivery.party,
            delivery.channel,
            delivery.recipient,
            delivery.status,
            delivery.attempts,
            to_us(delivery.next_at),
            to_us(delivery.expires_at),
            delivery.error,
            to_us(delivery.created_at),
            None,
            dumps(delivery.notice or delivery.letter),
            delivery.subject,
            to_us(max(delivery.created_at, delivery.visit_end) + KEPT),
        ),
    )
    return added == 1


def supersede(transaction: Transaction, delivery: Delivery, now: dt.datetime) -> dt.datetime | None:
    """Drop a waiting, never attempted delivery to the recipient about the same reservation.

    When it was due; None when there was none.
    """
    row = transaction.one(
        "update outbox_delivery set status = 'dropped', settled_at = ?, error = ?"
        " where reservation_id = ? and channel = ? and recipient = ? and party = ?"
        " and status = 'waiting' and attempts = 0 and next_at > ? returning next_at",
        (
            to_us(now),
            SUPERSEDED,
            delivery.reservation_id,
            delivery.channel,
            delivery.recipient,
            delivery.party,
            to_us(now),
        ),
    )
    return from_us(row[0]) if row and row[0] is not None else None


def due(
    transaction: Transaction, now: dt.datetime, *, full: Collection[str] = (), limit: int
) -> list[tuple[str, str]]:
    """What may be attempted, the longest due first, at most `limit`: each id with its lane.

    None is taken from lanes that are `full`.
    """
    open_lane = f"{_LANE} not {among(full)} and " if full else ""
    rows = transaction.all(
        f"select d.id, {_LANE} from outbox_delivery d where {open_lane}{_READY}"
        " order by d.next_at limit ?",
        (*full, to_us(now), limit),
    )
    return [(delivery_id, lane) for delivery_id, lane in rows]


def claim(
    transaction: Transaction,
    token: str,
    chosen: Collection[str],
    now: dt.datetime,
    until: dt.datetime,
) -> list[Delivery]:
    """Claim those of the chosen that are due, for this process alone until the claim ends.

    A conditional update: one process gets each delivery, and a claim of a process that died runs
    out.
    """
    if not chosen:
        return []
    rows = transaction.all(
        "update outbox_delivery set status = 'sending', attempts = attempts + 1, claim = ?,"
        f" next_at = ? where id in (select d.id from outbox_delivery d where d.id {among(chosen)}"
        f" and {_READY}) returning {_COLUMNS}",
        (token, to_us(until), *chosen, to_us(now)),
    )
    return sorted(map(_delivery, rows), key=lambda each: each.event_id)


def give_up_expired(transaction: Transaction, now: dt.datetime, *, limit: int) -> int:
    """Give up due deliveries that have expired, at most `limit`; how many."""
    return transaction.execute(
        "update outbox_delivery set status = 'dead', error = ?, settled_at = ?, claim = ''"
        f" where id in (select id from outbox_delivery where status in {_UNSETTLED}"
        " and next_at <= ? and expires_at <= ? limit ?)",
        (EXPIRED, to_us(now), to_us(now), to_us(now), limit),
    )


def settle(
    transaction: Transaction,
    delivery_id: str,
    token: str,
    status: DeliveryStatus,
    *,
    now: dt.datetime,
    next_at: dt.datetime,
    error: str = "",
    counts: bool = True,
) -> bool:
    """Record how an attempt ended, and whether it counts as one.

    False when another process has claimed the delivery since.
    """
    settled_at = None if status == "waiting" else to_us(now)
    changed = transaction.execute(
        "update outbox_delivery set status = ?, attempts = attempts - ?, next_at = ?, error = ?,"
        " settled_at = ?, claim = '' where id = ? and claim = ? and status = 'sending'",
        (status, 0 if counts else 1, to_us(next_at), error, settled_at, delivery_id, token),
    )
    return changed == 1


class DeliveryPosition(msgspec.Struct, frozen=True):
    """A place in the list of deliveries: where the next page goes on."""

    event_id: int
    id: str


def position_of(delivery: Delivery) -> DeliveryPosition:
    return DeliveryPosition(delivery.event_id, delivery.id)


def page(
    transaction: Transaction,
    *,
    statuses: Collection[DeliveryStatus] = (),
    after: DeliveryPosition | None = None,
    limit: int | None = None,
) -> list[Delivery]:
    """Deliveries beyond `after`, the newest event first, of these statuses or of all."""
    conditions, parameters = [], list[Any](statuses)
    if statuses:  # by events, so that a page of what most have costs a page
        conditions.append(further(f"status {among(statuses)}"))
    if after is not None:
        conditions.append("event_id <= ? and (event_id < ? or id > ?)")
        parameters += [after.event_id, after.event_id, after.id]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    rows = transaction.all(
        f"select {_COLUMNS} from outbox_delivery{where} order by event_id desc, id limit ?",
        (*parameters, NO_LIMIT if limit is None else limit),
    )
    return [_delivery(row) for row in rows]


def get(transaction: Transaction, delivery_id: str) -> Delivery | None:
    """One delivery, or None."""
    row = transaction.one(f"select {_COLUMNS} from outbox_delivery where id = ?", (delivery_id,))
    return _delivery(row) if row else None


def about(transaction: Transaction, reservation_id: str) -> list[Delivery]:
    """Every delivery about a reservation, the oldest event first."""
    rows = transaction.all(
        f"select {_COLUMNS} from outbox_delivery where reservation_id = ? order by event_id",
        (reservation_id,),
    )
    return [_delivery(row) for row in rows]


def about_person(transaction: Transaction, subject: str) -> list[Delivery]:
    """Every delivery about the person's reservations or account, the oldest event first."""
    rows = transaction.all(
        f"select {_COLUMNS} from outbox_delivery where subject = ? order by event_id, id",
        (subject,),
    )
    return [_delivery(row) for row in rows]


def last_told(transaction: Transaction, reservation_id: str) -> list[Delivery]:
    """The last delivery about a reservation to each party by each channel."""
    last = {(found.party, found.channel): found for found in about(transaction, reservation_id)}
    return list(last.values())


def retry(
    transaction: Transaction, delivery_id: str, now: dt.datetime, expires_at: dt.datetime
) -> bool:
    """Make a delivery due now, with all its attempts before it; False when it was sent."""
    changed = transaction.execute(
        "update outbox_delivery set status = 'waiting', attempts = 0, next_at = ?, expires_at = ?,"
        " settled_at = null, error = '' where id = ? and status in ('waiting', 'dead', 'dropped')",
        (to_us(now), to_us(expires_at), delivery_id),
    )
    return changed == 1


def drop(transaction: Transaction, delivery_id: str, now: dt.datetime) -> bool:
    """Give a delivery up; False when it was sent, or is being sent right now."""
    changed = transaction.execute(
        "update outbox_delivery set status = 'dropped', settled_at = ? where id = ?"
        " and status in ('waiting', 'dead')",
        (to_us(now), delivery_id),
    )
    return changed == 1


def counts(transaction: Transaction) -> dict[tuple[Channel, DeliveryStatus], int]:
    """How many deliveries there are of each channel and status, as triggers have counted them."""
    rows = transaction.all("select channel, status, number from delivery_tally where number > 0")
    return {(channel, status): number for channel, status, number in rows}


def recount(transaction: Transaction) -> None:
    """Count the deliveries anew, after a time without triggers."""
    transaction.execute(
        "update delivery_tally set number = (select count(*) from outbox_delivery d"
        " where d.channel = delivery_tally.channel and d.status = delivery_tally.status)"
    )


def backlog(transaction: Transaction) -> Backlog:
    """What has still to be sent. Reads some rows, however much that is, and counts at most
    `MOST_COUNTED` events."""
    numbers: Counter[DeliveryStatus] = Counter()
    for (_, status), number in counts(transaction).items():
        numbers[status] += number
    read_up_to = position(transaction)
    unread = transaction.one(
        "select count(*) from (select 1 from event where id > ? limit ?) as beyond",
        (read_up_to, MOST_COUNTED),
    )
    return Backlog(
        unread=unread[0] if unread else 0,
        waiting=numbers["waiting"],
        sending=numbers["sending"],
        dead=numbers["dead"],
        unread_at=_moment(
            transaction.one("select at from event where id > ? order by id limit 1", (read_up_to,))
        ),
        oldest_at=_moment(
            transaction.one(
                "select min(at) from (select min(created_at) as at from outbox_delivery"
                " where status = 'waiting' union all select min(created_at) from outbox_delivery"
                " where status = 'sending') as oldest"
            )
        ),
    )


def _moment(row: Row | None) -> dt.datetime | None:
    return from_us(row[0]) if row and row[0] is not None else None


def letters_of_late(transaction: Transaction, since: dt.datetime) -> LettersOfLate:
    """Letters that fail, and those given up after `since`. Of those that were sent it reads one."""
    failing = transaction.all(
        f"select created_at, error from outbox_delivery where status in {_UNSETTLED}"
        " and channel = 'email' and error != '' order by created_at limit ?",
        (_LETTERS_READ,),
    )
    sent = transaction.one(
        "select next_at from outbox_delivery where status = 'sent' and channel = 'email'"
        " order by next_at desc limit 1"  # the moment it was sent; there is an index
    )
    given_up = transaction.all(
        "select recipient, error from outbox_delivery where status = 'dead' and channel = 'email'"
        " and settled_at > ? and error != ? order by settled_at limit ?",
        (max(to_us(since), sent[0] if sent else 0), ACCOUNT_GONE, _LETTERS_READ),
    )
    return LettersOfLate(
        failing=tuple((from_us(at), error) for at, error in failing), given_up=tuple(given_up)
    )


def letters_since(
    transaction: Transaction, mark: bytes, topic: LetterTopic, since: dt.datetime
) -> int:
    """How many letters on this topic went to the address since then, or are planned.

    `mark` is the hash of the address.
    """
    row = transaction.one(
        "select count(*) from letter_slot where mark = ? and topic = ? and at > ?",
        (mark, topic, to_us(since)),
    )
    return row[0] if row else 0


def last_letter_but(
    transaction: Transaction, mark: bytes, topic: LetterTopic, later: int
) -> dt.datetime | None:
    """When the letter went to the address that `later` newer ones followed."""
    row = transaction.one(
        "select at from letter_slot where mark = ? and topic = ? order by at desc limit 1 offset ?",
        (mark, topic, later),
    )
    return from_us(row[0]) if row else None


def note_letter(transaction: Transaction, mark: bytes, topic: LetterTopic, at: dt.datetime) -> None:
    """Count a letter to the address."""
    transaction.execute(
        "insert into letter_slot (mark, topic, at) values (?, ?, ?)", (mark, topic, to_us(at))
    )


def sweep_letters(transaction: Transaction, before: dt.datetime, *, limit: int) -> int:
    """Stop counting letters from before a moment, at most `limit`; how many."""
    return transaction.execute(
        "delete from letter_slot where id in (select id from letter_slot where at <= ? limit ?)",
        (to_us(before), limit),
    )


def forget(transaction: Transaction, subject: str) -> dict[str, str]:
    """Drop every delivery about a reservation of this person with what it says.

    Their ids, each with the reservation's. Those of reservations that have been removed since are
    found as well.
    """
    rows = transaction.all(
        "delete from outbox_delivery where subject = ? returning id, reservation_id", (subject,)
    )
    return dict(rows)


def prune(transaction: Transaction, now: dt.datetime, *, limit: int) -> int:
    """Delete settled deliveries that are past their time, at most `limit`; how many."""
    return transaction.execute(
        "delete from outbox_delivery where id in (select id from outbox_delivery"
        f" where forget_at < ? and status not in {_UNSETTLED} limit ?)",
        (to_us(now), limit),
    )


def _delivery(row: Row) -> Delivery:
    about_account = row[2] in ACCOUNT_LETTERS
    return Delivery(
        id=row[0],
        event_id=row[1],
        kind=row[2],
        restaurant_id=row[3],
        reservation_id=row[4],
        party=row[5],
        channel=row[6],
        recipient=row[7],
        status=row[8],
        attempts=row[9],
        next_at=from_us(row[10]),
        expires_at=from_us(row[11]),
        error=row[12],
        created_at=from_us(row[13]),
        settled_at=from_us(row[14]) if row[14] is not None else None,
        notice=None if about_account else loads(row[15], Notice),
        letter=loads(row[15], AccountLetter) if about_account else None,
        subject=row[16],
    )
