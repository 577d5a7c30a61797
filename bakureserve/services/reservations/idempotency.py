"""Do a creating call once, however often it is sent (the `Idempotency-Key` header)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.store.reservations import idempotency
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.transaction import Transaction

T = TypeVar("T")


class IdempotentCall(msgspec.Struct, Generic[T], kw_only=True):
    """A call to be done once under a `subject`'s `key`; `fingerprint` identifies its content.

    `encode` returns the body of the answer, which has this `status`. It runs once: `answer` is what
    was stored, for this call to send and for later ones to repeat.
    """

    subject: str
    key: str
    fingerprint: bytes
    status: int
    encode: Callable[[T], bytes]
    answer: Answer | None = None

    def find(self, transaction: Transaction) -> Answer | None:
        """The earlier answer, if any. Raises Invalid when the key was used for another call."""
        return idempotency.find(
            transaction, subject=self.subject, key=self.key, fingerprint=self.fingerprint
        )

    def keep(self, transaction: Transaction, result: T, now: dt.datetime) -> None:
        """Encode and store the answer, in the transaction that did the work."""
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
    """The keys of calls in progress in this process.

    Between processes the store decides: the answer is stored in the transaction of the work, so the
    second process finds the answer of the first.
    """

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def claim(self, once: IdempotentCall[T]) -> Iterator[None]:
        """Raises Conflict while another call with the key is in progress."""
        key = (once.subject, once.key)
        if key in self._keys:
            raise Conflict("idempotency_key_in_use")
        self._keys.add(key)
        try:
            yield
        finally:
            self._keys.discard(key)
