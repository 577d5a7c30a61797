"""How trouble is logged: as grave as it is, with where it is, and not again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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


class Tries:
    """One piece of work. What keeps it from being done is logged when that begins and ends.

    An error that is not ours is a fault of the program and is logged with its traceback each time.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._in_the_way = ""
        self._log = structlog.get_logger()

    async def do(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Whether the work was done this time. Only a cancellation is raised."""
        try:
            await work()
        except ReserveError as error:
            self._note(error)
            return False
        except Exception:  # noqa: BLE001 - whatever it was, it must not be the end of all that comes after
            self._log.exception("work_failed", work=self._name)
            return False
        self._note(None)
        return True

    def _note(self, error: ReserveError | None) -> None:
        code = error.code if error else ""
        if code == self._in_the_way:
            return
        if error:
            log_trouble("work_late", error, work=self._name)
        else:
            self._log.warning("work_resumed", work=self._name, after=self._in_the_way)
        self._in_the_way = code


LOG_SECONDS = 60.0


class Seldom:
    """Says at most once a minute that it is time. `steady` is a clock in seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._last = -LOG_SECONDS

    def is_due(self) -> bool:
        """Whether it is time, which it is not again for a while if so."""
        now = self._steady()
        if now - self._last < LOG_SECONDS:
            return False
        self._last = now
        return True
