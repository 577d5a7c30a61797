"""What became of reservations in this process, in plain numbers."""

from __future__ import annotations

from collections import Counter


class BookingCounters:
    """Counts since the start. `changes` are those that were committed, by what was done;
    `conflicts` those that the state of things forbade, by code."""

    def __init__(self) -> None:
        self.changes: Counter[str] = Counter()
        self.conflicts: Counter[str] = Counter()
