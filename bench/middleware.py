"""What everything around a handler costs: the same 40 KB of JSON, bare and through the server.

Run with `python -m bench.middleware`. Both sides run in turns on the same machine; the ratio
counts, not the numbers.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing as mp
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from statistics import median

import msgspec
import uvloop
from aiohttp import web
from prometheus_client import CollectorRegistry

from bakureserve.limits.limiter import Limiter, Quota
from bakureserve.server.app import create_app
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.observers import LineBuffer, json_lines
from bakureserve.server.reply import Reply
from bakureserve.settings import Settings
from bench.load import request, run_for

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = float(os.environ.get("SECONDS", "2"))
BODY = msgspec.json.encode([{"name": f"Venue {n}", "text": "x" * 760} for n in range(50)])
PATH = "/v1/restaurants"


def bare_app() -> web.Application:
    """Nothing but aiohttp."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=BODY, content_type="application/json")

    app = web.Application()
    app.router.add_get(PATH, answer)
    return app


def full_app() -> web.Application:
    """The server as it is configured by default, with a quota that this run does not use up."""

    api = Group("Bench")

    @api.get(PATH, "Bench")
    async def answer(_call: Call[None, None]) -> Reply[list[dict[str, str]]]:
        return Reply(BODY, etag='"bench"')

    return create_app(
        settings=Settings(),
        clock=lambda: dt.datetime.now(dt.UTC),
        identify=_anonymous,
        ready=_ready,
        registry=CollectorRegistry(),
        limiter=Limiter(Quota(10**9, 60.0)),
        access_lines=LineBuffer(sys.stderr.buffer, json_lines),
        endpoints=api.endpoints,
    )


async def _ready() -> bool:
    return True


async def _anonymous(_authorization: str | None) -> None:
    return None


def serve(make_app: Callable[[], web.Application], port: Connection) -> None:
    """Run an application on a free port until the process is ended, as `serve` would run it."""

    async def forever() -> None:
        runner = web.AppRunner(make_app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    uvloop.run(forever())


@contextmanager
def serving(make_app: Callable[[], web.Application]) -> Iterator[int]:
    """A server in its own process; yields its port."""
    context = mp.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(make_app, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


async def measure(bare: int, full: int) -> None:
    """Measure both in turns, and print each side's median and their ratio."""
    message = request("GET", PATH)
    speeds: dict[int, list[float]] = {bare: [], full: []}
    for _ in range(ROUNDS):
        for port in (bare, full):
            load = await run_for(port, message, seconds=SECONDS)
            speeds[port].append(load.requests_per_second)
            print("bare" if port == bare else "full", load)
    plain, everything = median(speeds[bare]), median(speeds[full])
    print(f"bare {plain:,.0f}/s, full {everything:,.0f}/s: {everything / plain:.0%}")


def main() -> None:
    with serving(bare_app) as bare, serving(full_app) as full:
        uvloop.run(measure(bare, full))


if __name__ == "__main__":
    main()
