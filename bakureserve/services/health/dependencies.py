"""Health of what the program depends on: map services, outgoing mail and Redis."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from bakureserve.causes import CAUSES
from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import LettersOfLate, Outlet
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.eta.upstream import NoAnswer
from bakureserve.services.clock import Clock
from bakureserve.services.health.check import Condition, Detail, Status, disabled, fine
from bakureserve.services.notifications.outbox import Outbox
from bakureserve.services.notifications.retry import is_of_one_mailbox, is_passing, why

if TYPE_CHECKING:
    from redis.asyncio import Redis


CENTRE: Final = Coordinates(40.3798, 49.8486)
"""28 May Square in Baku: a map without roads there is of no use."""

Probe = Callable[[Coordinates], Awaitable[None]]
Breakers = Callable[[], Sequence[BreakerFigures]]

_NO_ROADS = frozenset({"no_road_near", "no_route"})


class RoadsCheck:
    """Asks one service for a road in central Baku, bypassing its cache and breaker.

    `probe` is None for a service that is not configured, and may take `seconds`. The service's
    `breakers` say whether guests' requests go to it.
    """

    vital = False
    seconds_good = 5.0

    def __init__(
        self, name: str, probe: Probe | None, breakers: Breakers, *, seconds: float
    ) -> None:
        self.name = name
        self._seconds = seconds
        self._probe = probe
        self._breakers = breakers

    async def look(self) -> Condition:
        if self._probe is None:
            return disabled()
        try:
            async with asyncio.timeout(self._seconds):
                await self._probe(CENTRE)
        except TimeoutError:
            late = Unavailable("check_slow", seconds=f"{self._seconds:g}")
            return self._wrong("error", "silent", late)
        except NoAnswer as error:
            if error.at_fault:
                what = "unreachable" if error.code in CAUSES else "failing"
                return self._wrong("error", what, _reason(error.code))
            if error.code in _NO_ROADS:
                return self._wrong("degraded", "no_roads", _reason(error.code))
        if self._left_alone():
            return self._wrong("degraded", "left_alone")
        return fine(self._details())

    def _wrong(self, status: Status, what: str, reason: Unavailable | None = None) -> Condition:
        return Condition(
            status=status,
            code=f"{self.name}_{what}",
            effect=f"effect_without_{self.name}",
            details=self._details(),
            reason=reason,
        )

    def _left_alone(self) -> bool:
        return any(each.state == "open" for each in self._breakers())

    def _details(self) -> dict[str, Detail]:
        return {f"breaker_{each.name}": each.state for each in self._breakers()}


def _reason(code: str) -> Unavailable:
    if code in CAUSES:
        return Unavailable(f"cause_{code}")
    return Unavailable("map_service_said", reason=code)


REMEMBERED = dt.timedelta(days=1)
"""How long an e-mail that was given up is reported."""
PASSING = dt.timedelta(minutes=30)
"""How long a mail server may ask to try again later (greylisting) before that is a problem."""


class MailCheck:
    """Checks how the last e-mails fared; sends none, and asks no mail server.

    `outlet` is where e-mail goes by the settings; None if none is sent. One refused mailbox is a
    mistyped address; two before any e-mail gets through are a problem of ours.
    """

    name = "mail"
    vital = False
    seconds_good = 10.0

    def __init__(self, outbox: Outbox, clock: Clock, outlet: Outlet | None) -> None:
        self._outbox = outbox
        self._clock = clock
        self._outlet = outlet

    async def look(self) -> Condition:
        if self._outlet is None:
            return disabled()
        now = self._clock()
        found = await self._outbox.letters_of_late(now - REMEMBERED)
        failing = [
            code for at, code in found.failing if not is_passing(code) or at <= now - PASSING
        ]
        if failing:
            return self._wrong("mail_failing", len(failing), failing[-1])
        if _is_general(found):
            return self._wrong("mail_given_up", len(found.given_up), found.given_up[-1][1])
        return fine({"goes_to": self._outlet})

    def _wrong(self, code: str, count: int, last: str) -> Condition:
        return Condition(
            status="degraded",
            code=code,
            params={"count": count},
            effect="effect_without_letters",
            details={"goes_to": self._outlet or ""},
            reason=why(last),
        )


def _is_general(found: LettersOfLate) -> bool:
    """Whether the e-mails given up since the last success went to more than one address."""
    recipients = {recipient for recipient, _ in found.given_up}
    return len(recipients) > 1 or any(not is_of_one_mailbox(code) for _, code in found.given_up)


REDIS_SECONDS = 1.0
_WRITTEN = "bakureserve:look"


class RedisCheck:
    """Writes on a separate connection: the others may be busy, or stuck.

    A Redis that cannot be written to, such as a replica, is of no use to the limiter. An empty
    `url` means no Redis.
    """

    name = "redis"
    vital = False
    seconds_good = 2.0

    def __init__(self, url: str) -> None:
        self._url = url

    async def look(self) -> Condition:
        if not self._url:
            return disabled()
        try:
            from redis.exceptions import RedisError  # noqa: PLC0415 - takes 0.2 s
        except ImportError:
            return Condition(status="error", code="redis_not_installed")
        try:
            client = self._client()
        except ValueError:
            return Condition(status="error", code="redis_url_unreadable")
        try:
            async with asyncio.timeout(REDIS_SECONDS), client:
                await client.set(_WRITTEN, 1, px=1000)
        # uvloop raises RuntimeError when a connection is reset before anything could be written
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            return _redis_away(error)
        return fine()

    def _client(self) -> Redis:
        from redis.asyncio import Redis  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        return Redis.from_url(self._url, retry=Retry(NoBackoff(), 0))


def _redis_away(error: Exception) -> Condition:
    reason = str(error) or f"no answer within {REDIS_SECONDS:g} s"
    return Condition(
        status="error",
        code="redis_away",
        effect="effect_each_process_alone",
        reason=Unavailable("redis_silent", reason=reason),
    )
