"""Restaurants with their areas, tables, hours and policy, read and written whole.

Triggers raise a restaurant's directory revision with every change, by any process or at an SQL
prompt; caches compare it with the one they were made at.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.restaurants.card import Card, CardDetails
from bakureserve.domain.restaurants.restaurant import (
    Area,
    ArrivalPolicy,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    SpecialDay,
)
from bakureserve.store.codec import among, document_of, dumps, loads, to_us
from bakureserve.store.restaurants import floor_plans
from bakureserve.store.transaction import Row, Transaction

Source = Literal["seed", "import", "operator"]

# What has a column of its own, or is stored elsewhere; everything else is in the JSON document.
_RESTAURANT_COLUMNS = {
    "id", "slug", "name", "timezone", "city", "policy", "areas", "hours", "revision",
}  # fmt: skip


class _Arrival(msgspec.Struct):
    arrival: ArrivalPolicy = ArrivalPolicy()


_CARD = "select id, slug, name, timezone, city, position, retired_at is not null, document"
_details = msgspec.json.Decoder(CardDetails).decode


class Change(NamedTuple):
    """A restaurant that changed, and its revision since."""

    id: str
    revision: int


def changes(transaction: Transaction, after: int, *, limit: int) -> list[Change]:
    """The restaurants whose latest change is after that mark, in the order of these changes.

    Deleted ones are among them.
    """
    rows = transaction.all(
        "select restaurant_id, directory_revision from venue_ledger"
        " where directory_revision > ? order by directory_revision limit ?",
        (after, limit),
    )
    return [Change(*row) for row in rows]


def cards(transaction: Transaction, *, after: int = 0, limit: int) -> list[Card]:
    """The cards of the restaurants that guests can see, by position, beyond `after`."""
    rows = transaction.rows(
        f"{_CARD} from restaurant where position > ? and retired_at is null"
        " order by position limit ?",
        (after, limit),
    )
    return [_card(row) for row in rows]


def cards_of(transaction: Transaction, ids: Collection[str]) -> list[Card]:
    """The cards of these restaurants, retired ones included, by position."""
    if not ids:
        return []
    rows = transaction.rows(
        f"{_CARD} from restaurant where id {among(ids)} order by position", tuple(ids)
    )
    return [_card(row) for row in rows]


def visible_zones(transaction: Transaction, ids: Collection[str]) -> dict[str, ZoneInfo]:
    """The time zones of those of these restaurants that guests can see."""
    if not ids:
        return {}
    rows = transaction.rows(
        f"select id, timezone from restaurant where id {among(ids)} and retired_at is null",
        tuple(ids),
    )
    return {id_: ZoneInfo(zone) for id_, zone in rows}


def graces(transaction: Transaction, ids: Collection[str]) -> dict[str, int]:
    """Until how many minutes after the booked time a guest is on time there. `ids` name at least
    one."""
    rows = transaction.rows(
        f"select id, document from restaurant where id {among(ids)}", tuple(ids)
    )
    return {id_: loads(document, _Arrival).arrival.late_after_minutes for id_, document in rows}


def ids_in_capitals(transaction: Transaction) -> list[str]:
    """The ids with capital letters, of all stored restaurants: an old server's may have them."""
    return [id_ for (id_,) in transaction.rows("select id from restaurant where id <> lower(id)")]


def number(transaction: Transaction) -> int:
    """How many restaurants are stored, retired ones included."""
    row = transaction.one("select count(*) from restaurant")
    return int(row[0]) if row else 0


def slugs(transaction: Transaction) -> dict[str, str]:
    """The slug of every stored restaurant, retired or not, by its id."""
    return dict(transaction.all("select id, slug from restaurant order by position"))


def known_ids(transaction: Transaction) -> set[str]:
    """The ids of all restaurants that ever existed, deleted ones included."""
    return {row[0] for row in transaction.all("select restaurant_id from venue_ledger")}


def directory_mark(transaction: Transaction) -> int:
    """A number that rises with every change to any restaurant: the latest revision."""
    row = transaction.one("select coalesce(max(directory_revision), 0) from venue_ledger")
    return int(row[0]) if row else 0


def directory_revision(transaction: Transaction, restaurant_id: str) -> int | None:
    """One restaurant's revision; None when it never existed."""
    row = transaction.one(
        "select directory_revision from venue_ledger where restaurant_id = ?", (restaurant_id,)
    )
    return row[0] if row else None


