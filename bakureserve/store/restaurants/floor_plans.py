"""Floor plans: areas and their tables, retired instead of deleted while history names them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.domain.restaurants.restaurant import Area, Restaurant, Table
from bakureserve.store.codec import among, document_of, loads, to_us
from bakureserve.store.transaction import Transaction

# What has a column of its own, or is stored elsewhere; everything else is in the JSON document.
_AREA_COLUMNS = {"id", "name", "tables"}
_TABLE_COLUMNS = {"id", "name", "capacity", "key"}


def areas_of(transaction: Transaction, restaurants: tuple[str, ...]) -> dict[str, tuple[Area, ...]]:
    """What is on the floor plans of `restaurants` (ids, at least one), by restaurant."""
    tables: dict[int, list[Table]] = defaultdict(list)
    for area_key, *row in transaction.rows(
        "select area_key, key, id, name, capacity, document from dining_table"
        f" where not retired and restaurant_id {among(restaurants)} order by position, key",
        restaurants,
    ):
        tables[area_key].append(_table(row))
    areas: dict[str, list[Area]] = defaultdict(list)
    for restaurant_id, key, area_id, name, document in transaction.rows(
        "select restaurant_id, key, id, name, document from area"
        f" where not retired and restaurant_id {among(restaurants)} order by position, key",
        restaurants,
    ):
        stored = loads(document, dict[str, Any])
        parts = {"id": area_id, "name": name, "tables": tuple(tables[key])}
        areas[restaurant_id].append(msgspec.convert({**stored, **parts}, Area))
    return defaultdict(tuple, {key: tuple(value) for key, value in areas.items()})


def write(transaction: Transaction, restaurant: Restaurant) -> None:
    """Add the restaurant's areas and tables, or make those that are there equal to them."""
    for position, area in enumerate(restaurant.areas):
        key = _upsert_area(transaction, restaurant.id, area, position)
        _upsert_tables(transaction, restaurant.id, key, area.tables)


def drop_missing_tables(transaction: Transaction, restaurant: Restaurant, now: dt.datetime) -> None:
    """Delete the tables that `restaurant` no longer has; retire those that reservations name.

    Raises Conflict when one of those is held beyond `now`, or a party sits there.
    """
    kept = {table.id for table in restaurant.tables}
    stored = transaction.all(
        "select key, id from dining_table where restaurant_id = ? and not retired", (restaurant.id,)
    )
    for key, table_id in stored:
        if table_id not in kept:
            _drop_table(transaction, key, now)


def drop_missing_areas(transaction: Transaction, restaurant: Restaurant) -> None:
    """The same for areas, once their tables are dealt with: retired tables still stand in them."""
    kept = {area.id for area in restaurant.areas}
    stored = transaction.all("select key, id from area where restaurant_id = ?", (restaurant.id,))
    for key, area_id in stored:
        if area_id not in kept:
            _drop_area(transaction, key)


def _upsert_area(transaction: Transaction, restaurant_id: str, area: Area, position: int) -> int:
    row = transaction.one(
        "insert into area (restaurant_id, id, name, document, position, retired)"
        " values (?, ?, ?, ?, ?, false) on conflict (restaurant_id, id) do update set"
        " name = excluded.name, document = excluded.document, position = excluded.position,"
        " retired = false returning key",
        (restaurant_id, area.id, area.name, document_of(area, _AREA_COLUMNS), position),
    )
    assert row is not None  # noqa: S101 - an upsert always returns its row
    return int(row[0])


def _upsert_tables(
    transaction: Transaction, restaurant_id: str, area_key: int, tables: Iterable[Table]
) -> None:
    transaction.execute_many(
        "insert into dining_table (restaurant_id, area_key, id, name, capacity, document,"
        " position, retired) values (?, ?, ?, ?, ?, ?, ?, false)"
        " on conflict (restaurant_id, id) do update set area_key = excluded.area_key,"
        " name = excluded.name, capacity = excluded.capacity, document = excluded.document,"
        " position = excluded.position, retired = false",
        [
            (
                restaurant_id,
                area_key,
                table.id,
                table.name,
                table.capacity,
                document_of(table, _TABLE_COLUMNS),
                position,
            )
            for position, table in enumerate(tables)
        ],
    )


def _refuse_held(transaction: Transaction, key: int, now: dt.datetime) -> None:
    row = transaction.one(
        "select t.id, count(*) from dining_table t join table_occupancy o on o.table_key = t.key"
        " left join table_seating s on s.reservation_id = o.reservation_id"
        " where t.key = ? and (o.ends_at > ? or s.table_key is not null) group by t.key",
        (key, to_us(now)),
    )
    if row:
        raise Conflict("table_still_booked", table=row[0], count=row[1])


def _drop_table(transaction: Transaction, key: int, now: dt.datetime) -> None:
    _refuse_held(transaction, key, now)
    named = transaction.one("select 1 from reservation where table_key = ? limit 1", (key,))
    if named:
        transaction.execute("update dining_table set retired = true where key = ?", (key,))
    else:
        transaction.execute("delete from dining_table where key = ?", (key,))


def _drop_area(transaction: Transaction, key: int) -> None:
    if transaction.one("select 1 from dining_table where area_key = ? limit 1", (key,)):
        transaction.execute("update area set retired = true where key = ?", (key,))
    else:
        transaction.execute("delete from area where key = ?", (key,))


def _table(row: Iterable[Any]) -> Table:
    key, table_id, name, capacity, document = row
    stored = loads(document, dict[str, Any])
    return msgspec.convert(
        {**stored, "key": key, "id": table_id, "name": name, "capacity": capacity}, Table
    )
