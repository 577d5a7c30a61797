"""The event log: one row for each change, written by `store.audit.record`, read by live streams and
the outbox.

An event's id is its place in the order of commits. Ids are given inside write transactions, which
run one at a time: once an id can be read, no smaller one appears any more.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bakureserve.store.codec import from_us, loads, to_us
from bakureserve.store.transaction import Row, Transaction

_SELECT = "select id, at, kind, restaurant_id, reservation_id, data from event where id > ?"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `kind` is `<noun>.<past participle>`; `at` is UTC."""

    id: int
    at: dt.datetime
    kind: str
    restaurant_id: str | None
    reservation_id: str | None
    data: dict[str, Any]


def newest(transaction: Transaction) -> int:
    """The id of the latest event; 0 before the first."""
    row = transaction.one("select max(id) from event")
    return row[0] or 0 if row else 0


def oldest(transaction: Transaction) -> int:
    """The id of the earliest event that is kept; 0 before the first."""
    row = transaction.one("select min(id) from event")
    return row[0] or 0 if row else 0


def after(transaction: Transaction, event_id: int, *, limit: int) -> list[Event]:
    """The events beyond `event_id` in their order, at most `limit`."""
    rows = transaction.all(f"{_SELECT} order by id limit ?", (event_id, limit))
    return [_event(row) for row in rows]


def of_reservation(transaction: Transaction, reservation_id: str, event_id: int) -> list[Event]:
    """The reservation's events beyond `event_id`. Looks at every event since: keep that short."""
    rows = transaction.all(
        f"{_SELECT} and reservation_id = ? order by id", (event_id, reservation_id)
    )
    return [_event(row) for row in rows]


def of_restaurant(transaction: Transaction, restaurant_id: str, event_id: int) -> list[Event]:
    """As `of_reservation`, for all reservations of a restaurant."""
    rows = transaction.all(
        f"{_SELECT} and restaurant_id = ? and reservation_id is not null order by id",
        (event_id, restaurant_id),
    )
    return [_event(row) for row in rows]


def prune(transaction: Transaction, before: dt.datetime, *, read_up_to: int, limit: int) -> int:
    """Delete events from before a moment, the oldest first and at most `limit`; how many.

    Keeps what lies beyond `read_up_to`, which the outbox has still to read, and the newest event:
    never reuse an event id.
    """
    return transaction.execute(
        "delete from event where id in (select id from event where id <= ? and id < ("
        "select max(id) from event) order by id limit ?) and at < ?",
        (read_up_to, limit, to_us(before)),
    )


def _event(row: Row) -> Event:
    return Event(
        id=row[0],
        at=from_us(row[1]),
        kind=row[2],
        restaurant_id=row[3],
        reservation_id=row[4],
        data=loads(row[5], dict[str, Any]),
    )
