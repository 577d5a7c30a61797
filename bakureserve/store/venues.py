"""Restaurants with their areas, tables, hours and policy, read and written whole."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Literal

import msgspec

from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.venue import (
    Area,
    BookingPolicy,
    OpeningHours,
    Period,
    SpecialDay,
    Table,
    Venue,
)
from bakureserve.store.codec import dumps, loads, to_us
from bakureserve.store.transaction import Row, Transaction

Source = Literal["seed", "import", "operator"]

# What has a column of its own, or is stored elsewhere; everything else is in the JSON document.
_RESTAURANT_COLUMNS = {
    "id", "slug", "name", "timezone", "city", "policy", "areas", "hours", "revision",
}  # fmt: skip
_AREA_COLUMNS = {"id", "name", "tables"}
_TABLE_COLUMNS = {"id", "name", "capacity", "key"}


class Entry(msgspec.Struct, frozen=True):
    """A restaurant's line in the directory. A retired one is hidden from guests."""

    id: str
    revision: int
    retired: bool


def entries(transaction: Transaction) -> list[Entry]:
    """Every stored restaurant, in the directory's order."""
    rows = transaction.rows(
        "select r.id, l.directory_revision, r.retired_at is not null from restaurant r"
        " join venue_ledger l on l.restaurant_id = r.id order by r.position, r.id"
    )
    return [Entry(id_, revision, bool(retired)) for id_, revision, retired in rows]


def load(transaction: Transaction, ids: Collection[str]) -> list[Venue]:
    """The named restaurants, retired ones included, in the directory's order."""
    chosen = dumps(list(ids))
    only = "in (select value from json_each(?))"
    areas = _areas(transaction, only, chosen)
    periods = _periods(transaction, only, chosen)
    special_days = _special_days(transaction, only, chosen)
    rows = transaction.all(
        "select r.id, r.slug, r.name, r.timezone, r.city, r.document, r.policy,"
        " l.directory_revision from restaurant r join venue_ledger l on l.restaurant_id = r.id"
        f" where r.id {only} order by r.position, r.id",
        (chosen,),
    )
    return [
        _venue(row, areas[row[0]], OpeningHours(weekly=periods[row[0]], special_days=special))
        for row in rows
        for special in [tuple(special_days[row[0]])]
    ]


def find(transaction: Transaction, id_or_slug: str) -> Venue:
    """One restaurant by its id or slug, retired or not. Raises NotFound."""
    row = transaction.one(
        "select id from restaurant where id = ? or slug = ? order by slug = ?",
        (id_or_slug, id_or_slug, id_or_slug),
    )
    if row is None:
        raise NotFound("restaurant_unknown", restaurant=id_or_slug)
    return load(transaction, [row[0]])[0]


def insert(transaction: Transaction, venue: Venue, *, source: Source, now: dt.datetime) -> None:
    """Add a restaurant at the end of the directory. Raises Conflict when its slug is taken."""
    _refuse_taken_slug(transaction, venue)
    at = to_us(now)
    transaction.execute(
        "insert into restaurant (id, slug, name, timezone, city, document, policy, position,"
        " source, created_at, updated_at) select ?, ?, ?, ?, ?, ?, ?,"
        " coalesce(max(position), 0) + 1, ?, ?, ? from restaurant",
        (*_restaurant_values(venue), source, at, at),
    )
    _write_parts(transaction, venue)


def replace(transaction: Transaction, venue: Venue, *, now: dt.datetime) -> None:
    """Make the stored restaurant equal to `venue`, and visible.

    A table that `venue` no longer has is deleted, or retired when reservations name it. Raises
    Conflict when one of those still to come does, or when the slug is another's; NotFound.
    """
    _refuse_taken_slug(transaction, venue)
    found = transaction.execute(
        "update restaurant set slug = ?, name = ?, timezone = ?, city = ?, document = ?,"
        " policy = ?, retired_at = null, updated_at = ? where id = ?",
        (*_restaurant_values(venue)[1:], to_us(now), venue.id),
    )
    if not found:
        raise NotFound("restaurant_unknown", restaurant=venue.id)
    _drop_missing_tables(transaction, venue)
    for table in ("opening_period", "special_day"):
        transaction.execute(f"delete from {table} where restaurant_id = ?", (venue.id,))
    _write_parts(transaction, venue)
    _drop_missing_areas(transaction, venue)


