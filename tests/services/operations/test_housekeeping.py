"""What is thrown away, and what is kept."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import msgspec
import pytest

from bakureserve.runtime import Runtime
from bakureserve.services.accounts.accounts import Accounts
from bakureserve.services.accounts.sessions import IDLE
from bakureserve.services.operations import housekeeping
from bakureserve.store import audit, notifications
from bakureserve.store.accounts import sessions
from bakureserve.store.reservations import idempotency
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.transaction import Transaction
from tests.kit.cast import ADMIN
from tests.kit.deliveries import a_delivery
from tests.kit.houses import SetClock
from tests.kit.people import sign_up

KEY = {"subject": "guest", "fingerprint": b"f"}


async def test_an_answer_is_forgotten_when_its_time_is_over_and_not_before(
    runtime: Runtime, clock: SetClock
) -> None:
    def keep(transaction: Transaction) -> None:
        idempotency.keep(transaction, Answer(201, b"{}"), key="k", now=clock(), **KEY)

    await runtime.database.write(keep)
    clock.pass_minutes(runtime.settings.idempotency_keep_hours * 60)
    assert await runtime.housekeeping.sweep() == 0
    clock.pass_minutes(1)
    assert await runtime.housekeeping.sweep() == 1
    assert await runtime.database.read(lambda tx: idempotency.find(tx, key="k", **KEY)) is None


async def test_a_session_is_forgotten_once_it_is_over(
    runtime: Runtime, accounts: Accounts, clock: SetClock
) -> None:
    entered = await sign_up(accounts)
    session_id, _, _ = entered.refresh_token.partition(".")

    async def is_kept() -> bool:
        await runtime.housekeeping.sweep()
        return await runtime.database.read(lambda tx: sessions.find(tx, session_id)) is not None

    clock.now += IDLE
    assert await is_kept()
    clock.pass_minutes(1)
    assert not await is_kept()


async def test_the_audit_log_forgets_what_is_old_but_for_removals_and_the_newest(
    runtime: Runtime, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "ROWS_AT_ONCE", 3)

    def note(transaction: Transaction) -> None:
        for action in ("one", "reservation.removed", "two", "three", "four", "five"):
            audit.record(transaction, actor=ADMIN, now=clock(), action=action, noun_id="it")

    async def remembered() -> list[str]:
        await runtime.housekeeping.sweep()
        everything = audit.AuditFilter(noun_id="it")
        entries = await runtime.database.read(
            lambda tx: audit.audit_page(tx, everything, before=None, limit=10)
        )
        return [each.action for each in entries]

    await runtime.database.write(note)
    clock.pass_minutes(runtime.settings.audit_keep_days * 24 * 60)
    assert len(await remembered()) == 6
    clock.pass_minutes(1)
    assert await remembered() == ["five", "reservation.removed"], "or its id would come again"
    await runtime.database.write(note)
    assert "two" in await remembered()
    clock.pass_minutes(runtime.settings.audit_keep_days * 24 * 60 + 1)
    assert await remembered() == ["five"] + ["reservation.removed"] * 2


async def test_no_transaction_deletes_more_than_a_slice_and_one_sweep_deletes_all(
    runtime: Runtime, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "ROWS_AT_ONCE", 3)

    def fill(transaction: Transaction) -> None:
        for number in range(10):
            audit.record(transaction, actor=ADMIN, now=clock(), action="it.was", noun_id="it")
            told = msgspec.structs.replace(a_delivery(), id=f"d{number}", status="sent")
            notifications.add(
                transaction, msgspec.structs.replace(told, event_id=number, created_at=clock())
            )
            idempotency.keep(transaction, Answer(201, b"{}"), key=f"k{number}", now=clock(), **KEY)
            notifications.note_letter(transaction, b"mark", "notice", clock())

    def kept(transaction: Transaction) -> dict[str, int]:
        counts = {}
        for table in ("audit", "event", "outbox_delivery", "idempotency_key", "letter_slot"):
            row = transaction.one(f"select count(*) from {table}")
            counts[table] = row[0] if row else 0
        return counts

    await runtime.database.write(fill)
    await runtime.outbox.plan()
    clock.now += dt.timedelta(days=365 * 5)
    seen = [await runtime.database.read(kept)]
    runtime.database.on_commit(lambda: seen.append(runtime.database._reading.snapshot(kept)))
    await runtime.housekeeping.sweep()
    falls = [before[table] - after[table] for before, after in pairwise(seen) for table in before]
    assert max(falls) == 3
    assert seen[-1] == {
        "audit": 1,
        "event": 1,
        "outbox_delivery": 0,
        "idempotency_key": 0,
        "letter_slot": 0,
    }
