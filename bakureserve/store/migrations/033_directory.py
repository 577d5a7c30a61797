"""Indexes of which restaurants have changed since, and of which come next."""

from __future__ import annotations

from typing import Any

import peewee as pw

# Equal positions were told apart by the id, and stay in that order.
_NUMBER = """
with ordered as (select id, row_number() over (order by position, id) as place from restaurant)
update restaurant set position = (select place from ordered where ordered.id = restaurant.id)"""


# A restaurant's revision was counted by itself, and is now a number among those of all.
_COUNT_TOGETHER = """
with latest as (select coalesce(max(directory_revision), 0) as revision from venue_ledger),
ordered as (select restaurant_id, row_number() over (order by restaurant_id) as place
    from venue_ledger)
update venue_ledger set directory_revision = (select revision from latest)
    + (select place from ordered where ordered.restaurant_id = venue_ledger.restaurant_id)"""


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.sql(_NUMBER)
    migrator.sql(_COUNT_TOGETHER)
    migrator.add_index("restaurant", "position", unique=True)
    migrator.add_index("venue_ledger", "directory_revision")
    migrator.sql("drop index venue_ledger_directory_revision")  # models name it otherwise
    migrator.sql(
        'create index "venueledger_directory_revision" ON "venue_ledger" ("directory_revision")'
    )


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.sql("drop index venueledger_directory_revision")
    migrator.drop_index("restaurant", "position")
