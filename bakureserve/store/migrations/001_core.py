"""The core: restaurants, reservations, occupancy, accounts, events and audit."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class Restaurant(pw.Model):
        id = pw.TextField(primary_key=True)
        slug = pw.TextField(unique=True)
        name = pw.TextField()
        timezone = pw.TextField()
        city = pw.TextField()
        document = pw.TextField()
        policy = pw.TextField()
        position = pw.IntegerField()
        source = pw.TextField()
        retired_at = pw.BigIntegerField(null=True)
        created_at = pw.BigIntegerField()
        updated_at = pw.BigIntegerField()

    @migrator.create_model
    class Area(pw.Model):
        key = pw.AutoField()
        restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
        id = pw.TextField()
        name = pw.TextField()
        document = pw.TextField()
        position = pw.IntegerField()
        retired = pw.BooleanField()

        class Meta:
            indexes = ((("restaurant", "id"), True),)

    @migrator.create_model
    class DiningTable(pw.Model):
        key = pw.AutoField()
        restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
        area = pw.ForeignKeyField(Area, column_name="area_key", on_delete="CASCADE")
        id = pw.TextField()
        name = pw.TextField()
        capacity = pw.IntegerField(constraints=[pw.Check("capacity >= 1")])
        document = pw.TextField()
        position = pw.IntegerField()
        retired = pw.BooleanField()

        class Meta:
            table_name = "dining_table"
            indexes = ((("restaurant", "id"), True),)

    @migrator.create_model
    class OpeningPeriod(pw.Model):
        restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
        weekday = pw.IntegerField(constraints=[pw.Check("weekday between 0 and 6")])
        opens = pw.IntegerField(constraints=[pw.Check("opens between 0 and 1439")])
        closes = pw.IntegerField(constraints=[pw.Check("closes between 1 and 2880")])

        class Meta:
            table_name = "opening_period"
            primary_key = pw.CompositeKey("restaurant", "weekday", "opens")
            constraints = [pw.Check("closes > opens")]

    @migrator.create_model
    class SpecialDay(pw.Model):
        restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE", index=False)
        day = pw.TextField()
        periods = pw.TextField()
        note = pw.TextField()

        class Meta:
            table_name = "special_day"
            primary_key = pw.CompositeKey("restaurant", "day")

    @migrator.create_model
    class VenueLedger(pw.Model):
        restaurant_id = pw.TextField(primary_key=True)
        directory_revision = pw.IntegerField(constraints=[pw.SQL("DEFAULT 0")])
        occupancy_revision = pw.IntegerField(constraints=[pw.SQL("DEFAULT 0")])

        class Meta:
            table_name = "venue_ledger"

    @migrator.create_model
    class User(pw.Model):
        id = pw.TextField(primary_key=True)
        name = pw.TextField()
        email = pw.TextField(unique=True)
        phone = pw.TextField()
        password_hash = pw.TextField(null=True)
        role = pw.TextField(constraints=[pw.Check("role in ('guest', 'admin')")])
        verified_email = pw.BooleanField()
        verified_phone = pw.BooleanField()
        extra = pw.TextField()
        disabled_at = pw.BigIntegerField(null=True)
        created_at = pw.BigIntegerField()
        updated_at = pw.BigIntegerField()

        class Meta:
            table_name = "user_account"

    @migrator.create_model
    class VenueStaff(pw.Model):
        user = pw.ForeignKeyField(User, on_delete="CASCADE", index=False)
        restaurant = pw.ForeignKeyField(Restaurant, on_delete="CASCADE")

        class Meta:
            table_name = "venue_staff"
            primary_key = pw.CompositeKey("user", "restaurant")

    @migrator.create_model
    class UserSession(pw.Model):
        id = pw.TextField(primary_key=True)
        user = pw.ForeignKeyField(User, on_delete="CASCADE")
        refresh_hash = pw.BlobField(unique=True)
        device = pw.TextField()
        created_at = pw.BigIntegerField()
        last_used_at = pw.BigIntegerField()
        expires_at = pw.BigIntegerField(index=True)
        revoked_at = pw.BigIntegerField(null=True)

        class Meta:
            table_name = "user_session"

    @migrator.create_model
    class Reservation(pw.Model):
        id = pw.TextField(primary_key=True)
        restaurant = pw.ForeignKeyField(Restaurant, on_delete="RESTRICT", index=False)
        table = pw.ForeignKeyField(
            DiningTable, column_name="table_key", null=True, on_delete="RESTRICT", index=False
        )
        party_size = pw.IntegerField(constraints=[pw.Check("party_size >= 1")])
        starts_at = pw.BigIntegerField(index=True)
        ends_at = pw.BigIntegerField()
        held_until = pw.BigIntegerField()
        service_date = pw.TextField()
        guest_name = pw.TextField()
        guest_phone = pw.TextField()
        status = pw.TextField(
            constraints=[
                pw.Check("status in ('booked', 'seated', 'completed', 'cancelled', 'no_show')")
            ]
        )
        owner_id = pw.TextField(null=True)
        prep = pw.TextField(null=True)
        needs_attention = pw.BooleanField()
        extra = pw.TextField(null=True)
        created_at = pw.BigIntegerField()
        updated_at = pw.BigIntegerField()
        version = pw.IntegerField()

        class Meta:
            constraints = [pw.Check("ends_at > starts_at"), pw.Check("held_until >= ends_at")]
            indexes = (
                (("restaurant", "starts_at"), False),
                (("owner_id", "starts_at"), False),
            )

    @migrator.create_model
    class TableOccupancy(pw.Model):
        table = pw.ForeignKeyField(
            DiningTable, column_name="table_key", on_delete="RESTRICT", index=False
        )
        starts_at = pw.BigIntegerField()
        ends_at = pw.BigIntegerField()
        reservation = pw.ForeignKeyField(Reservation, on_delete="CASCADE")

        class Meta:
            table_name = "table_occupancy"
            primary_key = pw.CompositeKey("table", "starts_at")
            without_rowid = True
            constraints = [
                pw.Check("ends_at > starts_at"),
                pw.Check("ends_at - starts_at <= 86400000000"),
            ]

    @migrator.create_model
    class ArrivalIntent(pw.Model):
        reservation = pw.ForeignKeyField(Reservation, primary_key=True, on_delete="CASCADE")
        status = pw.TextField(
            constraints=[
                pw.Check(
                    "status in ('idle', 'requested', 'queued', 'approved', 'rejected',"
                    " 'cancelled', 'arrived')"
                )
            ]
        )
        last_signal_at = pw.BigIntegerField(null=True)
        document = pw.TextField()
        updated_at = pw.BigIntegerField()

        class Meta:
            table_name = "arrival_intent"

    @migrator.create_model
    class IdempotencyKey(pw.Model):
        subject = pw.TextField()
        key = pw.TextField()
        fingerprint = pw.BlobField()
        status = pw.IntegerField()
        body = pw.BlobField()
        created_at = pw.BigIntegerField(index=True)

        class Meta:
            table_name = "idempotency_key"
            primary_key = pw.CompositeKey("subject", "key")
            without_rowid = True

    @migrator.create_model
    class Event(pw.Model):
        id = pw.AutoField()
        at = pw.BigIntegerField()
        kind = pw.TextField()
        restaurant_id = pw.TextField(null=True)
        reservation_id = pw.TextField(null=True)
        data = pw.TextField()

    @migrator.create_model
    class Audit(pw.Model):
        id = pw.AutoField()
        at = pw.BigIntegerField()
        actor_kind = pw.TextField()
        actor = pw.TextField()
        action = pw.TextField()
        noun_id = pw.TextField(index=True)
        changes = pw.TextField()
        request_id = pw.TextField()

    @migrator.create_model
    class ImportRun(pw.Model):
        id = pw.AutoField()
        at = pw.BigIntegerField()
        files = pw.TextField()
        report = pw.TextField()

        class Meta:
            table_name = "import_run"


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    for table in (
        "import_run",
        "audit",
        "event",
        "idempotency_key",
        "arrival_intent",
        "table_occupancy",
        "reservation",
        "user_session",
        "venue_staff",
        "user_account",
        "venue_ledger",
        "special_day",
        "opening_period",
        "dining_table",
        "area",
        "restaurant",
    ):
        migrator.remove_model(table)
