"""Whether what is written to a store will be there again: believed until the opposite is seen.

Damage shows itself wherever it is met: in a guest's list, a backup, the check in the background.
From then on nothing more may be acknowledged. A write as large as a booking, found again, is the
proof that a fault is over.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from bakureserve.domain.errors import StoreCorrupt, Unavailable
from bakureserve.store.transaction import Transaction

_PASSING = frozenset({"store_io_error", "store_gone", "store_log_gone"})
"""What may be over by itself: the disk answers again, or the file is back where it was."""
_LASTING = frozenset({"store_corrupt", "store_write_lost"})
"""What only a restored database ends."""
_TRY_AGAIN_SECONDS = 2.0

FILLING = 48 * 1024
"""Bytes that are written anew each time: at least what a booking adds to the write-ahead log, so
that a disk that takes this takes a booking. A test holds the two together."""

# In the order of the tables themselves: any other would be answered from an index.
_NEWEST = (
    "select (select name from restaurant order by rowid desc limit 1),"
    " (select name from dining_table order by rowid desc limit 1),"
    " (select guest_name from reservation order by rowid desc limit 1),"
    " (select reservation_id from table_occupancy order by table_key, starts_at limit 1),"
    " (select kind from event order by id desc limit 1),"
    " (select email from user_account order by rowid desc limit 1)"
)

Listener = Callable[[Unavailable | None], None]


class Soundness:
    """Remembers the first grave failure, tells it once, and refuses writes until it is over.

    `clock` tells seconds, from any moment on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.fault: Unavailable | None = None
        self._clock = clock
        self._tried_at = -math.inf
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of each fault, at once of one that there is, and by None of its end.
        It may be called in any thread."""
        self._listeners.append(listener)
        if self.fault is not None:
            listener(self.fault)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self.fault)

    @property
    def is_lost(self) -> bool:
        """Whether no trying again can mend it."""
        return self.fault is not None and self.fault.code in _LASTING

    def note(self, error: BaseException) -> bool:
        """Whether this failure is a grave one. The first is remembered, until one that lasts."""
        if not isinstance(error, Unavailable) or error.code not in _PASSING | _LASTING:
            return False
        if self.fault is None or (error.code in _LASTING and not self.is_lost):
            self.fault = error
            self._tell()
        return True

    def refuse(self) -> None:
        """Raise the fault again. Only to be asked while there is one."""
        if self.fault is not None:
            raise type(self.fault)(self.fault.code, **self.fault.params)

    def may_try_again(self) -> bool:
        """Whether it is time to see if the fault is over. After a yes it is a no for a while."""
        if self.is_lost or self._clock() - self._tried_at < _TRY_AGAIN_SECONDS:
            return False
        self._tried_at = self._clock()
        return True

    def trust_again(self) -> None:
        """A large write was found again in the file: a fault that may pass is over."""
        if self.fault is not None and not self.is_lost:
            self.fault = None
            self._tried_at = -math.inf
            self._tell()


def outcome_unknown(reason: Unavailable) -> Unavailable:
    """What is told of a change that was being committed when `reason` came up: it may be kept,
    or not."""
    told = Unavailable("store_outcome_unknown")
    told.__cause__ = reason
    return told


def reason_of(error: BaseException) -> BaseException:
    """What is wrong with the store; of an unknown outcome, why it is unknown."""
    is_unknown = isinstance(error, Unavailable) and error.code == "store_outcome_unknown"
    return error.__cause__ or error if is_unknown else error


def require_kept(require_in_place: Callable[[], None]) -> None:
    """Look where a commit has gone. Raises Unavailable when a crash decides whether it is kept.

    Its file or log went after the look before the commit: what is written may be in neither.
    """
    try:
        require_in_place()
    except Unavailable as error:
        raise outcome_unknown(error) from error


def read_something(transaction: Transaction) -> None:
    """Read a row of each table that a booking needs."""
    transaction.one(_NEWEST)


def write_something(transaction: Transaction) -> int:
    """Write the probe's row anew, as durable as a booking; its number, which is one more each time.

    It takes the place of what was there: the file does not grow by it.
    """
    transaction.execute(
        "insert into probe (id, number, filling) values (1, 1, randomblob(?))"
        " on conflict (id) do update set number = number + 1, filling = excluded.filling",
        (FILLING,),
    )
    return _number(transaction)


def find_again(transaction: Transaction, written: int) -> None:
    """Raises StoreCorrupt unless the probe's row is there as it was written, or newer."""
    if _number(transaction) < written:
        raise StoreCorrupt("store_write_lost")


def _number(transaction: Transaction) -> int:
    row = transaction.one("select number, length(filling) from probe where id = 1")
    return row[0] if row and row[1] == FILLING else 0
