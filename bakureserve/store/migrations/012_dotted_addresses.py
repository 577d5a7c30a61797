"""`İ` in an address is `i`: accounts kept with Unicode's dotted i are found by the new spelling."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    # Where both spellings have an account, the dotted one keeps its own.
    migrator.sql(
        "update or ignore user_account set email = replace(email, 'i' || char(775), 'i')"
        " where instr(email, 'i' || char(775)) > 0"
    )


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    """Both spellings mean the same mailbox: there is nothing to take back."""
