"""What is thrown away as time goes by, so that nothing grows for ever."""

from __future__ import annotations

import datetime as dt

from bakureserve.services.clock import Clock
from bakureserve.store import idempotency
from bakureserve.store.database import Database


class Housekeeping:
    """Forgets answers to creating calls after `keep_answers`."""

    def __init__(self, database: Database, clock: Clock, *, keep_answers: dt.timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep_answers = keep_answers

    async def sweep(self) -> int:
        """Forget what is old enough; how many answers that were. Raises Unavailable."""
        oldest = self._clock() - self._keep_answers
        return await self._database.write(lambda tx: idempotency.forget_before(tx, oldest))
