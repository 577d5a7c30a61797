"""HTTP to map services: bounded answers, cached, with a retry on a stale connection.

aiohttp is imported when a service is first asked: it takes a fifth of a second, and most commands
ask none. aiohttp-client-cache stores answers to GET in a bounded store. A POST bypasses it, since
its form may hold a secret: it is never looked up, keyed or stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bakureserve import __version__
from bakureserve.causes import cause_of
from bakureserve.eta.upstream import HttpAnswer, NoAnswer

if TYPE_CHECKING:
    from aiohttp_client_cache.response import AnyResponse, CachedResponse
    from aiohttp_client_cache.session import CachedSession

    from bakureserve.caching.http_store import HttpCache

LARGEST_ANSWER = 1_000_000
"""In bytes. A route of a thousand points is 40 KB."""
KEPT_ALIVE_SECONDS = 4.0
"""OSRM drops a connection that was idle for five seconds, without notice."""

_HEADERS = {
    "User-Agent": f"bakureserve/{__version__}",
    "Accept": "application/json, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",  # Content-Length is the real size; no compression bombs
}


class MapHttp:
    """Asks map services, over at most `connections` to each; answers to GET are stored in `cache`.

    `get` and `post` raise NoAnswer; time limits are the caller's.
    """

    def __init__(self, cache: HttpCache, *, connections: int) -> None:
        self._cache = cache
        self._connections = connections
        self._session: CachedSession | None = None

    def open(self) -> CachedSession:
        """The HTTP session, opened at the first call; needs a running event loop."""
        if self._session is None:
            self._session = _session(self._cache, self._connections)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()  # type: ignore[no-untyped-call]

    async def cached(self, url: str) -> HttpAnswer | None:
        """The answer to a GET if it is in the cache and fresh; asks no service."""
        if not self._cache:
            return None
        session = self.open()
        key = session.cache.create_key("GET", url)
        if key not in self._cache:
            return None
        found = await session.cache.get_response(key)
        return None if found is None else HttpAnswer(found.status, await found.read())

    async def get(self, url: str, *, fresh: bool = False) -> HttpAnswer:
        """GET, from the cache or from the service; `fresh` always asks the service.

        aiohttp itself retries once when a pooled connection turns out to be closed.
        """
        expire_after = 0 if fresh else None
        with _raising_no_answer():
            async with self.open().get(
                url, allow_redirects=False, expire_after=expire_after
            ) as answer:
                return HttpAnswer(answer.status, await _body(answer))

    async def post(
        self, url: str, fields: Mapping[str, str], *, as_json: bool = False
    ) -> HttpAnswer:
        """POST a form, or JSON, and retry once when a pooled connection turns out to be closed.

        Repeating is safe since our calls change nothing.
        """
        import aiohttp  # noqa: PLC0415

        body = {"json" if as_json else "data": fields}
        with _raising_no_answer():
            try:
                return await self._post(url, body)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if isinstance(error, aiohttp.ClientConnectorError):
                    raise
                return await self._post(url, body)

    async def _post(self, url: str, body: Mapping[str, Any]) -> HttpAnswer:
        async with self.open().post(url, allow_redirects=False, **body) as answer:
            return HttpAnswer(answer.status, await _body(answer), answer.charset or "")


def weigh_answer(cached: CachedResponse) -> int:
    """Roughly how many bytes a cached answer takes: its body, and 3 kB for everything else."""
    return 3000 + (cached.content_length or 0)


def _session(cache: HttpCache, connections: int) -> CachedSession:
    import aiohttp  # noqa: PLC0415
    from aiohttp_client_cache.session import CachedSession  # noqa: PLC0415

    from bakureserve.caching.http_store import bounded_backend  # noqa: PLC0415

    session: CachedSession = CachedSession(
        cache=bounded_backend(cache, cacheable=_is_small),
        connector=aiohttp.TCPConnector(
            limit=0, limit_per_host=connections, keepalive_timeout=KEPT_ALIVE_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=_HEADERS,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None),
    )
    return session


def _is_small(answer: AnyResponse) -> bool:
    """Whether its declared length is small enough to read it in one go."""
    length = answer.content_length
    return length is not None and length <= LARGEST_ANSWER


async def _body(answer: AnyResponse) -> bytes:
    if _is_small(answer):
        return await answer.read()
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            answer.close()
            raise NoAnswer("too_large")
    return bytes(body)


@contextmanager
def _raising_no_answer() -> Iterator[None]:
    """Raise NoAnswer without the error's own text, which may hold what was sent."""
    import aiohttp  # noqa: PLC0415

    try:
        yield
    except aiohttp.ClientConnectorError as error:
        raise NoAnswer(cause_of(error)) from None
    except aiohttp.ClientError:
        raise NoAnswer("broken_off") from None
