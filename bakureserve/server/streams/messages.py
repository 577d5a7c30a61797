"""What goes over a stream, in both directions."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class StreamMessage(msgspec.Struct, frozen=True):
    """A message to the reader. `id` is the newest event that it takes account of.

    `data` is a reservation as its GET shows it, or a list of them in the snapshot of a restaurant's
    arrivals; `{id, removed: true}` in an update about one that was removed; null in a heartbeat;
    `{retry_after_seconds}` when the server stops.
    """

    id: int
    type: Literal["snapshot", "update", "heartbeat", "stopping"]
    data: Any


class Removed(msgspec.Struct, frozen=True):
    """What is left to say about a reservation that was removed."""

    id: str
    removed: Literal[True] = True


class Stopping(msgspec.Struct, frozen=True):
    """The server goes away: when to connect again, another moment for each reader."""

    retry_after_seconds: float


class AuthMessage(msgspec.Struct, frozen=True):
    """A reader's proof of who they are: their first message, or a new token before the old ends."""

    type: Literal["auth"]
    token: str
