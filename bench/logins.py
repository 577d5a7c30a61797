"""How much fifty simultaneous logins slow down readers.

Run with `python -m bench.logins`. In one run and in turns: `GET /v1/restaurants` without logins,
and for as long as fifty logins take, each with a password hash of 64 MiB to check. Readers ask
one after another on eight connections, with a pause as people make; the p99 is compared.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import aiohttp
import uvloop

from bakureserve.auth.passwords import Passwords
from bakureserve.domain.accounts.account import User
from bakureserve.runtime import prepare_store
from bakureserve.settings import Settings
from bakureserve.store.accounts import users
from bakureserve.store.database import write_alone
from bakureserve.store.transaction import Transaction
from bench.figures import Figure, Found, main, sized
from bench.harness import product_server

ROUNDS = sized(smoke=1, short=3, long=5)
SECONDS = sized(smoke=1, short=5, long=5)
PEOPLE = sized(smoke=3, short=50, long=50)
READERS = 8
PAUSE = 0.02
PASSWORD = "correct horse"

# Each login comes from another client, or the guard against guessing would stop them.
BEHIND_A_PROXY = {"TRUSTED_PROXIES": "127.0.0.1"}


def email_of(number: int) -> str:
    return f"guest-{number}@example.az"


def invite(settings: Settings) -> None:
    """Open the accounts, with one hash for all, made as the server makes it."""
    with closing(Passwords()) as passwords:
        password_hash = asyncio.run(passwords.hash(PASSWORD))
    now = dt.datetime.now(dt.UTC)

    def unit(transaction: Transaction) -> None:
        for number in range(PEOPLE):
            user = User(
                id=f"guest-{number}",
                name=f"Guest {number}",
                email=email_of(number),
                created_at=now,
                updated_at=now,
            )
            users.insert(transaction, user, password_hash)

    write_alone(settings.database_path, unit, busy_timeout=5)


async def log_in(session: aiohttp.ClientSession, number: int) -> float:
    """Seconds that one login took."""
    started = perf_counter()
    async with session.post(
        "/v1/auth/login",
        json={"email": email_of(number), "password": PASSWORD},
        headers={"X-Forwarded-For": f"10.0.0.{number}"},
    ) as answer:
        if answer.status != 200:
            raise SystemExit(f"a login was answered with {answer.status}: {await answer.text()}")
        return perf_counter() - started


async def many_log_in(session: aiohttp.ClientSession) -> None:
    await asyncio.gather(*(log_in(session, number) for number in range(PEOPLE)))


async def no_logins(_session: aiohttp.ClientSession) -> None:
    await asyncio.sleep(SECONDS)


async def read_during(
    session: aiohttp.ClientSession, work: Callable[[aiohttp.ClientSession], Awaitable[None]]
) -> list[float]:
    """Seconds of each read while `work` goes on, in order of length."""
    latencies: list[float] = []
    ended = asyncio.Event()

    async def read_on() -> None:
        while not ended.is_set():
            started = perf_counter()
            async with session.get("/v1/restaurants") as answer:
                await answer.read()
            latencies.append(perf_counter() - started)
            await asyncio.sleep(PAUSE)

    readers = [asyncio.create_task(read_on()) for _ in range(READERS)]
    await work(session)
    ended.set()
    await asyncio.gather(*readers)
    return sorted(latencies)


def percentile(ranked: list[float], percent: float) -> float:
    """Milliseconds."""
    return ranked[min(int(len(ranked) * percent / 100), len(ranked) - 1)] * 1e3


async def compare(port: int) -> tuple[list[float], list[float]]:
    """The p99 of reads without logins and with them, in milliseconds, of every round."""
    connector = aiohttp.TCPConnector(limit=0)
    quiet, busy = [], []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        await read_during(session, no_logins)  # to warm up
        for _ in range(ROUNDS):
            quiet.append(percentile(await read_during(session, no_logins), 99))
            busy.append(percentile(await read_during(session, many_log_in), 99))
    return quiet, busy


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data_dir=Path(name))
        prepare_store(settings)
        invite(settings)
        with product_server(Path(name), seed=True, dev=False, **BEHIND_A_PROXY) as (port, _):
            quiet, busy = uvloop.run(compare(port))
    yield Figure(
        what=f"the slowest 1 % of `GET /v1/restaurants` during {PEOPLE} logins at once",
        unit="ms",
        ours=busy,
        beside="without logins",
        theirs=quiet,
        goal="< 3 ×",
    )


if __name__ == "__main__":
    main("logins", measure)
