"""Answers to creating calls, kept so that the same call made again gets the same answer."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.store.codec import to_us
from bakureserve.store.transaction import Transaction


class Answer(msgspec.Struct, frozen=True):
    """What was answered: an HTTP status and the body's bytes."""

    status: int
    body: bytes


def find(transaction: Transaction, *, subject: str, key: str, fingerprint: bytes) -> Answer | None:
    """The kept answer. Raises Invalid when the key was used for another request."""
    row = transaction.one(
        "select fingerprint, status, body from idempotency_key where subject = ? and key = ?",
        (subject, key),
    )
    if row is None:
        return None
    if row[0] != fingerprint:
        raise Invalid("idempotency_key_reused", field="Idempotency-Key")
    return Answer(row[1], row[2])


def keep(
    transaction: Transaction,
    answer: Answer,
    *,
    subject: str,
    key: str,
    fingerprint: bytes,
    now: dt.datetime,
) -> None:
    """Keep an answer, in the transaction of the change that it answers."""
    transaction.execute(
        "insert into idempotency_key (subject, key, fingerprint, status, body, created_at)"
        " values (?, ?, ?, ?, ?, ?)",
        (subject, key, fingerprint, answer.status, answer.body, to_us(now)),
    )


def forget_before(transaction: Transaction, moment: dt.datetime, *, limit: int) -> int:
    """Drop answers kept before `moment`, at most `limit`; how many."""
    return transaction.execute(
        "delete from idempotency_key where (subject, key) in"
        " (select subject, key from idempotency_key where created_at < ? limit ?)",
        (to_us(moment), limit),
    )


def forget_of(transaction: Transaction, subject: str) -> int:
    """Drop the answers kept for one caller; how many."""
    return transaction.execute("delete from idempotency_key where subject = ?", (subject,))
