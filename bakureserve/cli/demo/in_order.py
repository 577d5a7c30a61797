"""What happens, passed on in the order in which it happened, a moment later.

The kitchen learns by webhook, an instant after the event, when the host may have told of something
later already. A feed whose clock steps back would be hard to believe.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from bakureserve.cli.demo.happening import Happening, Tell

WAIT_SECONDS = 1.0
"""By our own clock: as long as news may take."""
_LOOK_SECONDS = 0.1


class InOrder:
    """Called with what happens; `tell` hears of it in order, once it was known for a moment."""

    def __init__(self, tell: Tell, ticks: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._ticks = ticks
        self._number = count()
        self._waiting: list[tuple[dt.datetime, int, float, Happening]] = []

    def __call__(self, happening: Happening) -> None:
        heappush(self._waiting, (happening.at, next(self._number), self._ticks(), happening))

    async def work(self) -> None:
        """Pass on what is due, until cancelled."""
        while True:
            self.pass_on(known_for=WAIT_SECONDS)
            await asyncio.sleep(_LOOK_SECONDS)

    def pass_on(self, *, known_for: float = 0.0) -> None:
        """Tell of what was known for so many seconds: without them, of everything."""
        while self._waiting and self._ticks() - self._waiting[0][2] >= known_for:
            *_, happening = heappop(self._waiting)
            self._tell(happening)
