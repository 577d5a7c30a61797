"""What is thrown away, and what is kept."""

from __future__ import annotations

from bakureserve.runtime import Runtime
from bakureserve.services.accounts import Accounts
from bakureserve.services.sessions import IDLE
from bakureserve.store import idempotency, sessions
from bakureserve.store.idempotency import Answer
from bakureserve.store.transaction import Transaction
from tests.houses import SetClock

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
    entered = await accounts.sign_up(
        name="Aysel", email="aysel@example.az", phone="050 123 45 67", password="correct horse"
    )
    session_id, _, _ = entered.refresh_token.partition(".")

    async def is_kept() -> bool:
        await runtime.housekeeping.sweep()
        return await runtime.database.read(lambda tx: sessions.find(tx, session_id)) is not None

    clock.now += IDLE
    assert await is_kept()
    clock.pass_minutes(1)
    assert not await is_kept()
