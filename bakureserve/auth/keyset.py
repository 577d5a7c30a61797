"""An issuer's keys as we know them: fetched when they are needed, kept while it is away."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
import structlog
from joserfc.jwk import Key

from bakureserve.causes import cause_of
from bakureserve.domain.errors import Unavailable

log = structlog.get_logger(__name__)

FRESH = dt.timedelta(hours=1)
FLOOR = dt.timedelta(seconds=30)
FLOOR_AFTER_FAILURE = dt.timedelta(seconds=5)


class KnownKeys:
    """The last good set that `fetch` brought.

    It is fetched again for a key that is not in it, and in the background once it is an hour old.
    Callers who need it at the same time share one fetch. After a fetch the next may begin in 30 s,
    after a failed one in 5 s, so that invented key ids cannot turn this server against the issuer.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Key]]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._fetched: dt.datetime | None = None
        self._next_fetch: dt.datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key | None:
        """The key of that id, or None when the issuer has none, or cannot be asked.

        Raises Unavailable when no keys were ever fetched.
        """
        if kid in self._keys:
            if self._is_stale():
                self._start()
            return self._keys[kid]
        fetching = self._start()
        if fetching is not None:
            await asyncio.shield(fetching)
        if not self._keys:
            wait = FLOOR_AFTER_FAILURE.total_seconds()
            raise Unavailable("issuer_unreachable", retry_after=wait)
        return self._keys.get(kid)

    async def close(self) -> None:
        """End a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _is_stale(self) -> bool:
        return self._fetched is None or self._clock() - self._fetched >= FRESH

    def _start(self) -> asyncio.Task[None] | None:
        """The fetch that is under way or begins now; None when it is too early for another."""
        if self._fetching is None and self._may_fetch():
            self._fetching = asyncio.create_task(self._refresh(), name="issuer keys")
        return self._fetching

    def _may_fetch(self) -> bool:
        if self._next_fetch is None:
            return True
        wait = self._next_fetch - self._clock()
        return not dt.timedelta(0) < wait <= FLOOR  # longer only if the clock was set back

    async def _refresh(self) -> None:
        floor = FLOOR_AFTER_FAILURE
        try:
            self._keys = await self._fetch()
            self._fetched = self._clock()
            floor = FLOOR
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kept = len(self._keys)
            told = f"{type(error).__name__}: {error}"
            log.warning("issuer_unreachable", kept=kept, cause=cause_of(error), error=told)
        finally:
            self._next_fetch = self._clock() + floor
            self._fetching = None
