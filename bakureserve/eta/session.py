"""The process's HTTP session to map services: small answers, stale connections tried again.

Answers to GET are kept by aiohttp-client-cache in a bounded store. A POST passes it by, since
its form may hold a secret: it is never looked up, keyed or stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
from aiohttp_client_cache.response import AnyResponse
from aiohttp_client_cache.session import CachedSession

from bakureserve import __version__
from bakureserve.caching.http_store import HttpCache, bounded_backend
from bakureserve.causes import cause_of
from bakureserve.eta.upstream import HttpAnswer, NoAnswer

LARGEST_ANSWER = 1_000_000
"""In bytes. A route of a thousand points is 40 KB."""
KEPT_ALIVE_SECONDS = 4.0
"""OSRM drops a connection that was idle for five seconds, without a word."""

_HEADERS = {
    "User-Agent": f"bakureserve/{__version__}",
    "Accept": "application/json, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",  # keeps Content-Length true, and bombs out
}


class MapSession:
    """The session of a process: at most so many connections to one service, small answers only."""

    def __init__(self, cache: HttpCache, *, connections: int) -> None:
        self._cache = cache
        self._session = CachedSession(
            cache=bounded_backend(cache, cacheable=_is_small),
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=connections, keepalive_timeout=KEPT_ALIVE_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self) -> None:
        await self._session.close()

    async def kept(self, url: str) -> HttpAnswer | None:
        """The answer to a GET if it is kept and still fresh; asks no service."""
        key = self._session.cache.create_key("GET", url)
        if key not in self._cache:
            return None
        found = await self._session.cache.get_response(key)
        return None if found is None else HttpAnswer(found.status, await found.read())

    async def get(self, url: str, *, fresh: bool = False) -> HttpAnswer:
        """GET, from what is kept or from the service; `fresh` asks the service in any case.

        aiohttp itself asks once more when a kept connection turns out to be closed.
        """
        expire_after = 0 if fresh else None
        with _told_as_no_answer():
            async with self._session.get(
                url, allow_redirects=False, expire_after=expire_after
            ) as answer:
                return HttpAnswer(answer.status, await _body(answer))

    async def post(self, url: str, fields: Mapping[str, str], *, as_json: bool) -> HttpAnswer:
        """POST a form or an object, and once more when a kept connection turns out to be closed.

        For calls that change nothing, as all of ours are.
        """
        body = {"json" if as_json else "data": fields}
        with _told_as_no_answer():
            try:
                return await self._post(url, body)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if isinstance(error, aiohttp.ClientConnectorError):
                    raise
                return await self._post(url, body)

    async def _post(self, url: str, body: Mapping[str, Mapping[str, str]]) -> HttpAnswer:
        async with self._session.post(url, allow_redirects=False, **body) as answer:
            return HttpAnswer(answer.status, await _body(answer), answer.charset or "")


def _is_small(answer: AnyResponse) -> bool:
    """Whether it may be read whole without looking."""
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
def _told_as_no_answer() -> Iterator[None]:
    """An error's own text is left behind: it may hold what was sent."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        raise NoAnswer(cause_of(error)) from None
    except aiohttp.ClientError:
        raise NoAnswer("broken_off") from None
