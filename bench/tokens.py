"""What it costs to identify the sender of a request, beside the one HMAC that it cannot do without.

Run with `python -m bench.tokens`. The best of several rounds counts: the rest is other programs'.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.tokens import AccessTokens, Authenticator
from bakureserve.domain.accounts.actor import Actor
from bakureserve.services.clock import system_clock
from bakureserve.store.codec import new_id
from bench.figures import Figure, Found, main, sized

ROUNDS = sized(smoke=1, short=40, long=40)
CHECKS = 1_000


def best(check: Callable[[], object]) -> float:
    """Microseconds of one check in the best round."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(CHECKS):
            check()
        rounds.append((time.perf_counter() - started) / CHECKS)
    return min(rounds) * 1e6


async def best_identified(authenticator: Authenticator, header: str) -> float:
    """Microseconds of one header in the best round."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(CHECKS):
            await authenticator.identify(header)
        rounds.append((time.perf_counter() - started) / CHECKS)
    return min(rounds) * 1e6


def staff_member(now: dt.datetime) -> Actor:
    return Actor(
        kind="staff",
        subject=new_id(now),
        scopes=frozenset({"reservations:read", "reservations:write"}),
        restaurants=frozenset(new_id(now) for _ in range(3)),
        email="aysel.mammadova@example.az",
        name="Aysel Məmmədova",
        session_id=new_id(now),
    )


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as folder:
        keys = KeyRing(Path(folder) / "signing-keys.json", system_clock)
        tokens = AccessTokens(keys, system_clock)
        token = tokens.issue(staff_member(system_clock()))
        secret, signed = keys.current().secret, token.rpartition(".")[0].encode()
        bare = best(lambda: hmac.digest(secret, signed, hashlib.sha256))
        identified = asyncio.run(best_identified(Authenticator(tokens), f"Bearer {token}"))
    yield Figure(
        what=f"an access token of {len(token)} characters, from the header to the actor",
        unit="µs",
        ours=[identified],
        beside="its HMAC-SHA256 alone",
        theirs=[bare],
        goal="< 100 µs",
    )


if __name__ == "__main__":
    main("tokens", measure)
