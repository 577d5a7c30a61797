"""What staff and guests note on a reservation, why it needs attention, and how it came and went."""

from __future__ import annotations

from typing import Any

import peewee as pw

# Bookings made here have an audit row from their first moment; what has none came with an import.
_MARK_IMPORTED = """
update reservation set source = 'import' where not exists (
    select 1 from audit a where a.noun_id = reservation.id and a.action = 'reservation.booked')"""
_KEEP_THE_REASON = """update reservation set attention = '["no_table"]' where needs_attention"""
_KEEP_THE_FLAG = "update reservation set needs_attention = attention is not null"

ADDED: dict[str, pw.Field] = {
    "notes": pw.TextField(null=True),
    "staff_notes": pw.TextField(null=True),
    "tags": pw.TextField(null=True),
    "source": pw.TextField(constraints=[pw.SQL("DEFAULT 'api'")]),
    "pinned": pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")]),
    "attention": pw.TextField(null=True),
    "cancelled_by": pw.TextField(null=True),
    "cancelled_late": pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")]),
    "hidden": pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")]),
    "language": pw.TextField(null=True),
}


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.add_fields("reservation", allow_not_null=True, **ADDED)
    migrator.sql(_KEEP_THE_REASON)
    migrator.sql(_MARK_IMPORTED)
    migrator.remove_fields("reservation", "needs_attention")


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    flag = pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")])
    migrator.add_fields("reservation", allow_not_null=True, needs_attention=flag)
    migrator.sql(_KEEP_THE_FLAG)
    migrator.remove_fields("reservation", *ADDED)
