"""Indexes by which lists find the reservations of a status among a million others."""

from __future__ import annotations

from typing import Any

import peewee as pw


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.drop_index("reservation", "restaurant", "starts_at")
    migrator.add_index("reservation", "restaurant", "starts_at", "status")
    migrator.add_index("reservation", "status", "starts_at")


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.drop_index("reservation", "status", "starts_at")
    migrator.drop_index("reservation", "restaurant", "starts_at", "status")
    migrator.add_index("reservation", "restaurant", "starts_at")
