"""The health of an open store: the fault that stops its writes, and the probe that ends it.

Whatever meets damage reports it: a guest's list, a backup, the check in the background. From then
on no write is acknowledged, until one as large as a booking was made and found again.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable

from bakureserve.domain.errors import StoreCorrupt, Unavailable
from bakureserve.store.transaction import Transaction

_PASSING = frozenset({"store_io_error", "store_gone", "store_log_gone"})
"""May pass: the disk answers again, or the file is back where it was."""
_LASTING = frozenset({"store_corrupt", "store_write_lost"})
"""Only restoring the database ends them."""
_TRY_AGAIN_SECONDS = 2.0

FILLING = 48 * 1024
"""Bytes that the probe writes: at least what a booking adds to the write-ahead log, so that a disk
that takes this takes a booking. A test holds the two together."""

# Columns that no index has, or in the order of the table itself: an index must not answer.
_ONE_OF_EACH = (
    "select (select name from restaurant limit 1),"
    " (select name from dining_table order by key desc limit 1),"
    " (select guest_name from reservation limit 1),"
    " (select reservation_id from table_occupancy order by table_key, starts_at limit 1),"
    " (select kind from event order by id desc limit 1),"
    " (select name from user_account limit 1)"
)

Listener = Callable[[Unavailable | None], None]


class StoreHealth:
    """Remembers the first grave fault, reports it once, and refuses writes until it is over.

    `clock` counts seconds from any moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.fault: Unavailable | None = None
        self._clock = clock
        self._tried_at = -math.inf
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each fault, at once with a present one, and with None at its end.

        It may be called in any thread.
        """
        self._listeners.append(listener)
        if self.fault is not None:
            listener(self.fault)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self.fault)

    @property
    def is_lost(self) -> bool:
        """Whether the fault cannot pass."""
        return self.fault is not None and self.fault.code in _LASTING

    def note(self, error: BaseException) -> bool:
        """Whether the error is a grave fault. Remembers the first, and the first that lasts."""
        if not isinstance(error, Unavailable) or error.code not in _PASSING | _LASTING:
            return False
        if self.fault is None or (error.code in _LASTING and not self.is_lost):
            self.fault = error
            self._tell()
        return True

    def refuse(self) -> None:
        """Raise the present fault."""
        if self.fault is not None:
            raise type(self.fault)(self.fault.code, **self.fault.params)

    def may_try_again(self) -> bool:
        """Whether to probe now if the fault is over: at most once in a while."""
        if self.is_lost or self._clock() - self._tried_at < _TRY_AGAIN_SECONDS:
            return False
        self._tried_at = self._clock()
        return True

    def trust_again(self) -> None:
        """End a fault that may pass, after the probe's write was found again."""
        if self.fault is not None and not self.is_lost:
            self.fault = None
            self._tried_at = -math.inf
            self._tell()


def read_something(transaction: Transaction) -> None:
    """Read a row of each table that a booking needs."""
    transaction.one(_ONE_OF_EACH)


def write_something(transaction: Transaction) -> int:
    """Overwrite the probe's row, so that the file does not grow; its number, one more each time."""
    transaction.execute(
        "insert into probe (id, number, filling) values (1, 1, ?)"
        " on conflict (id) do update set number = probe.number + 1, filling = excluded.filling",
        (os.urandom(FILLING),),
    )
    return _number(transaction)


def find_again(transaction: Transaction, written: int) -> None:
    """Raise StoreCorrupt unless the probe's row is there as written, or newer."""
    if _number(transaction) < written:
        raise StoreCorrupt("store_write_lost")


def _number(transaction: Transaction) -> int:
    row = transaction.one("select number, length(filling) from probe where id = 1")
    return row[0] if row and row[1] == FILLING else 0
