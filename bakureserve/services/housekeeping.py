"""What is thrown away as time goes by, so that nothing grows for ever."""

from __future__ import annotations

import datetime as dt

from bakureserve.services.clock import Clock
from bakureserve.store import idempotency, sessions
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction


class Housekeeping:
    """Forgets answers to creating calls after `keep_answers`, and sessions that are over."""

    def __init__(self, database: Database, clock: Clock, *, keep_answers: dt.timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep_answers = keep_answers

    async def sweep(self) -> int:
        """Forget what is old enough; how many answers that were. Raises Unavailable."""
        now = self._clock()

        def unit(transaction: Transaction) -> int:
            sessions.sweep(transaction, now)
            return idempotency.forget_before(transaction, now - self._keep_answers)

        return await self._database.write(unit)
