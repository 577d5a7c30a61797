"""A stored password hash, a PHC string of argon2id, and whether checking it can be afforded.

Its costs stand in the hash itself, so whoever hands us a file of accounts chooses how much memory
and time each of their logins takes from us.
"""

from __future__ import annotations

import re

MOST_MEMORY_KIB = 256 * 1024
MOST_WORK_KIB = 1024 * 1024
"""Memory times passes, which is what time goes with: five times the cost of our own hashes."""
MOST_LANES = 16
"""Threads that one check may start."""

# As RFC 9106's reference implementation writes it; salts of 8 to 64 bytes, digests of 4 to 128.
_ARGON2ID = re.compile(
    r"\$argon2id\$v=(?:16|19)\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})"
    r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{6,171}"
)


def is_affordable(stored: str) -> bool:
    """Whether this is a hash of argon2id whose check costs no more than we are ready to spend."""
    found = _ARGON2ID.fullmatch(stored)
    if found is None:
        return False
    memory_kib, passes, lanes = map(int, found.groups())
    return (
        memory_kib <= MOST_MEMORY_KIB
        and memory_kib * passes <= MOST_WORK_KIB
        and lanes <= MOST_LANES
    )
