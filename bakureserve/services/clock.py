"""The clock: passed as an argument everywhere, so that tests can stop it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Returns the present time, aware, in UTC."""


def system_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
