"""Time that runs fast: the clock of the demo's server, and of everybody who asks it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable


class FastClock:
    """Stands at `start` until it is let go, and then runs `speed` times as fast as `ticks`.

    `ticks` are seconds that never step back.
    """

    def __init__(
        self, start: dt.datetime, speed: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.speed = speed
        self._start = start
        self._ticks = ticks
        self._let_go_at: float | None = None

    def __call__(self) -> dt.datetime:
        """The moment it shows: aware, in UTC, as the server wants its clock."""
        if self._let_go_at is None:
            return self._start
        return self._start + dt.timedelta(seconds=(self._ticks() - self._let_go_at) * self.speed)

    def let_go(self) -> None:
        self._let_go_at = self._ticks()

    async def until(self, moment: dt.datetime) -> None:
        """Wait until it shows `moment`; not at all where that is past."""
        if (left := (moment - self()).total_seconds()) > 0:
            await asyncio.sleep(left / self.speed)

    async def after(self, seconds: float) -> None:
        """Wait until so many of its seconds have passed."""
        await self.until(self() + dt.timedelta(seconds=seconds))
