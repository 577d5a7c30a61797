"""A clock for what measures how long things take."""

from __future__ import annotations


class Steady:
    """A steady clock in seconds that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
