"""What the engine says when it cannot serve, as the errors of the domain's tree."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NoReturn

from bakureserve.domain.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    Unavailable,
)

_BY_PRIMARY_CODE: dict[int, tuple[type[Unavailable], str]] = {
    sqlite3.SQLITE_BUSY: (StoreBusy, "store_busy"),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "store_busy"),
    sqlite3.SQLITE_FULL: (StoreFull, "store_full"),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, "store_read_only"),
    sqlite3.SQLITE_CANTOPEN: (StoreReadOnly, "store_cannot_open"),
    sqlite3.SQLITE_PERM: (StoreReadOnly, "store_cannot_open"),
    sqlite3.SQLITE_AUTH: (StoreReadOnly, "store_read_only"),
    sqlite3.SQLITE_CORRUPT: (StoreCorrupt, "store_corrupt"),
    sqlite3.SQLITE_NOTADB: (StoreCorrupt, "store_corrupt"),
    sqlite3.SQLITE_IOERR: (StoreFull, "store_io_error"),
}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection's lock was in the way, so that trying again makes sense."""
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def translated(error: sqlite3.Error) -> Exception:
    """The store's own failure as an `Unavailable`; anything else (a broken rule) as it came."""
    found = _BY_PRIMARY_CODE.get(_primary_code(error))
    if found is None:
        return error
    family, code = found
    told = family(code)
    told.__cause__ = error  # what the engine said, for the log
    return told


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


def commit(connection: sqlite3.Connection) -> None:
    """Commit. Raises what the engine raises, or Unavailable when a crash decides what is kept.

    A commit that is written and could not be synced is undone for this process alone: one that
    opens the file after a crash would find it whole, and take it.
    """
    try:
        connection.commit()
    except sqlite3.Error as error:
        told = translated(error)
        if _extended_code(error) == sqlite3.SQLITE_IOERR_FSYNC and isinstance(told, Unavailable):
            raise outcome_unknown(told) from told
        raise


def require_kept(require_in_place: Callable[[], None]) -> None:
    """Look where a commit has gone. Raises Unavailable when a crash decides whether it is kept.

    Its file or log went after the look before the commit: what is written may be in neither.
    """
    try:
        require_in_place()
    except Unavailable as error:
        raise outcome_unknown(error) from error


def raise_translated(error: sqlite3.Error) -> NoReturn:
    """Raise the error as `translated` has it.

    Not `from error`: one that comes out as it went in would be its own cause, and log formatters
    that follow the chain would follow it for ever.
    """
    raise translated(error)


def _primary_code(error: sqlite3.Error) -> int:
    # The low byte is the primary result code; the rest tells its kinds apart.
    return _extended_code(error) & 0xFF


def _extended_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0