def name_and_zone(transaction: Transaction, restaurant_id: str) -> tuple[str, ZoneInfo]:
    """What a restaurant that is or was there is called, and its time zone."""
    row = transaction.one("select name, timezone from restaurant where id = ?", (restaurant_id,))
    if row is None:
        raise LookupError(restaurant_id)
    return row[0], ZoneInfo(row[1])


def is_retired(transaction: Transaction, restaurant_id: str) -> bool:
    """Whether guests no longer see the restaurant, although its history is kept."""
    return (
        transaction.one(
            "select 1 from restaurant where id = ? and retired_at is not null", (restaurant_id,)
        )
        is not None
    )


def load(transaction: Transaction, ids: Collection[str]) -> list[Restaurant]:
    """The named restaurants, retired ones included, in the directory's order."""
    if not ids:
        return []
    chosen = tuple(ids)
    areas = floor_plans.areas_of(transaction, chosen)
    periods = _periods(transaction, chosen)
    special_days = _special_days(transaction, chosen)
    rows = transaction.all(
        "select r.id, r.slug, r.name, r.timezone, r.city, r.document, r.policy,"
        " l.directory_revision from restaurant r join venue_ledger l on l.restaurant_id = r.id"
        f" where r.id {among(chosen)} order by r.position",
        chosen,
    )
    return [
        _restaurant(row, areas[row[0]], OpeningHours(weekly=periods[row[0]], special_days=special))
        for row in rows
        for special in [tuple(special_days[row[0]])]
    ]


def id_of(transaction: Transaction, id_or_slug: str) -> str | None:
    """The id of a restaurant, retired or not, by its id or slug; None for an unknown one."""
    row = transaction.one(
        "select id from restaurant where id = ? or slug = ? order by slug = ?",
        (id_or_slug, id_or_slug, id_or_slug),
    )
    return row[0] if row else None


def visible_id(transaction: Transaction, id_or_slug: str) -> str | None:
    """The same of one that guests can see."""
    row = transaction.one(
        "select id from restaurant where (id = ? or slug = ?) and retired_at is null"
        " order by slug = ?",
        (id_or_slug, id_or_slug, id_or_slug),
    )
    return row[0] if row else None


def find(transaction: Transaction, id_or_slug: str) -> Restaurant:
    """One restaurant by its id or slug, retired or not. Raises NotFound."""
    found = id_of(transaction, id_or_slug)
    if found is None:
        raise NotFound("restaurant_unknown", restaurant=id_or_slug)
    return load(transaction, [found])[0]


def insert(
    transaction: Transaction, restaurant: Restaurant, *, source: Source, now: dt.datetime
) -> None:
    """Add a restaurant at the end of the directory. Raises Conflict when its slug is taken."""
    _refuse_taken_slug(transaction, restaurant)
    at = to_us(now)
    transaction.execute(
        "insert into restaurant (id, slug, name, timezone, city, document, policy, position,"
        " source, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?,"
        " (select coalesce(max(position), 0) + 1 from restaurant), ?, ?, ?)",
        (*_restaurant_values(restaurant), source, at, at),
    )
    _write_parts(transaction, restaurant)


def replace(transaction: Transaction, restaurant: Restaurant, *, now: dt.datetime) -> None:
    """Make the stored restaurant equal to `restaurant`, and visible.

    A table that `restaurant` no longer has is deleted, or retired when reservations name it. Raises
    Conflict when one of those still to come does, or when the slug is another's; NotFound.
    """
    _refuse_taken_slug(transaction, restaurant)
    found = transaction.execute(
        "update restaurant set slug = ?, name = ?, timezone = ?, city = ?, document = ?,"
        " policy = ?, retired_at = null, updated_at = ? where id = ?",
        (*_restaurant_values(restaurant)[1:], to_us(now), restaurant.id),
    )
    if not found:
        raise NotFound("restaurant_unknown", restaurant=restaurant.id)
    floor_plans.drop_missing_tables(transaction, restaurant, now)
    for table in ("opening_period", "special_day"):
        transaction.execute(f"delete from {table} where restaurant_id = ?", (restaurant.id,))
    _write_parts(transaction, restaurant)
    floor_plans.drop_missing_areas(transaction, restaurant)


def drop_webhook(
    transaction: Transaction, restaurant_id: str, address: str, *, now: dt.datetime
) -> bool:
    """Let the restaurant have no webhook address; False when it has not this one any more."""
    row = transaction.one("select document from restaurant where id = ?", (restaurant_id,))
    document = loads(row[0], dict[str, Any]) if row else {}
    if document.get("webhook_url") != address:
        return False
    del document["webhook_url"]
    changed = transaction.execute(
        "update restaurant set document = ?, updated_at = ? where id = ?",
        (dumps(document), to_us(now), restaurant_id),
    )
    return changed == 1


