"""Exit statuses that scripts may rely on, as in `docs/cli.md`."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How a run ended."""

    OK = 0
    FINDING = 1
    REFUSED = 2
    NOT_FOUND = 3
    UNAVAILABLE = 4
    CONFLICT = 5
    BUSY = 6
    FULL = 7
    READ_ONLY = 8
    CORRUPT = 9
    SCHEMA = 10
    BUG = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141


NOT_FIXED_BY_RESTARTING = (
    Status.REFUSED,
    Status.NOT_FOUND,
    Status.CONFLICT,
    Status.READ_ONLY,
    Status.CORRUPT,
    Status.SCHEMA,
)
"""Statuses with which a server would end again at its next start: an operator must act first."""