def remove(transaction: Transaction, restaurant_id: str, *, now: dt.datetime) -> bool:
    """Delete a restaurant; or retire it, keeping its history, when it has reservations.

    True when it is gone whole. Raises Conflict while parties are still to come or seated.
    """
    _refuse_held_tables(transaction, "t.restaurant_id = ?", restaurant_id)
    if transaction.one(
        "select 1 from reservation where restaurant_id = ? limit 1", (restaurant_id,)
    ):
        transaction.execute(
            "update restaurant set retired_at = ? where id = ?", (to_us(now), restaurant_id)
        )
        return False
    transaction.execute("delete from restaurant where id = ?", (restaurant_id,))
    return True


def _restaurant_values(venue: Venue) -> tuple[Any, ...]:
    return (
        venue.id,
        venue.slug,
        venue.name,
        venue.timezone,
        venue.city,
        _document(venue, _RESTAURANT_COLUMNS),
        dumps(venue.policy),
    )


def _document(value: msgspec.Struct, columns: Collection[str]) -> str:
    return dumps(
        {name: getattr(value, name) for name in value.__struct_fields__ if name not in columns}
    )


def _refuse_taken_slug(transaction: Transaction, venue: Venue) -> None:
    row = transaction.one(
        "select id from restaurant where slug = ? and id <> ?", (venue.slug, venue.id)
    )
    if row:
        raise Conflict("slug_taken", slug=venue.slug, restaurant=row[0])


def _write_parts(transaction: Transaction, venue: Venue) -> None:
    for position, area in enumerate(venue.areas):
        key = _upsert_area(transaction, venue.id, area, position)
        for place, table in enumerate(area.tables):
            _upsert_table(transaction, venue.id, key, table, place)
    transaction.execute_many(
        "insert into opening_period (restaurant_id, weekday, opens, closes) values (?, ?, ?, ?)",
        [
            (venue.id, weekday, period.opens, period.closes)
            for weekday, periods in enumerate(venue.hours.weekly)
            for period in periods
        ],
    )
    transaction.execute_many(
        "insert into special_day (restaurant_id, day, periods, note) values (?, ?, ?, ?)",
        [
            (venue.id, day.date.isoformat(), dumps(day.periods), day.note)
            for day in venue.hours.special_days
        ],
    )


def _upsert_area(transaction: Transaction, restaurant_id: str, area: Area, position: int) -> int:
    row = transaction.one(
        "insert into area (restaurant_id, id, name, document, position, retired)"
        " values (?, ?, ?, ?, ?, 0) on conflict (restaurant_id, id) do update set"
        " name = excluded.name, document = excluded.document, position = excluded.position,"
        " retired = 0 returning key",
        (restaurant_id, area.id, area.name, _document(area, _AREA_COLUMNS), position),
    )
    assert row is not None  # noqa: S101 - an upsert always returns its row
    return int(row[0])


def _upsert_table(
    transaction: Transaction, restaurant_id: str, area_key: int, table: Table, position: int
) -> None:
    transaction.execute(
        "insert into dining_table (restaurant_id, area_key, id, name, capacity, document,"
        " position, retired) values (?, ?, ?, ?, ?, ?, ?, 0)"
        " on conflict (restaurant_id, id) do update set area_key = excluded.area_key,"
        " name = excluded.name, capacity = excluded.capacity, document = excluded.document,"
        " position = excluded.position, retired = 0",
        (
            restaurant_id,
            area_key,
            table.id,
            table.name,
            table.capacity,
            _document(table, _TABLE_COLUMNS),
            position,
        ),
    )


def _drop_missing_tables(transaction: Transaction, venue: Venue) -> None:
    kept = {table.id for table in venue.tables}
    stored = transaction.all(
        "select key, id from dining_table where restaurant_id = ? and retired = 0", (venue.id,)
    )
    for key, table_id in stored:
        if table_id not in kept:
            _drop_table(transaction, key)