def remove(transaction: Transaction, restaurant_id: str, *, now: dt.datetime) -> bool:
    """Delete a restaurant; or retire it, keeping its history, when it has reservations.

    True when it is gone whole. Raises Conflict while parties are still to come or seated.
    """
    _refuse_booked(transaction, restaurant_id, now)
    if transaction.one(
        "select 1 from reservation where restaurant_id = ? limit 1", (restaurant_id,)
    ):
        transaction.execute(
            "update restaurant set retired_at = ? where id = ?", (to_us(now), restaurant_id)
        )
        return False
    transaction.execute("delete from restaurant where id = ?", (restaurant_id,))
    return True


def _refuse_booked(transaction: Transaction, restaurant_id: str, now: dt.datetime) -> None:
    """Those that wait for a table hold none, and their guests come all the same."""
    row = transaction.one(
        "select count(*) from reservation"
        " where restaurant_id = ? and (status = 'seated' or status = 'booked' and held_until > ?)",
        (restaurant_id, to_us(now)),
    )
    if row and row[0]:
        raise Conflict("restaurant_still_booked", restaurant=restaurant_id, count=row[0])


def _card(row: Row) -> Card:
    restaurant_id, slug, name, timezone, city, position, retired, document = row
    return Card(
        id=restaurant_id,
        slug=slug,
        name=name,
        timezone=timezone,
        city=city,
        position=position,
        retired=bool(retired),
        **msgspec.structs.asdict(_details(document)),
    )


def _restaurant_values(restaurant: Restaurant) -> tuple[Any, ...]:
    return (
        restaurant.id,
        restaurant.slug,
        restaurant.name,
        restaurant.timezone,
        restaurant.city,
        document_of(restaurant, _RESTAURANT_COLUMNS),
        dumps(restaurant.policy),
    )


def _refuse_taken_slug(transaction: Transaction, restaurant: Restaurant) -> None:
    row = transaction.one(
        "select id from restaurant where slug = ? and id <> ?", (restaurant.slug, restaurant.id)
    )
    if row:
        raise Conflict("slug_taken", slug=restaurant.slug, restaurant=row[0])


def _write_parts(transaction: Transaction, restaurant: Restaurant) -> None:
    floor_plans.write(transaction, restaurant)
    transaction.execute_many(
        "insert into opening_period (restaurant_id, weekday, opens, closes) values (?, ?, ?, ?)",
        [
            (restaurant.id, weekday, period.opens, period.closes)
            for weekday, periods in enumerate(restaurant.hours.weekly)
            for period in periods
        ],
    )
    transaction.execute_many(
        "insert into special_day (restaurant_id, day, periods, note) values (?, ?, ?, ?)",
        [
            (restaurant.id, day.date.isoformat(), dumps(day.periods), day.note)
            for day in restaurant.hours.special_days
        ],
    )


def _periods(
    transaction: Transaction, chosen: tuple[str, ...]
) -> dict[str, tuple[tuple[Period, ...], ...]]:
    weeks: dict[str, list[list[Period]]] = defaultdict(lambda: [[] for _ in range(7)])
    for restaurant_id, weekday, opens, closes in transaction.rows(
        "select restaurant_id, weekday, opens, closes from opening_period"
        f" where restaurant_id {among(chosen)} order by weekday, opens",
        chosen,
    ):
        weeks[restaurant_id][weekday].append(Period(opens, closes))
    closed: tuple[tuple[Period, ...], ...] = ((),) * 7
    return defaultdict(
        lambda: closed, {key: tuple(map(tuple, week)) for key, week in weeks.items()}
    )


def _special_days(transaction: Transaction, chosen: tuple[str, ...]) -> dict[str, list[SpecialDay]]:
    days: dict[str, list[SpecialDay]] = defaultdict(list)
    for restaurant_id, day, periods, note in transaction.rows(
        "select restaurant_id, day, periods, note from special_day"
        f" where restaurant_id {among(chosen)} order by day",
        chosen,
    ):
        date = dt.date.fromisoformat(day)
        kept = loads(periods, tuple[Period, ...])
        days[restaurant_id].append(SpecialDay(date=date, periods=kept, note=note))
    return days


def _restaurant(row: Row, areas: tuple[Area, ...], hours: OpeningHours) -> Restaurant:
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
    return msgspec.convert({**loads(document, dict[str, Any]), **parts}, Restaurant)
