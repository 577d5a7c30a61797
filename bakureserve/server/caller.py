"""The caller: its address, and the actor behind it.

The name is that of a token, or of the operator at the control socket; endpoints decide who may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import ip_network

import msgspec
from aiohttp import web

from bakureserve.domain.accounts.actor import LOCAL_SUBJECT, Actor
from bakureserve.domain.errors import (
    Forbidden,
    ReserveError,
    Unauthenticated,
    Unavailable,
)
from bakureserve.server.addresses import Network, client_of, is_forwarded, is_within
from bakureserve.server.connections import ControlConnection
from bakureserve.server.pipeline import Client, Exchange, NoteActor

CLIENTS_REMEMBERED = 4096
LONGEST_REMEMBERED = 200
"""Characters of a header; longer ones are read anew each time."""


class Clients:
    """Tells clients by their peers and `X-Forwarded-For`; remembers the last few thousand."""

    def __init__(self, trusted_proxies: Sequence[Network]) -> None:
        self._trusted_proxies = trusted_proxies
        self._remembered = lru_cache(CLIENTS_REMEMBERED)(self._identified)

    def of_request(self, request: web.Request) -> Client:
        """The client of a request."""
        forwarded_for = ""
        if self._trusted_proxies and "X-Forwarded-For" in request.headers:
            forwarded_for = ",".join(request.headers.getall("X-Forwarded-For"))
        return self.of(request.remote or "", forwarded_for)

    def of(self, peer: str, forwarded_for: str) -> Client:
        """The client behind `peer`, with the header's value, empty without one."""
        if len(forwarded_for) > LONGEST_REMEMBERED:
            return self._identified(peer, forwarded_for)
        return self._remembered(peer, forwarded_for)

    def _identified(self, peer: str, forwarded_for: str) -> Client:
        return client_of(peer, forwarded_for, self._trusted_proxies)


Identify = Callable[[str | None], Awaitable[Actor | None]]
"""Takes the header's value, None without one, and returns the actor, or None for a stranger.

Raises Unauthenticated for a proof that does not hold.
"""

LOCAL_GUEST = Actor(
    kind="guest",
    subject=LOCAL_SUBJECT,
    scopes=frozenset({"admin", "reservations:admin"}),
    name="Local developer",
)


def noting_actor(identify: Identify) -> NoteActor:
    """The pipeline's step that notes the actor, under the request's id.

    A request through the control socket comes from its operator. Raises Unauthenticated for a proof
    that does not hold, and for several.
    """

    async def note_actor(request: web.Request, exchange: Exchange) -> None:
        if exchange.route.identifies:
            actor = operator_of(request) or await identify(_authorization(request))
        else:
            actor = operator_of(request) or await _recognised(request, identify)
        if actor is not None:
            exchange.actor = msgspec.structs.replace(actor, request_id=exchange.request_id)

    return note_actor


def operator_of(request: web.Request) -> Actor | None:
    """The operator behind a request through the control socket; None for every other request."""
    connection = request.protocol
    return connection.operator if isinstance(connection, ControlConnection) else None


async def _recognised(request: web.Request, identify: Identify) -> Actor | None:
    """The token's holder; None without a good token, and while that cannot be decided."""
    try:
        return await identify(_authorization(request))
    except (Unauthenticated, Forbidden, Unavailable):
        return None


def _authorization(request: web.Request) -> str | None:
    """The header's value. Of several, no one knows which a proxy on the way went by."""
    given = request.headers.getall("Authorization", ())
    if len(given) > 1:
        raise Unauthenticated("authorization_repeated")
    return given[0] if given else None


def people_only(identify: Identify) -> Identify:
    """`identify` for every call but the scrape: raises Forbidden for a token that only scrapes."""

    async def person(authorization: str | None) -> Actor | None:
        actor = await identify(authorization)
        if actor is not None and actor.only_scrapes:
            raise Forbidden("scrapes_only")
        return actor

    return person


def in_standing(identify: Identify, require: Callable[[Actor], Awaitable[None]]) -> Identify:
    """`identify` for streams: `require` raises once the actor may do less than the token says."""

    async def standing(authorization: str | None) -> Actor | None:
        actor = await identify(authorization)
        if actor is not None:
            await require(actor)
        return actor

    return standing


def dev_identity() -> Identify:
    """Everyone is the local guest, who may do everything. Only for a server on loopback."""

    async def identify(_authorization: str | None) -> Actor | None:
        return LOCAL_GUEST

    return identify


LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))


class Scrapers:
    """Who may scrape: this machine, the named networks, and tokens that only scrape.

    A forwarded request does not count as this machine's, and counts as a named network's only if a
    trusted proxy says so.
    """

    def __init__(self, networks: Sequence[Network], identify: Identify) -> None:
        self._networks = networks
        self._identify = identify

    async def admit(self, request: web.Request, client: Client) -> bool:
        """Whether this request may read the metrics."""
        if operator_of(request) is not None:
            return True
        return self._is_near(request, client) or await self._has_token(request)

    def _is_near(self, request: web.Request, client: Client) -> bool:
        peer = client_of(request.remote or "", "", ()).address
        if is_forwarded(request):
            return client.address != peer and is_within(client.address, self._networks)
        return is_within(peer, (*LOOPBACK, *self._networks))

    async def _has_token(self, request: web.Request) -> bool:
        given = request.headers.getall("Authorization", ())
        if len(given) != 1:
            return False
        try:
            actor = await self._identify(given[0])
        except ReserveError:
            return False
        return actor is not None and actor.only_scrapes