def _drop_missing_areas(transaction: Transaction, venue: Venue) -> None:
    kept = dumps([area.id for area in venue.areas])
    missing = "restaurant_id = ? and id not in (select value from json_each(?))"
    transaction.execute(f"update area set retired = 1 where {missing}", (venue.id, kept))
    transaction.execute(
        f"delete from area where {missing} and key not in (select area_key from dining_table)",
        (venue.id, kept),
    )


def _drop_table(transaction: Transaction, key: int) -> None:
    _refuse_held_tables(transaction, "t.key = ?", key)
    named = transaction.one("select 1 from reservation where table_key = ? limit 1", (key,))
    if named:
        transaction.execute("update dining_table set retired = 1 where key = ?", (key,))
    else:
        transaction.execute("delete from dining_table where key = ?", (key,))


def _refuse_held_tables(transaction: Transaction, condition: str, value: str | int) -> None:
    row = transaction.one(
        "select t.id, count(*) from dining_table t join table_occupancy o on o.table_key = t.key"
        f" where {condition} group by t.key limit 1",
        (value,),
    )
    if row:
        raise Conflict("table_still_booked", table=row[0], count=row[1])


def _areas(transaction: Transaction, only: str, chosen: str) -> dict[str, tuple[Area, ...]]:
    tables: dict[int, list[Table]] = defaultdict(list)
    for area_key, *row in transaction.rows(
        "select area_key, key, id, name, capacity, document from dining_table"
        f" where retired = 0 and restaurant_id {only} order by position, key",
        (chosen,),
    ):
        tables[area_key].append(_table(row))
    areas: dict[str, list[Area]] = defaultdict(list)
    for restaurant_id, key, area_id, name, document in transaction.rows(
        "select restaurant_id, key, id, name, document from area"
        f" where retired = 0 and restaurant_id {only} order by position, key",
        (chosen,),
    ):
        stored = loads(document, dict[str, Any])
        parts = {"id": area_id, "name": name, "tables": tuple(tables[key])}
        areas[restaurant_id].append(msgspec.convert({**stored, **parts}, Area))
    return defaultdict(tuple, {key: tuple(value) for key, value in areas.items()})


def _table(row: Iterable[Any]) -> Table:
    key, table_id, name, capacity, document = row
    stored = loads(document, dict[str, Any])
    return msgspec.convert(
        {**stored, "key": key, "id": table_id, "name": name, "capacity": capacity}, Table
    )


def _periods(
    transaction: Transaction, only: str, chosen: str
) -> dict[str, tuple[tuple[Period, ...], ...]]:
    weeks: dict[str, list[list[Period]]] = defaultdict(lambda: [[] for _ in range(7)])
    for restaurant_id, weekday, opens, closes in transaction.rows(
        "select restaurant_id, weekday, opens, closes from opening_period"
        f" where restaurant_id {only} order by weekday, opens",
        (chosen,),
    ):
        weeks[restaurant_id][weekday].append(Period(opens, closes))
    closed: tuple[tuple[Period, ...], ...] = ((),) * 7
    return defaultdict(
        lambda: closed, {key: tuple(map(tuple, week)) for key, week in weeks.items()}
    )


def _special_days(transaction: Transaction, only: str, chosen: str) -> dict[str, list[SpecialDay]]:
    days: dict[str, list[SpecialDay]] = defaultdict(list)
    for restaurant_id, day, periods, note in transaction.rows(
        "select restaurant_id, day, periods, note from special_day"
        f" where restaurant_id {only} order by day",
        (chosen,),
    ):
        date = dt.date.fromisoformat(day)
        kept = loads(periods, tuple[Period, ...])
        days[restaurant_id].append(SpecialDay(date=date, periods=kept, note=note))
    return days


def _venue(row: Row, areas: tuple[Area, ...], hours: OpeningHours) -> Venue:
    restaurant_id, slug, name, timezone, city, document, policy, revision = row
    parts = {
        "id": restaurant_id,
        "slug": slug,
        "name": name,
        "timezone": timezone,
        "city": city,
        "areas": areas,
        "hours": hours,
        "policy": loads(policy, BookingPolicy),
        "revision": revision,
    }
    return msgspec.convert({**loads(document, dict[str, Any]), **parts}, Venue)
