"""What happened, read back for administrators: the audit log, and finished imports."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import msgspec

from bakureserve.domain.accounts.actor import ActorKind
from bakureserve.store.codec import from_us, loads, to_us
from bakureserve.store.transaction import Transaction

_AUDIT = "select id, at, actor_kind, actor, action, noun_id, changes, request_id from audit"
REMOVALS = ("reservation.removed", "user.removed")
"""Actions that an import asks for, to bring nothing back; as SQL writes a list of texts."""
_IMPORTS = "select id, at, files, report from import_run order by id desc"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to what, and when (UTC). `changes` maps each field to its new value."""

    id: int
    at: dt.datetime
    actor_kind: ActorKind
    actor: str
    action: str
    noun_id: str
    changes: dict[str, Any]
    request_id: str


class ImportRun(msgspec.Struct, frozen=True, kw_only=True):
    """A finished `migrate-json`: each file with its size and SHA-256, and what became of its rows,
    counted by file."""

    id: int
    at: dt.datetime
    files: list[dict[str, Any]]
    report: dict[str, Any]


class AuditFilter(NamedTuple):
    """Which entries: those of one `action`, `actor` or `noun_id`; None is any."""

    action: str | None = None
    actor: str | None = None
    noun_id: str | None = None


def audit_page(
    transaction: Transaction, wanted: AuditFilter, *, before: int | None, limit: int
) -> list[AuditEntry]:
    """Entries older than the one with the id `before`, the newest first, at most `limit`."""
    given: dict[str, str | int] = {
        f"{name} = ?": value for name, value in wanted._asdict().items() if value is not None
    }
    if before is not None:
        given["id < ?"] = before
    where = f" where {' and '.join(given)}" if given else ""
    rows = transaction.all(f"{_AUDIT}{where} order by id desc limit ?", (*given.values(), limit))
    return [
        AuditEntry(
            id=row[0],
            at=from_us(row[1]),
            actor_kind=row[2],
            actor=row[3],
            action=row[4],
            noun_id=row[5],
            changes=loads(row[6], dict[str, Any]),
            request_id=row[7],
        )
        for row in rows
    ]


def imports(transaction: Transaction) -> list[ImportRun]:
    """Every finished import, the latest first."""
    return [
        ImportRun(
            id=row[0],
            at=from_us(row[1]),
            files=loads(row[2], list[dict[str, Any]]),
            report=loads(row[3], dict[str, Any]),
        )
        for row in transaction.all(_IMPORTS)
    ]


def zone_told(transaction: Transaction, reservation_id: str) -> str | None:
    """The zone in which a guest was told the time, as it was noted when the zone changed."""
    row = transaction.one(
        "select changes ->> 'zone_told' from audit where noun_id = ?"
        " and action = 'reservation.flagged' and changes ->> 'zone_told' is not null"
        " order by id desc limit 1",
        (reservation_id,),
    )
    return str(row[0]) if row else None


def prune_audit(transaction: Transaction, before: dt.datetime, *, limit: int) -> int:
    """Forget audit rows from before a moment, the oldest first and at most `limit`; how many.

    The newest stays, or SQLite would give its id out again; and so does what was removed, or an
    import of an old file would bring it back.
    """
    return transaction.execute(
        "delete from audit where id in (select id from audit where id < coalesce("
        "(select id from audit where at >= ? order by id limit 1), (select max(id) from audit))"
        f" and action not in {REMOVALS} order by id limit ?)",
        (to_us(before), limit),
    )
