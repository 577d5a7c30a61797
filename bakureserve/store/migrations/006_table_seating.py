"""Who sits at which table now: at most one party each."""

from __future__ import annotations

from typing import Any

import peewee as pw

# Of several parties that were seated at one table the latest is there; the others have left.
_ONE_STAYS = """
update reservation set status = 'completed', version = version + 1 where id in (
    select id from (
        select id, row_number() over (partition by table_key order by starts_at desc, id desc) nth
        from reservation where status = 'seated' and table_key is not null)
    where nth > 1)"""
_FREE_THE_TABLES = """
delete from table_occupancy where reservation_id in (
    select o.reservation_id from table_occupancy o join reservation r on r.id = o.reservation_id
    where r.status not in ('booked', 'seated'))"""
_SEAT = """
insert into table_seating (table_key, reservation_id, restaurant_id, seated_at, ends_at)
select table_key, id, restaurant_id, updated_at, ends_at
from reservation where status = 'seated' and table_key is not null"""


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class TableSeating(pw.Model):
        table = pw.ForeignKeyField(
            migrator.orm["dining_table"],
            column_name="table_key",
            primary_key=True,
            on_delete="RESTRICT",
        )
        reservation = pw.ForeignKeyField(
            migrator.orm["reservation"], unique=True, on_delete="CASCADE"
        )
        restaurant = pw.ForeignKeyField(migrator.orm["restaurant"], on_delete="CASCADE")
        seated_at = pw.BigIntegerField()
        ends_at = pw.BigIntegerField(index=True)

        class Meta:
            table_name = "table_seating"

    for statement in (_ONE_STAYS, _FREE_THE_TABLES, _SEAT):
        migrator.sql(statement)


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.remove_model("table_seating")
