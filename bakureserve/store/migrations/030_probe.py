"""A row that the health check writes and finds again."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    @migrator.create_model
    class Probe(pw.Model):
        id = pw.AutoField()
        number = pw.IntegerField()
        filling = pw.BlobField()

        class Meta:
            table_name = "probe"


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.remove_model("probe")
