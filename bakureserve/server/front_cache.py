"""Answers an exact repeat of a public read before the request is even parsed.

The answers to some GETs are the same for everyone who asks alike until the store changes. The
ordinary path makes each of them once, and it is kept here under the very bytes of the request's
head. A client that sends the same bytes again gets it in a quarter of the processor time, with a
request id, a date and rate limit headers of its own; it is counted and logged like any other.

What may be kept is the endpoint's to say (`shared`). What is found is used only while nothing has
been committed since, the photos are the same, and the time has not come at which time alone changes
the answer. Everything else takes the ordinary path, whatever is odd about a head among it: only
names on the list below may be in one, each once. None of them says who asks, and none may turn the
request into more than a read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from bakureserve.caching.cache import LruCache
from bakureserve.domain.errors import Unavailable
from bakureserve.server.pipeline import EXCHANGE, Client, Exchange, Marks, Observer, RouteFacts
from bakureserve.server.rate_limit import LIMIT_HEADERS

NAMES = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "dnt",
        "host",
        "if-none-match",
        "pragma",
        "priority",
        "referer",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-fetch-user",
        "sec-gpc",
        "upgrade-insecure-requests",
        "user-agent",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
"""Headers with which a read is still nothing but that read, as browsers and proxies send them."""
LONGEST_HEAD = 4096
_HEAD = re.compile(  # a name that is not on the list ends the search there, on every ordinary read
    rb"(?:GET|HEAD) /[!-~]* HTTP/1\.1\r\n((?:(?i:%b):[ -~]*\r\n)+)\r\n"
    % "|".join(sorted(NAMES)).encode()
)
_ENTRIES, _BYTES = 4096, 16 * 1024 * 1024


def plain_headers(head: bytes) -> dict[str, str] | None:
    """The headers of a head that may be kept, by their names in small letters; None for others."""
    found = _HEAD.fullmatch(head) if len(head) <= LONGEST_HEAD else None
    if found is None:
        return None
    headers: dict[str, str] = {}
    for line in found[1].decode().splitlines():
        name, _, value = line.partition(":")
        name = name.lower()
        if name in headers:
            return None
        headers[name] = value.strip()
    if headers.get("connection", "keep-alive").lower() != "keep-alive":
        return None
    return headers


class Kept(NamedTuple):
    """One answer. `head` is a template for the request id, the limit's headers and the date."""

    method: str
    status: int
    head: bytes
    body: bytes
    seen: Marks
    good_until: dt.datetime | None
    route: RouteFacts
    forwarded_for: str


class FrontCache:
    """Kept answers by the head of their request.

    `now` tells the present marks, `at_once` the lines of the limit's headers for a client that may
    ask so much now; `arrive` counts a request.
    """

    def __init__(
        self,
        *,
        now: Callable[[], Marks],
        clock: Callable[[], dt.datetime],
        client_of: Callable[[str, str], Client],
        at_once: Callable[[Client, int], bytes | None],
        new_id: Callable[[], str],
        arrive: Callable[[], None],
        observers: Sequence[Observer],
    ) -> None:
        self.cache: LruCache[bytes, Kept] = LruCache(
            "front", entries=_ENTRIES, largest_bytes=_BYTES, weigh=_weight
        )
        self._now = now
        self._clock = clock
        self._client_of = client_of
        self._at_once = at_once
        self._new_id = new_id
        self._arrive = arrive
        self._observers = observers

    def answer(self, head: bytes, peer: str) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to a head that came from `peer`.

        None where the ordinary path has to answer; nothing is counted then.
        """
        kept = self.cache.get(head)
        if kept is None:
            return None
        if not self._is_right(kept):
            self.cache.drop(head)
            return None
        client = self._client_of(peer, kept.forwarded_for)
        limits = self._at_once(client, kept.route.weight)
        if limits is None:
            return None
        exchange = Exchange(self._new_id(), kept.method, kept.route, client)
        self._arrive()
        head = kept.head % {
            b"id": exchange.request_id.encode(),
            b"limits": limits,
            b"date": rfc822_formatted_time().encode(),
        }
        seconds = perf_counter() - exchange.started
        for observer in self._observers:
            observer(exchange, kept.status, seconds)
        return head, kept.body

    def keep(self, head: bytes, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Keep what was answered to a head that came alone, if both are of the kind."""
        exchange: Exchange | None = request.get(EXCHANGE)
        if exchange is None or exchange.seen is None or response.status not in (200, 304):
            return
        headers = plain_headers(head)
        if headers is None or not isinstance(response, web.Response) or not response.keep_alive:
            return
        body = b"" if request.method == "HEAD" or response.status == 304 else response.body
        if not isinstance(body, bytes):
            return
        kept = Kept(
            request.method,
            response.status,
            _template(response),
            body,
            exchange.seen,
            exchange.good_until,
            exchange.route,
            headers.get("x-forwarded-for", ""),
        )
        self.cache.put(head, kept)

    def _is_right(self, kept: Kept) -> bool:
        try:
            if kept.seen != self._now():
                return False
        except Unavailable:
            return False
        return kept.good_until is None or self._clock() < kept.good_until


def _template(response: web.Response) -> bytes:
    """The head of an answer as it was sent, with a place for what every request has of its own."""
    text = f"HTTP/1.1 {response.status} {response.reason}\r\n"
    for name, value in response.headers.items():
        if name == "X-Request-ID":
            text += f"{name}: %(id)b\r\n"
        elif name == "Date":
            text += f"{name}: %(date)b\r\n"
        elif name not in LIMIT_HEADERS:
            text += f"{name}: {value}\r\n".replace("%", "%%")
        elif name == LIMIT_HEADERS[0]:
            text += "%(limits)b"
    return f"{text}\r\n".encode()


def _weight(kept: Kept) -> int:
    return LONGEST_HEAD + len(kept.head) + len(kept.body)
