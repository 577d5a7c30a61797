"""Links written to somebody's address, of which only hashes are kept, and how many letters went."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from bakureserve.domain.accounts.account import Purpose
from bakureserve.store.codec import from_us, to_us
from bakureserve.store.transaction import Transaction

Topic = Literal["account", "notice"]


def add(
    transaction: Transaction,
    token_hash: bytes,
    user_id: str,
    purpose: Purpose,
    expires_at: dt.datetime,
) -> None:
    """Add a link."""
    transaction.execute(
        "insert into account_proof (token_hash, user_id, purpose, expires_at) values (?, ?, ?, ?)",
        (token_hash, user_id, purpose, to_us(expires_at)),
    )


def holder(
    transaction: Transaction, token_hash: bytes, purpose: Purpose, now: dt.datetime
) -> str | None:
    """Whose link for this it is, if it is still good."""
    row = transaction.one(
        "select user_id from account_proof where token_hash = ? and purpose = ? and expires_at > ?",
        (token_hash, purpose, to_us(now)),
    )
    return row[0] if row else None


def use_up(transaction: Transaction, user_id: str) -> None:
    """Let none of the person's links be good any more."""
    transaction.execute("delete from account_proof where user_id = ?", (user_id,))


def letters(transaction: Transaction, mark: bytes, topic: Topic, since: dt.datetime) -> int:
    """How many letters about this went to the address since then, or will."""
    row = transaction.one(
        "select count(*) from letter_slot where mark = ? and topic = ? and at > ?",
        (mark, topic, to_us(since)),
    )
    return row[0] if row else 0


def last_but(transaction: Transaction, mark: bytes, topic: Topic, later: int) -> dt.datetime | None:
    """When the letter about this went to the address that `later` newer ones followed."""
    row = transaction.one(
        "select at from letter_slot where mark = ? and topic = ? order by at desc limit 1 offset ?",
        (mark, topic, later),
    )
    return from_us(row[0]) if row else None


def note_letter(transaction: Transaction, mark: bytes, topic: Topic, at: dt.datetime) -> None:
    """Count a letter to the address."""
    transaction.execute(
        "insert into letter_slot (mark, topic, at) values (?, ?, ?)", (mark, topic, to_us(at))
    )


def sweep(transaction: Transaction, now: dt.datetime, counted_before: dt.datetime) -> None:
    """Forget links that are over, and letters of before."""
    transaction.execute("delete from account_proof where expires_at <= ?", (to_us(now),))
    transaction.execute("delete from letter_slot where at <= ?", (to_us(counted_before),))
