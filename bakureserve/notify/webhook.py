"""Notices to a restaurant's own system, by HTTP, signed as Standard Webhooks are.

An address must not lead into the operator's own network (server-side request forgery): redirects
are not followed, and unless the settings allow it nothing is sent to an address that is not public.
A name's addresses are checked where the connection is made, so that they cannot change in between.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import socket
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from bakureserve.causes import cause_of
from bakureserve.domain.notifications import Delivery, Notice
from bakureserve.notify import DeliveryFailed

TEMPORARY = frozenset({408, 409, 425, 429})
"""Statuses below 500 that are worth another attempt."""
GONE = 410
"""In Standard Webhooks this status says that the address is to get no more webhooks."""
LONGEST_WAIT = 10 * 366 * 86_400.0
"""In seconds. A longer Retry-After counts as this: no notice matters for ten years."""


class Webhook(msgspec.Struct, frozen=True):
    """The body: `id` is the delivery's and stays the same however often it is sent."""

    id: str
    type: str
    event_id: int
    at: dt.datetime
    data: Notice


class NotPublicError(OSError):
    """The address belongs to a private network or to this machine."""


class _PublicOnly(AbstractResolver):
    """Resolves names to their public addresses only."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise NotPublicError
        return public

    async def close(self) -> None:
        await self._resolver.close()


class Webhooks:
    """Sends webhooks, each signed with its restaurant's own secret, derived from `master`."""

    def __init__(
        self,
        *,
        master: str,
        private_addresses: bool,
        timeout: float,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._master = master
        self._private_addresses = private_addresses
        self._clock = clock
        resolver = None if private_addresses else _PublicOnly()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=20, resolver=resolver),
            timeout=aiohttp.ClientTimeout(total=timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def send(self, delivery: Delivery, url: str) -> None:
        """Post a delivery; 2xx is success. Raises DeliveryFailed."""
        if not self._master:
            raise DeliveryFailed("webhook_secret_missing", permanent=True)
        self._require_public(url)
        body = body_of(delivery)
        secret = secret_of(delivery.restaurant_id, self._master)
        headers = signed(delivery.id, int(self._clock().timestamp()), body, secret)
        headers |= {"Content-Type": "application/json", "User-Agent": "bakureserve"}
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                _judge(answer, url, self._clock())
        except aiohttp.InvalidURL as error:
            raise DeliveryFailed("webhook_address_bad", permanent=True) from error
        except TimeoutError as error:
            raise DeliveryFailed("webhook_timeout", nowhere=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error

    async def close(self) -> None:
        await self._session.close()

    def _require_public(self, url: str) -> None:
        """Refuse a numeric address that is not public; names are checked when they are resolved."""
        try:
            host = URL(url).host or ""
            public = self._private_addresses or not is_numeric(host) or is_public(host)
        except ValueError as error:
            raise DeliveryFailed("webhook_address_bad", permanent=True) from error
        if not public:
            raise DeliveryFailed("webhook_address_private", permanent=True)


def body_of(delivery: Delivery) -> bytes:
    """The bytes that are sent and signed."""
    return msgspec.json.encode(
        Webhook(
            id=delivery.id,
            type=delivery.kind,
            event_id=delivery.event_id,
            at=delivery.booking_notice.at,
            data=delivery.booking_notice,
        )
    )


def _judge(answer: aiohttp.ClientResponse, url: str, now: dt.datetime) -> None:
    status = answer.status
    if status < 300:
        return
    permanent = status < 500 and status not in TEMPORARY
    wait = retry_after_seconds(answer.headers.get("Retry-After", ""), now)
    gone = url if status == GONE else ""
    raise DeliveryFailed(f"http_{status}", permanent=permanent, retry_after=wait, gone=gone)


def retry_after_seconds(retry_after: str, now: dt.datetime) -> float:
    """The seconds that a Retry-After asks for, given as a number or a date; 0 for anything else."""
    given = retry_after.strip()
    if given.isdecimal():
        return min(float(given), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(given)
    except (ValueError, OverflowError):  # OverflowError: a zone with too many digits
        return 0.0
    seconds = (until.replace(tzinfo=until.tzinfo or dt.UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _unreachable(error: Exception) -> DeliveryFailed:
    cause: Any = error
    while cause is not None:
        if isinstance(cause, NotPublicError):
            return DeliveryFailed("webhook_address_private", permanent=True)
        cause = getattr(cause, "os_error", None) or cause.__cause__
    return DeliveryFailed(f"webhook_{cause_of(error)}", nowhere=True)


_UNICAST = IPv6Network("2000::/3")
"""All addresses of the public internet. Those that embed an IPv4 address elsewhere (mapped,
compatible, NAT64), site-local and multicast addresses lie outside."""
_NOT_PUBLIC: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments, and the metadata of Oracle's cloud
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # Azure's host, which hands out metadata
        "224.0.0.0/4",  # multicast
        "2002::/16",  # 6to4 embeds any IPv4 address
        "3fff::/20",  # documentation
    )
)
"""Addresses that `ipaddress` wrongly calls global. Other clouds' metadata addresses are
link-local, unique local (fd00:ec2::254) or shared (100.100.100.200), which it knows."""


def is_public(host: str) -> bool:
    """Whether a numeric address is public. Raises ValueError for anything else."""
    address = ip_address(host)
    if address.version == 6 and address not in _UNICAST:
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def is_numeric(host: str) -> bool:
    """Whether a host is a numeric address, which is not resolved; also in short forms (`127.1`)."""
    return ":" in host or host.replace(".", "").isdigit()


def secret_of(restaurant_id: str, master: str) -> str:
    """The restaurant's own secret, so that no restaurant can forge webhooks to another."""
    key = hmac.digest(master.encode(), f"webhook:{restaurant_id}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(key).decode()}"


def signed(delivery_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """The headers that prove who sent `body`, and when (Unix seconds), against replays.

    The signature is HMAC-SHA256 over `id.timestamp.body`.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((delivery_id.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
