"""What is thrown away as time goes by, so that nothing grows for ever."""

from __future__ import annotations

import datetime as dt

from bakureserve.domain.notifications import LINK_LIFE
from bakureserve.services.accounts.sessions import REMEMBERED
from bakureserve.services.clock import Clock
from bakureserve.store import audit, calibration, events, idempotency, outbox, sessions, users
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction

_GIVEN_UP = dt.timedelta(days=1)
"""Nobody who has not arrived by then is still on the way."""
ROWS_AT_ONCE = 20_000
"""Rows of each log forgotten in one sweep, so that it stays short; more wait for the next."""


class Housekeeping:
    """Forgets what is old: answers to creating calls after `keep_answers`, events after
    `keep_events`, audit rows after `keep_audit`, judged predictions after `keep_trips`, those of
    guests who never came, and sessions that are over."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        keep_answers: dt.timedelta,
        keep_trips: dt.timedelta,
        keep_events: dt.timedelta,
        keep_audit: dt.timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keep_answers = keep_answers
        self._keep_trips = keep_trips
        self._keep_events = keep_events
        self._keep_audit = keep_audit

    async def sweep(self) -> int:
        """Forget what is old enough; how many answers that were. Raises Unavailable.

        Then cut the log: an erasure that met readers left that to be done.
        """
        now = self._clock()

        def unit(transaction: Transaction) -> int:
            users.sweep_proofs(transaction, now)
            outbox.sweep_letters(transaction, now - LINK_LIFE)
            sessions.sweep(transaction, over=now, unused=now - REMEMBERED)
            outbox.prune(transaction, now, limit=ROWS_AT_ONCE)
            calibration.sweep(
                transaction,
                pending_before=now - _GIVEN_UP,
                judged_before=now - self._keep_trips,
            )
            events.prune(
                transaction,
                now - self._keep_events,
                read_up_to=outbox.position(transaction),
                limit=ROWS_AT_ONCE,
            )
            audit.prune_audit(transaction, now - self._keep_audit, limit=ROWS_AT_ONCE)
            return idempotency.forget_before(transaction, now - self._keep_answers)

        forgotten = await self._database.write(unit)
        await self._database.truncate_log()
        return forgotten
