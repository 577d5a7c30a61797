"""Doing a creating call once, however often it is sent (the `Idempotency-Key` header)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.store import idempotency
from bakureserve.store.idempotency import Answer
from bakureserve.store.transaction import Transaction

T = TypeVar("T")


class Once(msgspec.Struct, Generic[T], kw_only=True):
    """A call to be done once under a `subject`'s `key`; `fingerprint` is what it asked for.

    `encode` gives the body of the answer, which has this `status`. It runs once: `answer` is what
    was kept, for this call to send and for later ones to repeat.
    """

    subject: str
    key: str
    fingerprint: bytes
    status: int
    encode: Callable[[T], bytes]
    answer: Answer | None = None

    def find(self, transaction: Transaction) -> Answer | None:
        """The answer given before. Raises Invalid when the key was used for something else."""
        return idempotency.find(
            transaction, subject=self.subject, key=self.key, fingerprint=self.fingerprint
        )

    def keep(self, transaction: Transaction, result: T, now: dt.datetime) -> None:
        """Encode the answer and keep it, in the transaction that did the work."""
        self.answer = Answer(self.status, self.encode(result))
        idempotency.keep(
            transaction,
            self.answer,
            subject=self.subject,
            key=self.key,
            fingerprint=self.fingerprint,
            now=now,
        )


class InFlightKeys:
    """The keys of calls that are being worked on in this process.

    Another process is held off by the store itself: the answer is kept in the transaction of the
    work, so of two processes one finds the other's answer.
    """

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def claim(self, once: Once[T]) -> Iterator[None]:
        """Raises Conflict when the same key is being worked on."""
        key = (once.subject, once.key)
        if key in self._keys:
            raise Conflict("idempotency_key_in_use")
        self._keys.add(key)
        try:
            yield
        finally:
            self._keys.discard(key)
