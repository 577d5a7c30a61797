"""Until when a late guest who is on the way holds the table."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.add_fields("arrival_trip", holds_until=pw.BigIntegerField(null=True))


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.remove_fields("arrival_trip", "holds_until")
