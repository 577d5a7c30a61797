"""Whose reservation a notice tells of, so that all of theirs are found when they are erased."""

from __future__ import annotations

from typing import Any

import peewee as pw

_FROM_RESERVATIONS = """
update outbox_delivery set subject = (
    select owner_id from reservation r where r.id = outbox_delivery.reservation_id)"""

# A reservation that was removed since is told of to its guest's address.
_FROM_LETTERS = """
update outbox_delivery set subject = (
    select u.id from outbox_delivery told join user_account u on u.email = told.recipient
    where told.reservation_id = outbox_delivery.reservation_id and told.party = 'guest' limit 1)
where subject is null"""


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.add_fields("outbox_delivery", subject=pw.TextField(null=True, index=True))
    migrator.sql("drop index outbox_delivery_subject")  # models name it without the underscore
    migrator.sql('create index "outboxdelivery_subject" ON "outbox_delivery" ("subject")')
    migrator.sql(_FROM_RESERVATIONS)
    migrator.sql(_FROM_LETTERS)


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.sql("drop index outboxdelivery_subject")
    migrator.remove_fields("outbox_delivery", "subject")
