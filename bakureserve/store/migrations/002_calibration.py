"""What trips were predicted to take and took, and the speeds fitted from that."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class EtaPrediction(pw.Model):
        id = pw.AutoField()
        reservation = pw.ForeignKeyField(
            migrator.orm["reservation"], null=True, on_delete="CASCADE", index=False
        )
        trip = pw.IntegerField(null=True)
        predicted_at = pw.BigIntegerField()
        predicted_seconds = pw.IntegerField(constraints=[pw.Check("predicted_seconds > 0")])
        actual_seconds = pw.IntegerField(null=True)
        provider = pw.TextField()
        route_metres = pw.IntegerField()
        straight_metres = pw.IntegerField()
        hour = pw.IntegerField(constraints=[pw.Check("hour between 0 and 23")])
        district = pw.TextField()

        class Meta:
            table_name = "eta_prediction"
            constraints = [pw.Check("(reservation_id is null) = (actual_seconds is not null)")]
            indexes = ((("reservation", "predicted_at"), False),)

    @migrator.create_model
    class EtaSpeeds(pw.Model):
        id = pw.IntegerField(primary_key=True, constraints=[pw.Check("id = 1")])
        city_kmh = pw.DoubleField()
        highway_kmh = pw.DoubleField()
        trips = pw.IntegerField()
        fitted_at = pw.BigIntegerField()

        class Meta:
            table_name = "eta_speeds"


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    for table in ("eta_speeds", "eta_prediction"):
        migrator.remove_model(table)
