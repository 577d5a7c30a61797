"""Where people reach the server, which is known at the latest once it listens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Site:
    """`url` is what links begin with: no slash at its end."""

    url: str
