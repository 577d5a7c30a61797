"""The clock and the source of ids: arguments everywhere else, so that tests can hold them still."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Gives the present moment, aware, in UTC."""


def system_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new_id(now: dt.datetime) -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): it begins with the time in milliseconds.

    New rows therefore land side by side in an index, however many there are already; the 74 random
    bits keep ids from being guessed.
    """
    milliseconds = int(now.timestamp() * 1000)
    random_bits = secrets.randbits(74)
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76
    value |= (random_bits >> 62) << 64 | 0b10 << 62 | random_bits & (2**62 - 1)
    return str(uuid.UUID(int=value))
