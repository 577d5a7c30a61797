"""Ids as people and programs write them: UUIDs in any letter case, all others exactly."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def canonical(text: str) -> str:
    """A UUID in small letters, as it is kept; any other id as it is."""
    return text if text.islower() or not _UUID.fullmatch(text) else text.lower()
