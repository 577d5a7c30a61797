"""Checks a database: whether its file is sound and its rows agree with each other.

Writes nothing, and reads one moment: a server may run meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from typing import Literal

import msgspec

from bakureserve.domain.errors import SchemaMismatch, StoreCorrupt
from bakureserve.domain.reservations.attention import NO_TABLE, TABLE_GONE, refusals
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE
from bakureserve.store import migrator
from bakureserve.store.codec import marked, one_of, to_us
from bakureserve.store.engines import Engine, Location, engine_of
from bakureserve.store.reservations import reservation_lists
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Connection, Transaction

Level = Literal["fault", "note"]

_EXAMPLES = 5
_DAMAGES_TOLD = 100
_PATIENCE = 5.0


class DatabaseFinding(msgspec.Struct, frozen=True):
    """Something that is wrong (a fault), or that an operator should know (a note).

    `count` is how many there are, `examples` the first few, `remedy` what to do about it.
    """

    code: str
    what: str
    count: int
    examples: tuple[str, ...]
    remedy: str
    level: Level = "fault"


class _Rule(msgspec.Struct, frozen=True):
    """A query with a row for each finding, as text; its `?` is the present moment."""

    code: str
    what: str
    query: str
    remedy: str
    level: Level = "fault"


_RESTORE = (
    "Stop the server and put the newest backup in its place: bakureserve restore BACKUP. "
    "The damaged file is kept."
)
_REPAIR = "bakureserve check --repair"
_HOLDS = one_of(HOLDS_A_TABLE)
ORPHANED = f"""
    from table_occupancy o left join reservation r on r.id = o.reservation_id
    where r.id is null or r.status not {_HOLDS}"""
MISPLACED = f"""
    from reservation r join table_occupancy o on o.reservation_id = r.id
    where r.status {_HOLDS} and (r.table_key is null
        or o.table_key <> r.table_key or o.starts_at <> r.starts_at or o.ends_at <> r.held_until)"""
WITHOUT_TABLE = f"""
    from reservation r where r.status {_HOLDS} and not {marked(NO_TABLE)}
    and not exists (select 1 from table_occupancy o where o.reservation_id = r.id)"""
EMPTY_SEATS = """
    from table_seating s left join reservation r on r.id = s.reservation_id
    where r.id is null or r.status <> 'seated' or r.table_key is null
        or r.table_key <> s.table_key
        or r.ends_at <> s.ends_at or r.restaurant_id <> s.restaurant_id"""
WITHOUT_SEAT = """
    from reservation r where r.status = 'seated' and r.table_key is not null
    and not exists (select 1 from table_seating s where s.reservation_id = r.id)"""
_MOVE = (
    "Where another party has it, move one of the two or cancel it: "
    "bakureserve reservations cancel ID. To have the hosts see it, at an SQL prompt: update "
    "reservation set attention = '[\"no_table\"]', version = version + 1 where id = 'ID';"
)
_SET_RIGHT = (
    "Whoever changed it at an SQL prompt knows what it was; else take it from the newest backup, "
    "or put that in place of the database: bakureserve restore BACKUP."
)

_UNREADABLE = "unreadable_reservation"

_RULES = (
    _Rule(
        "orphaned_occupancy",
        "Tables held by reservations that are gone or over.",
        f"select 'table ' || o.table_key || ' for reservation ' || o.reservation_id {ORPHANED}",
        f"Free them: {_REPAIR}.",
    ),
    _Rule(
        "reservation_without_table",
        "Booked or seated reservations that hold no table and are not marked for attention.",
        f"select r.id {WITHOUT_TABLE}",
        f"Where their table is free, give it to them: {_REPAIR}. {_MOVE}",
    ),
    _Rule(
        "misplaced_occupancy",
        "Reservations that hold another table, or another time, than they say.",
        f"select distinct r.id {MISPLACED}",
        f"Where what they say is free, make them hold it: {_REPAIR}. {_MOVE}",
    ),
    _Rule(
        "overlapping_occupancy",
        "Tables held by two parties at once.",
        """
        select 'table ' || table_key || ' for reservations ' || before || ' and ' || reservation_id
        from (select table_key, starts_at, reservation_id,
            lag(reservation_id) over sittings as before,
            max(ends_at) over (sittings rows between unbounded preceding and 1 preceding) as taken
            from table_occupancy
            window sittings as (partition by table_key order by starts_at)) as held
        where taken > starts_at""",
        "Call one of the two parties and move it, or cancel it: "
        "bakureserve reservations cancel ID. The guards were missing when this happened; "
        f"see that they are back: {_REPAIR}.",
    ),
    _Rule(
        "empty_seat",
        "Tables at which parties are noted that are not seated there.",
        f"select 'table ' || s.table_key || ' for reservation ' || s.reservation_id {EMPTY_SEATS}",
        f"Put that right: {_REPAIR}.",
    ),
    _Rule(
        "party_without_seat",
        "Seated parties that are not noted at their tables.",
        f"select r.id {WITHOUT_SEAT}",
        f"Note them where no other party sits: {_REPAIR}. Of two parties that are seated at one "
        "table, complete the one that has left.",
    ),
    _Rule(
        "retired_table_held",
        "Tables that are no longer on a floor plan, or of a restaurant that is closed for good, "
        "but are still held.",
        """
        select 'table ' || t.id || ' of restaurant ' || t.restaurant_id || ' for reservation '
            || o.reservation_id
        from table_occupancy o join dining_table t on t.key = o.table_key
        join restaurant v on v.id = t.restaurant_id
        where (t.retired or v.retired_at is not null) and o.ends_at > ?""",
        "Move each party to another table, or cancel it: bakureserve reservations cancel ID.",
    ),
)
_NEEDS_ATTENTION = _Rule(
    "needs_attention",
    "Booked or seated reservations that a host should look at.",
    f"""
    select r.id from reservation r
    where r.attention is not null and r.status {_HOLDS} order by r.starts_at""",
    "Each says why in its `attention`; give one without a table another, or cancel it: "
    "bakureserve reservations cancel ID.",
    "note",
)


def _rules(engine: Engine) -> Iterator[_Rule]:
    yield from _RULES
    broken = [
        engine.is_no_date("r.service_date"),
        *(engine.is_no_json(f"r.{name}") for name in ("prep", "extra", "tags", "attention")),
        *(engine.is_no_json(f"{table}.document") for table in ("a", "p")),
    ]
    yield _Rule(
        _UNREADABLE,
        "Reservations with a date or a document that cannot be read; no list that holds one can "
        "be served.",
        f"""
        select r.id from reservation r left join arrival_intent a on a.reservation_id = r.id
        left join arrival_trip p on p.reservation_id = r.id where {" or ".join(broken)}""",
        _SET_RIGHT,
    )
    yield _NEEDS_ATTENTION


def check(path: Location, now: dt.datetime) -> list[DatabaseFinding]:
    """All findings about the database at `path`; empty when it is in order.

    `now` tells which bookings are still to come.

    A damaged file, or one that is no database, is a finding. Raises SchemaMismatch when there is
    none, Unavailable when it cannot be read at all.
    """
    migrator.require_database(path)
    found: list[DatabaseFinding] = []
    try:
        engine = engine_of(path)
        with closing(engine.connect("read", busy_timeout=_PATIENCE, lenient=True)) as connection:
            connection.begin_reading()
            found.extend(_damage(connection))
            found.extend(_schema(path) or _content(engine, connection, now))
    except StoreCorrupt as error:
        found.extend(_unreadable(error, found))
    return found


def guards_astray(present: dict[str, str], wanted: dict[str, str]) -> tuple[str, ...]:
    """The guards that are missing, or not what the program would install."""
    bodies = {name: _body(statement) for name, statement in present.items()}
    return tuple(name for name, statement in wanted.items() if bodies.get(name) != _body(statement))


def _body(statement: str) -> str:
    # Engines keep a statement from its name on, and write CREATE TRIGGER before it anew.
    return statement.split(maxsplit=2)[2]


def _damage(connection: Connection) -> Iterator[DatabaseFinding]:
    told = connection.damages(_DAMAGES_TOLD)
    if told:
        yield _finding("file_damaged", "The file is damaged.", told, _RESTORE)


def _schema(path: Location) -> list[DatabaseFinding]:
    """What keeps the rows from being looked at: tables other than this program knows."""
    try:
        status = migrator.status(path)
    except SchemaMismatch:
        what = "The file is a database, but not one of this program."
        return [_finding("not_our_database", what, [str(path)], "See DATABASE_URL and DATA_DIR.")]
    if status.unknown:
        what = "The database was written by a newer version of this program."
        remedy = "Install that version, or restore a backup made before it: bakureserve restore."
        return [_finding("schema_newer", what, status.unknown, remedy)]
    if status.pending:
        what = "The database lacks migrations; its content was not looked at."
        remedy = "bakureserve migrate up, then bakureserve check again. serve does it by itself."
        return [_finding("schema_older", what, status.pending, remedy)]
    return []


def _content(engine: Engine, connection: Connection, now: dt.datetime) -> Iterator[DatabaseFinding]:
    yield from _references(connection)
    astray = guards_astray(connection.triggers(), engine.guards())
    if astray:
        what = "Guards against overlapping and orphaned occupancy are missing or were changed."
        yield _finding("guards_astray", what, astray, f"Put them back: {_REPAIR}.")
    restaurants_unreadable = list(_unreadable_restaurants(connection))
    yield from restaurants_unreadable
    rows_unreadable = False
    for rule in _rules(engine):
        told = [text for (text,) in connection.all(rule.query, _present(rule, now))]
        if told:
            rows_unreadable |= rule.code == _UNREADABLE
            yield _finding(rule.code, rule.what, told, rule.remedy, rule.level)
    if not (restaurants_unreadable or rows_unreadable):
        yield from _against_rules(connection, now)


def _present(rule: _Rule, now: dt.datetime) -> tuple[int, ...]:
    return (to_us(now),) if "?" in rule.query else ()


def _unreadable_restaurants(transaction: Transaction) -> Iterator[DatabaseFinding]:
    told = []
    for (restaurant_id,) in transaction.all("select id from restaurant order by id"):
        try:
            for restaurant in restaurants.load(transaction, [restaurant_id]):
                _ = restaurant.zone
        except (ValueError, KeyError, TypeError) as error:
            told.append(f"{restaurant_id}: {error}")
    if told:
        what = "Restaurants that cannot be read; until they can, the server shows none at all."
        yield _finding("unreadable_restaurant", what, told, _SET_RIGHT)


def _against_rules(transaction: Transaction, now: dt.datetime) -> Iterator[DatabaseFinding]:
    """Bookings taken under other rules, or imported under none.

    Leaves out those at tables off the floor plan: another finding has them.
    """
    told = [
        f"{booking.id}: {', '.join(codes)}"
        for (restaurant_id,) in transaction.all("select id from restaurant order by id")
        for restaurant in restaurants.load(transaction, [restaurant_id])
        for booking in reservation_lists.to_come(transaction, restaurant.id, now)
        if (
            codes := [
                each.code for each in refusals(restaurant, booking) if each.code != TABLE_GONE
            ]
        )
    ]
    if told:
        yield _finding(
            "against_rules",
            "Bookings to come that their restaurant's present rules would refuse.",
            told,
            "Call each guest, and move the booking or cancel it: bakureserve reservations cancel "
            "ID. Or set the rules right: bakureserve restaurants import.",
            "note",
        )


def _references(connection: Connection) -> Iterator[DatabaseFinding]:
    told = [
        f"{table}, row {rowid}, to {parent}" if rowid is not None else f"{table} to {parent}"
        for table, rowid, parent in connection.dangling()
    ]
    if told:
        what = "Rows that refer to something that does not exist."
        remedy = (
            "Rows of table_occupancy: bakureserve check --repair. Others were left by a program "
            f"that switched foreign keys off. {_RESTORE}"
        )
        yield _finding("dangling_references", what, told, remedy)


def _unreadable(reason: StoreCorrupt, found: list[DatabaseFinding]) -> list[DatabaseFinding]:
    if any(finding.code == "file_damaged" for finding in found):
        return []
    told = str(reason.__cause__ or reason)
    what = "The file cannot be read as a database."
    return [_finding("file_damaged", what, [told], _RESTORE)]


def _finding(
    code: str, what: str, told: list[str] | tuple[str, ...], remedy: str, level: Level = "fault"
) -> DatabaseFinding:
    return DatabaseFinding(code, what, len(told), tuple(told[:_EXAMPLES]), remedy, level)
