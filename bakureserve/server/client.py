"""Who calls: the peer, or the client that trusted proxies say they forward for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from aiohttp import web

from bakureserve.server.exchange import Client

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORWARDING = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "fly-client-ip",
    }
)
REMEMBERED = 4096
LONGEST_REMEMBERED = 200
"""Characters of a header; longer ones are read anew each time, and keep no memory."""


def client_identity(trusted_proxies: Sequence[Network]) -> Callable[[web.Request], Client]:
    """A function that tells the client of a request, and remembers the last few thousand."""

    def identified(peer: str, forwarded_for: str) -> Client:
        return client_of(peer, forwarded_for, trusted_proxies)

    remembered = lru_cache(REMEMBERED)(identified)

    def identify_client(request: web.Request) -> Client:
        forwarded_for = ""
        if trusted_proxies and "X-Forwarded-For" in request.headers:
            forwarded_for = ",".join(request.headers.getall("X-Forwarded-For"))
            if len(forwarded_for) > LONGEST_REMEMBERED:
                return identified(request.remote or "", forwarded_for)
        return remembered(request.remote or "", forwarded_for)

    return identify_client


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    found = _address(address)
    return found is not None and _is_trusted(found, networks)


def is_forwarded(request: web.BaseRequest) -> bool:
    """Whether a proxy has passed the request on, so that its peer is not who asks.

    By the headers that proxies put on: one that puts on none cannot be told.
    """
    names = {name.lower() for name in request.headers}
    return not names.isdisjoint(_FORWARDING) or any(
        name.startswith("x-forwarded-") for name in names
    )


def client_of(peer: str, forwarded_for: str, trusted_proxies: Sequence[Network]) -> Client:
    """The client behind `peer`, walking `X-Forwarded-For` from its right end.

    Each hop is believed only because the one after it is a trusted proxy, so what a stranger
    writes into the header counts for nothing. `Forwarded` (RFC 7239) is not read: proxies pass on
    the one of the two that they do not write, as the stranger wrote it. A peer without an address
    is on a socket of this machine, which its permissions guard: it is not counted.
    """
    client = _address(peer)
    if client is None:
        return Client("local", "")
    for hop in reversed(forwarded_for.split(",")):
        forwarded = _address(hop) if _is_trusted(client, trusted_proxies) else None
        if forwarded is None:
            break
        client = forwarded
    return Client(str(client), _key(client))


def _key(address: Address) -> str:
    """What is counted as one client: an IPv4 address, or the /64 that one IPv6 subscriber has."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address), 64), strict=False))


def _is_trusted(address: Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)


def _address(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
