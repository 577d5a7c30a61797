from __future__ import annotations

import datetime as dt

import pytest

from bakureserve.domain.errors import Invalid
from bakureserve.store.reservations import idempotency
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.transaction import BrokenRule, Transaction
from tests.kit.rows import NOW

CREATED = Answer(201, b'{"id":"\xc9\x99"}\x00')
DAY = dt.timedelta(days=1)


def keep(
    transaction: Transaction,
    key: str = "k",
    *,
    subject: str = "me",
    fingerprint: bytes = b"book",
    now: dt.datetime = NOW,
) -> None:
    idempotency.keep(
        transaction, CREATED, subject=subject, key=key, fingerprint=fingerprint, now=now
    )


def find(
    transaction: Transaction, key: str = "k", *, subject: str = "me", fingerprint: bytes = b"book"
) -> Answer | None:
    return idempotency.find(transaction, subject=subject, key=key, fingerprint=fingerprint)


def test_the_same_call_gets_the_same_answer_to_the_byte(transaction: Transaction) -> None:
    assert find(transaction) is None
    keep(transaction)
    assert find(transaction) == CREATED
    assert find(transaction, subject="you", fingerprint=b"another") is None
    with pytest.raises(BrokenRule):
        keep(transaction)


def test_a_key_used_for_another_call_is_refused(transaction: Transaction) -> None:
    keep(transaction)
    with pytest.raises(Invalid, match="idempotency_key_reused") as caught:
        find(transaction, fingerprint=b"another")
    assert caught.value.field == "Idempotency-Key"


def test_answers_are_forgotten_by_age_alone(transaction: Transaction) -> None:
    for number, age in enumerate((3, 2, 1)):
        keep(transaction, f"k{number}", now=NOW - age * DAY)
    assert idempotency.forget_before(transaction, NOW - 2 * DAY, limit=9) == 1
    assert [find(transaction, f"k{number}") for number in range(3)] == [None, CREATED, CREATED]
    assert idempotency.forget_before(transaction, NOW - 2 * DAY, limit=9) == 0


def test_all_of_one_caller_s_answers_are_forgotten_at_will(transaction: Transaction) -> None:
    keep(transaction, "k1")
    keep(transaction, "k2")
    keep(transaction, subject="you")
    assert idempotency.forget_of(transaction, "me") == 2
    assert find(transaction, "k1") is None
    assert find(transaction, subject="you") == CREATED
