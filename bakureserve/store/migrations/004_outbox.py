"""What is to be told to people and machines outside, and up to which event that was worked out."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class OutboxCursor(pw.Model):
        id = pw.IntegerField(primary_key=True, constraints=[pw.Check("id = 1")])
        event_id = pw.BigIntegerField()

        class Meta:
            table_name = "outbox_cursor"

    @migrator.create_model
    class OutboxDelivery(pw.Model):
        id = pw.TextField(primary_key=True)
        event_id = pw.BigIntegerField()
        kind = pw.TextField()
        restaurant_id = pw.TextField()
        reservation_id = pw.TextField()
        party = pw.TextField(constraints=[pw.Check("party in ('guest', 'restaurant')")])
        channel = pw.TextField(constraints=[pw.Check("channel in ('email', 'webhook')")])
        recipient = pw.TextField()
        status = pw.TextField(
            constraints=[pw.Check("status in ('waiting', 'sending', 'sent', 'dead', 'dropped')")]
        )
        attempts = pw.IntegerField()
        next_at = pw.BigIntegerField()
        expires_at = pw.BigIntegerField()
        error = pw.TextField()
        claim = pw.TextField()
        created_at = pw.BigIntegerField()
        settled_at = pw.BigIntegerField(null=True)
        forget_at = pw.BigIntegerField(index=True)
        notice = pw.TextField()

        class Meta:
            table_name = "outbox_delivery"
            indexes = (
                (("event_id", "channel", "recipient"), True),
                (("status", "next_at"), False),
                (("reservation_id", "event_id"), False),
            )

    # What happened before there was an outbox is not told any more.
    migrator.sql(
        "insert into outbox_cursor (id, event_id) select 1, coalesce(max(id), 0) from event"
    )


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    for table in ("outbox_delivery", "outbox_cursor"):
        migrator.remove_model(table)
