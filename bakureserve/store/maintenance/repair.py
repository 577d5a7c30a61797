"""Repairs what `check` finds where there is only one right answer."""

from __future__ import annotations

from contextlib import closing

import msgspec

from bakureserve.store import migrator, notifications
from bakureserve.store.engines import Location, engine_of
from bakureserve.store.maintenance import check
from bakureserve.store.reservations import occupancy
from bakureserve.store.transaction import BrokenRule, Connection, Transaction

_HOLD = (
    "insert into table_occupancy (table_key, starts_at, ends_at, reservation_id)"
    " select table_key, starts_at, held_until, id from reservation where id = ?"
)
_SIT_DOWN = (
    "insert into table_seating"
    " (table_key, reservation_id, restaurant_id, seated_at, ends_at)"
    " select table_key, id, restaurant_id, updated_at, ends_at from reservation r where id = ?"
    " and not exists (select 1 from table_seating s where s.table_key = r.table_key)"
    " on conflict do nothing"
)


class Repaired(msgspec.Struct, frozen=True):
    """What a repair changed: `guards` made anew, by name; how many tables were `freed` of
    reservations that are gone or over; how many reservations hold (`held`) what they say again;
    how many seated parties are noted at their tables again (`seated`). `refused` are the ids of
    those whose table is taken, or that name none."""

    guards: tuple[str, ...]
    freed: int
    held: int
    seated: int
    refused: tuple[str, ...]


def repair(path: Location, *, busy_timeout: float) -> Repaired:
    """Bring guards and occupancy in line with the program and the reservations, in one transaction.

    A reservation is what its guest was told; what is held follows from it. Safe beside a server.
    Raises SchemaMismatch, Unavailable.
    """
    migrator.require_current(path)
    engine = engine_of(path)
    with closing(engine.connect("write", busy_timeout=busy_timeout)) as connection:
        connection.begin_writing()
        repaired = _mend(connection, engine.guards())
        connection.commit()
    return repaired


def _mend(transaction: Connection, guards: dict[str, str]) -> Repaired:
    made = _reinstall_guards(transaction, guards)  # first: they refuse what must not be mended
    notifications.recount(transaction)
    freed = transaction.execute(
        "delete from table_occupancy where (table_key, starts_at) in"
        f" (select o.table_key, o.starts_at {check.ORPHANED})"
    )
    astray = transaction.all(
        f"select r.id {check.MISPLACED} union select r.id {check.WITHOUT_TABLE} order by 1"
    )
    unheld = tuple(id_ for (id_,) in astray if not _hold_what_it_says(transaction, id_))
    seated, standing = _note_who_sits(transaction)
    refused = tuple(dict.fromkeys((*unheld, *standing)))
    return Repaired(made, freed, len(astray) - len(unheld), seated, refused)


def _note_who_sits(transaction: Transaction) -> tuple[int, tuple[str, ...]]:
    """How many seated parties were noted at their tables, and who could not be: another sits there.

    Of two who say that they sit at one table, the one that came last is believed.
    """
    transaction.execute(
        f"delete from table_seating where table_key in (select s.table_key {check.EMPTY_SEATS})"
    )
    missing = transaction.all(f"select r.id {check.WITHOUT_SEAT} order by r.starts_at desc, r.id")
    standing = tuple(id_ for (id_,) in missing if not transaction.execute(_SIT_DOWN, (id_,)))
    return len(missing) - len(standing), standing


def _reinstall_guards(connection: Connection, guards: dict[str, str]) -> tuple[str, ...]:
    astray = check.guards_astray(connection.triggers(), guards)
    for name in astray:
        connection.replace_trigger(name, guards[name])
    return astray


def _hold_what_it_says(transaction: Transaction, reservation_id: str) -> bool:
    """Give a reservation its own table and time; False, and nothing changed, when refused."""
    transaction.execute("savepoint hold")
    try:
        occupancy.release(transaction, reservation_id)
        transaction.execute(_HOLD, (reservation_id,))
    except BrokenRule:
        transaction.execute("rollback to hold")
        return False
    finally:
        transaction.execute("release hold")
    return True
