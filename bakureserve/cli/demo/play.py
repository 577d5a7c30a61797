"""The evening from its first booking to the last party that leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bakureserve.cli.demo.guest import Guest
from bakureserve.cli.demo.host import Host
from bakureserve.cli.demo.in_order import InOrder
from bakureserve.cli.demo.kitchen import Kitchen
from bakureserve.cli.demo.scene import Scene
from bakureserve.cli.demo.stage import Stage
from bakureserve.cli.demo.watch import keep_watch


async def play(stage: Stage, scene: Scene, told: InOrder) -> None:
    """Let the clock go, and have everybody do their part until the last guest's visit is over.

    What happens is `told` meanwhile; what it still holds back then is the caller's to pass on.
    """
    host, kitchen = Host(stage.host, scene), Kitchen(stage.outbox, scene)
    guests = [Guest(party, caller, host, scene) for party, caller in stage.guests]
    scene.clock.let_go()
    async with asyncio.TaskGroup() as staff:
        helpers = [
            staff.create_task(work)
            for work in (
                host.work(),
                kitchen.work(),
                told.work(),
                keep_watch(stage.runtime, scene.clock),
            )
        ]
        await _all_visits(guests)
        for helper in helpers:
            helper.cancel()
    kitchen.look()


async def _all_visits(guests: Iterable[Guest]) -> None:
    async with asyncio.TaskGroup() as visits:
        for guest in guests:
            visits.create_task(guest.live())
