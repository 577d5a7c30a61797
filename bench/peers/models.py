"""The peers' tables, and what is asked of them, with SQLAlchemy.

What is searched has an index; what is only shown and has parts of its own is a JSON column, so that
a restaurant is one row.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Index, RowMapping, Select, event, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.peers.rules import Sitting

FILE = os.environ.get("PEER_DATABASE", "peer.db")
JSON_BY = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}
READING: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
"""For engines that only read: no transaction to open and to end."""
LONGEST = 24 * 3600
"""Seconds that no sitting exceeds: how far back one can have begun that still holds its table."""


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Restaurant(Base):
    __tablename__ = "restaurant"

    position: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    cuisine: Mapped[list[Any]]
    city: Mapped[str]
    timezone: Mapped[str]
    neighborhood: Mapped[str]
    address: Mapped[str]
    short_description: Mapped[str]
    price_level: Mapped[str]
    tags: Mapped[list[Any]]
    average_spend: Mapped[str]
    cover_photo: Mapped[str | None]
    more: Mapped[dict[str, Any]]
    """What only the restaurant's own page shows: areas, opening hours, addresses."""
    rules: Mapped[dict[str, Any]]


class DiningTable(Base):
    __tablename__ = "dining_table"

    restaurant_id: Mapped[str] = mapped_column(primary_key=True)
    capacity: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str]


class Reservation(Base):
    __tablename__ = "reservation"
    __table_args__ = (Index("reservation_by_start", "restaurant_id", "starts_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    restaurant_id: Mapped[str]
    table_id: Mapped[str]
    party_size: Mapped[int]
    starts_at: Mapped[int]
    ends_at: Mapped[int]
    held_until: Mapped[int]
    guest_name: Mapped[str]
    guest_phone: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[int]


class Audit(Base):
    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int]
    actor: Mapped[str]
    action: Mapped[str]
    noun_id: Mapped[str]


ITEM = (
    Restaurant.id,
    Restaurant.name,
    Restaurant.slug,
    Restaurant.cuisine,
    Restaurant.city,
    Restaurant.timezone,
    Restaurant.neighborhood,
    Restaurant.address,
    Restaurant.short_description,
    Restaurant.price_level,
    Restaurant.tags,
    Restaurant.average_spend,
    Restaurant.cover_photo,
)
EVERY_RESTAURANT = select(*ITEM).order_by(Restaurant.position)


def one_restaurant(key: str) -> Select[Any]:
    return select(*ITEM, Restaurant.more).where(_named(key))


def rules_of(key: str) -> Select[Any]:
    return select(Restaurant.id, Restaurant.rules).where(_named(key))


def _named(key: str) -> Any:
    return or_(Restaurant.id == key, Restaurant.slug == key)


def tables_for(restaurant: str, party: int) -> Select[Any]:
    """Those that seat the party, smallest first."""
    return (
        select(DiningTable.id)
        .where(DiningTable.restaurant_id == restaurant, DiningTable.capacity >= party)
        .order_by(DiningTable.capacity, DiningTable.position)
    )


def held_between(restaurant: str, start: dt.datetime, end: dt.datetime) -> Select[Any]:
    """Which tables are held, and when."""
    first, last = int(start.timestamp()), int(end.timestamp())
    return select(Reservation.table_id, Reservation.starts_at, Reservation.held_until).where(
        Reservation.restaurant_id == restaurant,
        Reservation.starts_at > first - LONGEST,
        Reservation.starts_at < last,
        Reservation.held_until > first,
        Reservation.status.in_(("booked", "seated")),
    )


def detail(row: RowMapping) -> dict[str, Any]:
    shown = dict(row)
    return shown | shown.pop("more")


def availability(
    rules: dict[str, Any],
    offered: Sequence[Sitting],
    tables: Sequence[str],
    held: Iterable[tuple[str, int, int]],
) -> dict[str, Any]:
    busy = list(held)
    slots = []
    for sitting in offered:
        start, end = int(sitting.start.timestamp()), int(sitting.held_until.timestamp())
        taken = {table for table, since, until in busy if since < end and until > start}
        free = [table for table in tables if table not in taken]
        slots.append(
            {
                "start": sitting.start.isoformat(),
                "end": sitting.end.isoformat(),
                "available_table_ids": free,
                "count": len(free),
            }
        )
    return {"slots": slots, "restaurant_timezone": rules["timezone"]}


def new_reservation(
    wanted: dict[str, Any], table: str, sitting: Sitting, now: dt.datetime
) -> dict[str, Any]:
    """A row of `Reservation`."""
    made = int(now.timestamp() * 1e6)
    return {
        "id": str(uuid.UUID(int=(made // 1000) << 80 | int.from_bytes(os.urandom(9)))),
        "restaurant_id": wanted["restaurant_id"],
        "table_id": table,
        "party_size": wanted["party_size"],
        "starts_at": int(sitting.start.timestamp()),
        "ends_at": int(sitting.end.timestamp()),
        "held_until": int(sitting.held_until.timestamp()),
        "guest_name": wanted["guest_name"],
        "guest_phone": wanted["guest_phone"],
        "status": "booked",
        "created_at": made,
    }


def booked_audit(row: dict[str, Any]) -> dict[str, Any]:
    """The row of `Audit` that belongs to a new reservation."""
    return {
        "at": row["created_at"],
        "actor": "local-dev-user",
        "action": "reservation.booked",
        "noun_id": row["id"],
    }


NO_INTENT = {"status": "idle", "share_location": False, "auto_charge": False} | dict.fromkeys(
    (
        "lead_minutes",
        "prep_scope",
        "eta_source",
        "last_signal",
        "notes",
        "predicted_eta_minutes",
        "predicted_eta_seconds",
        "typical_eta_minutes",
        "confirmed_eta_minutes",
        "current_location",
        "last_location",
        "route_distance_km",
        "route_summary",
        "traffic_condition",
        "traffic_source",
        "traffic_updated_at",
        "fire_at",
        "arrived_at",
    )
)


def reservation_out(row: dict[str, Any], sitting: Sitting, now: dt.datetime) -> dict[str, Any]:
    moment = now.isoformat().replace("+00:00", "Z")
    return {
        "id": row["id"],
        "restaurant_id": row["restaurant_id"],
        "table_id": row["table_id"],
        "party_size": row["party_size"],
        "start": sitting.start.isoformat(),
        "end": sitting.end.isoformat(),
        "guest_name": row["guest_name"],
        "guest_phone": row["guest_phone"],
        "status": row["status"],
        "owner_id": "local-dev-user",
        "arrival_intent": NO_INTENT,
        "prep_eta_minutes": None,
        "prep_request_time": None,
        "prep_items": [],
        "prep_scope": None,
        "prep_status": None,
        "prep_policy": None,
        "needs_attention": False,
        "attention": [],
        "notes": None,
        "staff_notes": None,
        "tags": [],
        "source": "api",
        "tables": [row["table_id"]],
        "pinned": False,
        "cancelled_late": False,
        "created_at": moment,
        "updated_at": moment,
    }


def set_up(engine: Engine) -> None:
    """Durable commits, and readers beside a writer."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode = wal", "synchronous = full", "busy_timeout = 5000"):
            cursor.execute(f"pragma {pragma}")
        cursor.close()


def begin_immediately(engine: Engine) -> None:
    """A writer takes the lock before it looks, or two would give away the same table."""

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("begin immediate")
