"""The server's own looks at the time, as often as a clock that runs fast asks for.

A server looks every five seconds, by its machine's clock, for what time alone brings about: that
the kitchen has to start, or that a guest is late. To the demo these would be minutes. So it takes
looks of its own between them, as `bakureserve arrivals sweep` and a second server would.
"""

from __future__ import annotations

import asyncio

from bakureserve.cli.demo.clock import FastClock
from bakureserve.runtime import Runtime

_LOOK_SECONDS = 5.0
_SHORTEST_PAUSE = 0.05


async def keep_watch(runtime: Runtime, clock: FastClock) -> None:
    """Look at guests on the way and at tables until cancelled."""
    while True:
        await runtime.arrival_watch.look()
        await runtime.table_watch.look()
        await asyncio.sleep(max(_LOOK_SECONDS / clock.speed, _SHORTEST_PAUSE))
