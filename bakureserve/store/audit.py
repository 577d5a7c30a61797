"""The audit log: who changed what, written with the change and its event; and finished imports."""

from __future__ import annotations

import datetime as dt
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec

from bakureserve.domain.accounts.actor import Actor, ActorKind
from bakureserve.store.codec import dumps, from_us, loads, to_us
from bakureserve.store.transaction import Transaction

_ADD_ENTRY = (
    "insert into audit (at, actor_kind, actor, action, noun_id, changes, request_id)"
    " values (?, ?, ?, ?, ?, ?, ?)"
)
_ADD_EVENT = (
    "insert into event (at, kind, restaurant_id, reservation_id, data) values (?, ?, ?, ?, ?)"
)
_SELECT = "select id, at, actor_kind, actor, action, noun_id, changes, request_id from audit"
REMOVALS = ("reservation.removed", "user.removed")
"""Actions after which an import leaves a row out, as SQL writes a list of texts."""
_ADD_IMPORT = "insert into import_run (at, files, report) values (?, ?, ?)"
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


def record(
    transaction: Transaction,
    *,
    actor: Actor,
    now: dt.datetime,
    action: str,
    noun_id: str,
    changes: dict[str, Any] | None = None,
    restaurant_id: str | None = None,
    reservation_id: str | None = None,
    event: dict[str, Any] | None = None,
) -> int:
    """Write the audit row and the event of a change; the event's id.

    `action` is `<noun>.<past participle>`, such as `reservation.cancelled`. `changes` maps a field
    to its new value and stays in the audit log; `event` goes out to followers of the reservation
    or the restaurant, and to webhooks: nothing personal in it.
    """
    moment = to_us(now)
    transaction.execute(
        _ADD_ENTRY,
        (
            moment,
            actor.kind,
            actor.subject,
            action,
            noun_id,
            dumps(changes) if changes else "{}",
            actor.request_id,
        ),
    )
    return transaction.insert(
        _ADD_EVENT,
        (moment, action, restaurant_id, reservation_id, dumps(event) if event else "{}"),
    )


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
    rows = transaction.all(f"{_SELECT}{where} order by id desc limit ?", (*given.values(), limit))
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


def add_import(
    transaction: Transaction,
    now: dt.datetime,
    files: list[dict[str, Any]],
    report: dict[str, dict[str, int]],
) -> int:
    """Write down an import; its number."""
    return transaction.insert(_ADD_IMPORT, (to_us(now), dumps(files), dumps(report)))


def finish_import(
    transaction: Transaction,
    run: int,
    files: list[dict[str, Any]],
    report: dict[str, dict[str, int]],
) -> None:
    """Write down what came of an import that was added before it had ended."""
    transaction.execute(
        "update import_run set files = ?, report = ? where id = ?",
        (dumps(files), dumps(report), run),
    )


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
    """The zone in which a guest was told the time, as noted when the restaurant's zone changed."""
    rows = transaction.rows(
        "select changes from audit where noun_id = ? and action = 'reservation.flagged'"
        " order by id desc",
        (reservation_id,),
    )
    noted = (loads(changes, dict[str, Any]).get("zone_told") for (changes,) in rows)
    return next((str(zone) for zone in noted if zone is not None), None)


def prune_audit(
    transaction: Transaction, before: dt.datetime, *, after: int, limit: int
) -> tuple[int, int]:
    """Look at the next `limit` rows beyond the id `after`, and delete those from before a moment;
    how many rows were old enough, and the id of the last.

    Keeps the newest, so that no id is given out twice, and removals, which an import of an old
    file must find.
    """
    rows = transaction.all(
        "select id, at from audit where id > ? and id < (select max(id) from audit)"
        " order by id limit ?",
        (after, limit),
    )
    old = [id_ for id_, _ in takewhile(lambda row: row[1] < to_us(before), rows)]
    if not old:
        return 0, after
    transaction.execute(
        f"delete from audit where id > ? and id <= ? and action not in {REMOVALS}", (after, old[-1])
    )
    return len(old), old[-1]
