"""Work that is done again and again: no failure ends it, and none is logged again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bakureserve.domain.errors import ReserveError
from bakureserve.server.trouble import log_trouble


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
