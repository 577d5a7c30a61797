"""How many deliveries there are of each kind, counted as they change; and an index by which the
oldest unsettled one is found."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class DeliveryTally(pw.Model):
        channel = pw.TextField()
        status = pw.TextField()
        number = pw.IntegerField()

        class Meta:
            table_name = "delivery_tally"
            primary_key = pw.CompositeKey("channel", "status")

    for channel in ("email", "webhook"):
        for status in ("waiting", "sending", "sent", "dead", "dropped"):
            migrator.sql(
                "insert into delivery_tally (channel, status, number)"
                f" select '{channel}', '{status}', count(*) from outbox_delivery"
                f" where channel = '{channel}' and status = '{status}'"
            )
    migrator.sql(
        'create index "outboxdelivery_status_created_at" ON "outbox_delivery"'
        ' ("status", "created_at")'
    )
    # Under the name that the models give it, which `migrator.add_index` does not.
    migrator.orm["outbox_delivery"]._meta.indexes.append((("status", "created_at"), False))


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.sql("drop index outboxdelivery_status_created_at")
    migrator.remove_model("delivery_tally")
