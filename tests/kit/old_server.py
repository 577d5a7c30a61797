"""Small files as the old server wrote them: say what matters to the test, the rest is sensible."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.store.database import write_alone
from bakureserve.store.legacy.files import find_old_files
from bakureserve.store.legacy.report import Report, ReportEntry
from bakureserve.store.legacy.run import Order, import_files
from bakureserve.store.reservations import reservations

NOW = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$" + "q" * 43
IDLE = {"status": "idle", "lead_minutes": None, "share_location": False, "notes": None}


def a_restaurant(id_: str = "v1", *capacities: int, **fields: Any) -> dict[str, Any]:
    """A restaurant with tables t1, t2, … of the given capacities; two of two and one of four."""
    tables = [
        {"id": f"t{number}", "name": f"T{number}", "capacity": capacity}
        for number, capacity in enumerate(capacities or (2, 2, 4), start=1)
    ]
    given = {
        "id": id_,
        "slug": f"slug-{id_}",
        "name": f"Restaurant {id_}",
        "timezone": "Asia/Baku",
        "city": "Baku",
        "areas": [{"id": "hall", "name": "Hall", "tables": tables}],
    }
    return given | fields


def a_row(id_: str = "r1", **fields: Any) -> dict[str, Any]:
    """A booking of table t1 for two at 19:00 to 20:30 by the restaurant's clock."""
    given = {
        "id": id_,
        "restaurant_id": "v1",
        "table_id": "t1",
        "party_size": 2,
        "start": "2026-12-03T19:00:00+04:00",
        "end": "2026-12-03T20:30:00+04:00",
        "guest_name": "Aysel",
        "guest_phone": "+994 12 000 00 00",
        "status": "booked",
        "owner_id": "local-dev-user",
        "arrival_intent": IDLE,
        "prep_eta_minutes": None,
        "prep_items": None,
    }
    return given | fields


def a_user(id_: str = "u1", **fields: Any) -> dict[str, Any]:
    given = {
        "id": id_,
        "name": "Leyla",
        "email": f"{id_}@example.az",
        "phone": "+994120000000",
        "verified_email": True,
        "verified_phone": False,
        "created_at": "2026-10-01T12:00:00",
        "updated_at": "2026-10-02T12:00:00",
        "password_hash": HASH,
    }
    return given | fields


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def write(
    folder: Path,
    rows: Iterable[Any] | None = None,
    *,
    restaurants: Iterable[Any] | None = (a_restaurant(),),
    users: dict[str, Any] | None = None,
) -> Path:
    """Write the files into the folder; None leaves a file out."""
    folder.mkdir(exist_ok=True)
    contents = {
        "restaurants.json": None if restaurants is None else list(restaurants),
        "reservations.json": None if rows is None else {"reservations": list(rows)},
        "users.json": None if users is None else {"users": users},
    }
    for name, content in contents.items():
        if content is not None:
            (folder / name).write_text(json.dumps(content, indent=1))
    return folder


def run(
    path: Path, folder: Path, *, strict: bool = False, dry_run: bool = False, issuer: str = ""
) -> Report:
    order = Order(
        files=find_old_files(folder),
        actor=cli_actor("tester"),
        now=NOW,
        strict=strict,
        dry_run=dry_run,
        issuer=issuer,
    )
    return import_files(path, order, busy_timeout=5, advance=lambda _: None)


def stored(path: Path, id_: str = "r1") -> Reservation:
    found = write_alone(path, lambda tx: reservations.get(tx, id_), busy_timeout=5)
    assert found is not None, id_
    return found


def entry_of(report: Report, id_: str | None = "r1") -> ReportEntry:
    (found,) = [entry for entry in report.entries if entry.id == id_]
    return found


def codes(report: Report, id_: str | None = "r1") -> list[str]:
    return [reason.code for reason in entry_of(report, id_).reasons]


def query(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def dump(path: Path) -> list[str]:
    """Everything the database holds."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def overlaps(path: Path) -> list[Any]:
    """Pairs of live reservations at one table at one time, seen without the occupancy table."""
    return query(
        path,
        "select a.id, b.id from reservation a join reservation b on a.id < b.id"
        " and a.table_key = b.table_key and a.starts_at < b.held_until"
        " and b.starts_at < a.held_until"
        " where a.status in ('booked', 'seated') and b.status in ('booked', 'seated')",
    )
