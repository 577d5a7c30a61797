"""What every change leaves behind, in its own transaction: an event and an audit row."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bakureserve.domain.accounts.actor import Actor
from bakureserve.store.codec import dumps, to_us
from bakureserve.store.transaction import Transaction

_EVENT = "insert into event (at, kind, restaurant_id, reservation_id, data) values (?, ?, ?, ?, ?)"
_AUDIT = (
    "insert into audit (at, actor_kind, actor, action, noun_id, changes, request_id)"
    " values (?, ?, ?, ?, ?, ?, ?)"
)


def record(
    transaction: Transaction,
    *,
    actor: Actor,
    now: dt.datetime,
    action: str,
    noun_id: str,
    changes: dict[str, Any] | None = None,
    restaurant_id: str | None = None,
    reservation_id: str | None = None,
    event: dict[str, Any] | None = None,
) -> int:
    """Write down that `actor` did `action` to `noun_id`; the event's number.

    `action` is `<noun>.<past participle>`, such as `reservation.cancelled`. `changes` maps a field
    to its new value and stays in the audit log; `event` goes out to whoever follows the reservation
    or the restaurant, and holds nothing personal.
    """
    at = to_us(now)
    transaction.execute(
        _AUDIT,
        (
            at,
            actor.kind,
            actor.subject,
            action,
            noun_id,
            dumps(changes) if changes else "{}",
            actor.request_id,
        ),
    )
    return transaction.insert(
        _EVENT,
        (at, action, restaurant_id, reservation_id, dumps(event) if event else "{}"),
    )
