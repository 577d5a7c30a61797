"""Mending what `check` finds, as far as it takes no judgement."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from bakureserve.domain.errors import NotFound
from bakureserve.store import check, migrator, occupancy
from bakureserve.store.database import write_alone
from bakureserve.store.guards import guards
from bakureserve.store.transaction import Transaction

_HOLD = (
    "insert into table_occupancy (table_key, starts_at, ends_at, reservation_id)"
    " select table_key, starts_at, held_until, id from reservation where id = ?"
)


class Repaired(msgspec.Struct, frozen=True):
    """What a repair changed: `guards` made anew, by name; how many tables were `freed` of
    reservations that are gone or over; how many reservations hold (`held`) what they say again.
    `refused` are the ids of those whose table is taken, or that name none."""

    guards: tuple[str, ...]
    freed: int
    held: int
    refused: tuple[str, ...]


def repair(path: Path, *, busy_timeout: float) -> Repaired:
    """Bring guards and occupancy in line with the program and the reservations, in one transaction.

    A reservation is what its guest was told; what is held follows from it. Safe beside a server.
    Raises NotFound, SchemaMismatch, Unavailable.
    """
    if not path.is_file():
        raise NotFound("no_database", path=str(path))
    migrator.require_current(path)
    return write_alone(path, _mend, busy_timeout=busy_timeout)


def _mend(transaction: Transaction) -> Repaired:
    made = _reinstall_guards(transaction)  # first: they refuse what must not be mended
    freed = transaction.execute(
        "delete from table_occupancy where (table_key, starts_at) in"
        f" (select o.table_key, o.starts_at {check.ORPHANED})"
    )
    astray = transaction.all(
        f"select r.id {check.MISPLACED} union select r.id {check.WITHOUT_TABLE} order by r.id"
    )
    refused = tuple(id_ for (id_,) in astray if not _hold_what_it_says(transaction, id_))
    return Repaired(made, freed, len(astray) - len(refused), refused)


def _reinstall_guards(transaction: Transaction) -> tuple[str, ...]:
    astray = check.guards_astray(dict(transaction.all(check.TRIGGERS)))
    for name in astray:
        transaction.execute(f"drop trigger if exists {name}")
        transaction.execute(guards()[name])
    return astray


def _hold_what_it_says(transaction: Transaction, reservation_id: str) -> bool:
    """Give a reservation its own table and time; False, and nothing changed, when refused."""
    transaction.execute("savepoint hold")
    try:
        occupancy.release(transaction, reservation_id)
        transaction.execute(_HOLD, (reservation_id,))
    except sqlite3.IntegrityError:
        transaction.execute("rollback to hold")
        return False
    finally:
        transaction.execute("release hold")
    return True
