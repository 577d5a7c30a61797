"""The backups: is there one that is young enough."""

from __future__ import annotations

import asyncio
import datetime as dt

from bakureserve.domain.errors import ReserveError
from bakureserve.services.clock import Clock
from bakureserve.services.health.check import Condition, Detail, disabled, fine
from bakureserve.services.operations.backups import Backups
from bakureserve.store.maintenance.backup_folder import KeptBackup

GRACE = dt.timedelta(minutes=15)
"""How much later than due one may be: a server looks every minute, and a copy takes its time."""


class BackupCheck:
    """Looks at the newest backup, and at how the last attempt of this process went.

    `since` is when the server began: before that nobody could take one.
    """

    name = "backup"
    vital = False
    seconds_good = 5.0

    def __init__(self, backups: Backups, clock: Clock, since: dt.datetime | None = None) -> None:
        self._backups = backups
        self._clock = clock
        self._since = since

    async def look(self) -> Condition:
        newest = await asyncio.to_thread(self._backups.newest)
        details, figures = self._details(newest), _figures(newest)
        if self._backups.failure is not None:
            return self._wrong("backup_failed", details, figures, self._backups.failure)
        every = self._backups.schedule.every
        if every is None:
            return fine(details, figures) if newest else disabled()
        if self._is_late(newest, every):
            return self._wrong("backup_late" if newest else "backup_missing", details, figures)
        if self._backups.command_failure is not None:
            failure = self._backups.command_failure
            return self._wrong("backup_not_passed_on", details, figures, failure)
        return fine(details, figures)

    def _is_late(self, newest: KeptBackup | None, every: dt.timedelta) -> bool:
        since = [self._since] if self._since else []
        due = since + ([newest.taken_at + every] if newest else [])
        return not due or self._clock() > max(due) + GRACE

    def _details(self, newest: KeptBackup | None) -> dict[str, Detail]:
        if newest is None:
            return {}
        age = self._clock() - newest.taken_at
        return {"age_seconds": int(age.total_seconds())}

    def _wrong(
        self,
        code: str,
        details: dict[str, Detail],
        figures: dict[str, Detail],
        reason: ReserveError | None = None,
    ) -> Condition:
        return Condition(
            status="degraded",
            code=code,
            effect="effect_loss_at_risk",
            details=details,
            figures=figures,
            reason=reason,
        )


def _figures(newest: KeptBackup | None) -> dict[str, Detail]:
    return {"size_mb": newest.bytes // 1024**2} if newest else {}
