"""Which address a request comes from: its peer, or the client that trusted proxies name."""

from __future__ import annotations

from collections.abc import Sequence
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

from bakureserve.server.pipeline import Client

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAMES_REMEMBERED = 64
"""Lists of header names: programs that call steadily send the same few."""
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


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    found = _address(address)
    return found is not None and _is_trusted(found, networks)


def is_forwarded(request: web.BaseRequest) -> bool:
    """Whether a proxy has passed the request on, so that its peer is not who asks.

    Judged by the headers that proxies put on; a proxy that puts on none goes unnoticed.
    """
    return _is_forwarding(tuple(request.headers))


@lru_cache(_NAMES_REMEMBERED)
def _is_forwarding(headers: tuple[str, ...]) -> bool:
    names = {name.lower() for name in headers}
    return not names.isdisjoint(_FORWARDING) or any(
        name.startswith("x-forwarded-") for name in names
    )


def client_of(peer: str, forwarded_for: str, trusted_proxies: Sequence[Network]) -> Client:
    """The client behind `peer`, walking `X-Forwarded-For` from its right end.

    Each hop is believed only because the one after it is a trusted proxy, so what a stranger
    writes into the header counts for nothing. `Forwarded` (RFC 7239) is not read: proxies pass on
    the one of the two that they do not write, as the stranger wrote it. A peer without an address
    is on a socket of this machine, guarded by its permissions: it is not counted.
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
