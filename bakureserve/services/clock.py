"""The clock and the source of ids: arguments everywhere else, so that tests can hold them still."""

from __future__ import annotations

import datetime as dt
import os
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
    random_bits = int.from_bytes(os.urandom(10))
    version_and_random = 0x7000 | random_bits >> 68
    variant_and_random = 0x8000 | random_bits >> 54 & 0x3FFF
    node = random_bits & 0xFFFF_FFFF_FFFF
    return (
        f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-{version_and_random:04x}"
        f"-{variant_and_random:04x}-{node:012x}"
    )
