"""Which state of an account's rights a token was signed for."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.add_fields(
        "user_account",
        allow_not_null=True,
        rights=pw.IntegerField(constraints=[pw.SQL("DEFAULT 0")]),
    )


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.remove_fields("user_account", "rights")
