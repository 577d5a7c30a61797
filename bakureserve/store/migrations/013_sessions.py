"""A session knows the token it was last given, and from where it was last used."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.add_fields(
        "user_session", previous_hash=pw.BlobField(null=True), network=pw.TextField(null=True)
    )


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.remove_fields("user_session", "previous_hash", "network")
