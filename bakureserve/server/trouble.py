"""How what keeps the server from its work is logged: as grave as it is, and with where it is."""

from __future__ import annotations

from typing import Any

import structlog

from bakureserve.domain.errors import (
    ReserveError,
    SchemaMismatch,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
)
from bakureserve.locale import say

_LEVELS: dict[type[ReserveError], str] = {
    StoreCorrupt: "critical",
    StoreFull: "error",
    StoreReadOnly: "error",
    SchemaMismatch: "error",
    ReserveError: "warning",
}


def log_trouble(event: str, error: ReserveError, **more: Any) -> None:
    """Log the error with its reason in English, which names files and folders."""
    log = structlog.get_logger(__name__)
    tell = getattr(log, level_of(error))
    tell(event, code=error.code, reason=say(error.code, error.params, "en"), **more)


def level_of(error: ReserveError) -> str:
    """Damage is critical, what an operator must mend is an error, what passes is a warning."""
    return next(_LEVELS[kind] for kind in type(error).__mro__ if kind in _LEVELS)
