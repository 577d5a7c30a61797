"""What would be logged again and again is logged once in a while."""

from __future__ import annotations

from collections.abc import Callable

LOG_SECONDS = 60.0


class Seldom:
    """Says at most once a minute that it is time. `steady` is a clock in seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._last = -LOG_SECONDS

    def is_due(self) -> bool:
        """Whether it is time, which it is not again for a while if so."""
        now = self._steady()
        if now - self._last < LOG_SECONDS:
            return False
        self._last = now
        return True
