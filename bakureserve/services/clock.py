"""The clock: an argument everywhere else, so that tests can hold it still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Gives the present moment, aware, in UTC."""


def system_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
