"""What is known of guests on the way beside their intents."""

from __future__ import annotations

from typing import Any

import peewee as pw

# Intents that came with coordinates: the privacy sweep finds them by this table.
_ADOPT = """
insert into arrival_trip (reservation_id, restaurant_id, located_at, document, version)
select a.reservation_id, r.restaurant_id, a.updated_at, '{}', 1
from arrival_intent a join reservation r on r.id = a.reservation_id
where json_extract(a.document, '$.current_location') is not null
   or json_extract(a.document, '$.last_location') is not null"""


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class ArrivalTrip(pw.Model):
        reservation = pw.ForeignKeyField(
            migrator.orm["reservation"], primary_key=True, on_delete="CASCADE"
        )
        restaurant = pw.ForeignKeyField(
            migrator.orm["restaurant"], on_delete="CASCADE", index=False
        )
        due_at = pw.BigIntegerField(null=True, index=True)
        located_at = pw.BigIntegerField(null=True, index=True)
        pinged_at = pw.BigIntegerField(null=True)
        fired_at = pw.BigIntegerField(null=True)
        document = pw.TextField()
        version = pw.IntegerField()

        class Meta:
            table_name = "arrival_trip"
            indexes = ((("restaurant", "due_at"), False),)

    migrator.sql(_ADOPT)


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.remove_model("arrival_trip")
