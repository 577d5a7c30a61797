"""Asking map services over HTTP. What does the work is opened, and imported, when first needed.

Importing it takes a fifth of a second, and most commands never ask a map service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bakureserve.eta.upstream import HttpAnswer

if TYPE_CHECKING:
    from aiohttp_client_cache.response import CachedResponse

    from bakureserve.caching.http_store import HttpCache
    from bakureserve.eta.session import MapSession


def weigh_answer(kept: CachedResponse) -> int:
    """Roughly how many bytes a kept answer takes: its body, headers, URL and fields of its own."""
    return 3000 + (kept.content_length or 0)


class MapHttp:
    """Asks map services, over at most `connections` to each; answers to GET are kept in `cache`.

    Both ways of asking raise NoAnswer; time limits are the caller's.
    """

    def __init__(self, cache: HttpCache, *, connections: int) -> None:
        self._cache = cache
        self._connections = connections
        self._session: MapSession | None = None

    def open(self) -> MapSession:
        """Be ready to ask; in a running event loop."""
        if self._session is None:
            from bakureserve.eta.session import MapSession  # noqa: PLC0415

            self._session = MapSession(self._cache, connections=self._connections)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def kept(self, url: str) -> HttpAnswer | None:
        """The answer to a GET if it is kept and still fresh; asks no service."""
        return await self.open().kept(url) if self._cache else None

    async def get(self, url: str, *, fresh: bool = False) -> HttpAnswer:
        """GET, from what is kept or from the service; `fresh` asks the service in any case."""
        return await self.open().get(url, fresh=fresh)

    async def post(
        self, url: str, fields: Mapping[str, str], *, as_json: bool = False
    ) -> HttpAnswer:
        """POST a form, or an object, that changes nothing. Never kept, since it holds a secret."""
        return await self.open().post(url, fields, as_json=as_json)
