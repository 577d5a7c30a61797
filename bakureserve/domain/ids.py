"""Ids: made from the time, and read as people and programs write them."""

from __future__ import annotations

import datetime as dt
import os
import re

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def canonical(text: str) -> str:
    """A UUID in any letter case in small letters, as it is kept; any other id exactly as it is."""
    return text if text.islower() or not _UUID.fullmatch(text) else text.lower()


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
