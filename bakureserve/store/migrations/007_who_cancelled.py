"""Who cancelled what was cancelled before that was kept with it, as the audit log tells it."""

from __future__ import annotations

from typing import Any

import peewee as pw

_TELL = """
update reservation set cancelled_by = (
    select case a.actor_kind when 'guest' then 'guest' when 'system' then 'system' else 'staff' end
    from audit a where a.noun_id = reservation.id and a.action = 'reservation.cancelled'
    order by a.id desc limit 1)
where status = 'cancelled' and cancelled_by is null"""


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    migrator.sql(_TELL)


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    """Nothing to take back: it only told what was so."""
