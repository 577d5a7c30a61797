"""Security events for the operators of the server, without personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import structlog

Report = Callable[[str, dict[str, Any]], None]
"""Takes an event's name and its facts: only ids, clients' addresses and marks.

`login_failed`, `login_limited`, `refresh_reused`, `address_verified`, `password_changed`,
`session_ended`, `account_erased`, `token_issued`, `keys_rotated`.
"""
ALARMING = frozenset({"login_limited", "refresh_reused"})
"""Events that suggest an attack on an account."""


def log_event(event: str, facts: dict[str, Any]) -> None:
    """Write an event to the program's log, marked as `security`."""
    log = structlog.get_logger()
    tell = log.warning if event in ALARMING else log.info
    tell(event, security=True, **facts)


def mark_of(email: str) -> str:
    """An address as events show it: the beginning of its SHA-256, equal for equal addresses."""
    return hashlib.sha256(email.encode()).hexdigest()[:16]
