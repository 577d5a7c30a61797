"""One performance: the stage is set up, the evening is played, and all of it is removed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from bakureserve.cli.demo.cast import cast_of
from bakureserve.cli.demo.feed import Feed
from bakureserve.cli.demo.guest import Guest
from bakureserve.cli.demo.scene import Evening, FastClock, InOrder, Scene
from bakureserve.cli.demo.staff import Host, Kitchen
from bakureserve.cli.demo.stage import Stage, open_stage, settings_for, throw_away_folder
from bakureserve.runtime import Runtime
from bakureserve.store.restaurants.sample import sample_restaurants

_LOOK_SECONDS = 5.0
_SHORTEST_PAUSE = 0.05

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def keep_watch(runtime: Runtime, clock: FastClock) -> None:
    """Run the watches of guests on the way and of tables until cancelled."""
    while True:
        await runtime.arrival_watch.look()
        await runtime.table_watch.look()
        await asyncio.sleep(max(_LOOK_SECONDS / clock.speed, _SHORTEST_PAUSE))


async def play(stage: Stage, scene: Scene, told: InOrder) -> None:
    """Start the clock, and play all parts until the last guest's visit is over.

    Happenings go to `told`; the caller passes on those still held back at the end.
    """
    host, kitchen = Host(stage.host, scene), Kitchen(scene)
    guests = [Guest(party, caller, host, scene) for party, caller in stage.guests]
    async with kitchen.listening() as address:
        await stage.connect_kitchen(scene.evening.restaurant, address)
        scene.clock.let_go()
        async with asyncio.TaskGroup() as staff:
            helpers = [
                staff.create_task(work)
                for work in (host.work(), told.work(), keep_watch(stage.runtime, scene.clock))
            ]
            await _all_visits(guests)
            for helper in helpers:
                helper.cancel()
        await stage.hear_out()


async def _all_visits(guests: Iterable[Guest]) -> None:
    async with asyncio.TaskGroup() as visits:
        for guest in guests:
            visits.create_task(guest.play())


@dataclass(frozen=True, kw_only=True)
class Performance:
    """What is to be played, and where. Without a `port` a free one is taken; without `minutes`, of
    our own clock, it lasts until the last party has left."""

    evening: Evening
    speed: float
    seed: int
    host: str
    port: int | None
    router: str
    minutes: float | None


async def perform(performance: Performance, feed: Feed) -> bool:
    """Play until the end, or until Ctrl-C or SIGTERM; False where those came before it began.

    Raises SettingsError, Unavailable where the address cannot be taken, and BrokenPipeError where
    nothing reads the feed any more.
    """
    _cancel_on_first_signal()
    with suppress(asyncio.CancelledError), throw_away_folder() as folder:
        feed.set_up()
        evening = performance.evening
        cast = cast_of(evening, sample_restaurants(), performance.seed)
        clock = FastClock(evening.begins, performance.speed)
        settings = settings_for(
            folder,
            host=performance.host,
            port=performance.port or 0,
            router=performance.router,
            speed=performance.speed,
            people=len(cast),
        )
        seeks_port = performance.port is None
        async with open_stage(
            settings, clock, evening.restaurant, cast, seeks_port=seeks_port
        ) as stage:
            told = InOrder(feed.tell)
            scene = Scene(evening, clock, told)
            feed.begin(stage, scene)
            await _until_stopped(play(stage, scene, told), performance.minutes)
            told.pass_on()
            feed.end(scene)
            return True
    return False


async def _until_stopped(playing: Awaitable[None], minutes: float | None) -> None:
    """Wait for the play to end, for so many minutes, or for a signal."""
    try:
        async with asyncio.timeout(None if minutes is None else minutes * 60):
            await playing
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
    except BaseExceptionGroup as failed:
        raise _first_of(failed) from failed


def _first_of(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group."""
    first = failed.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


def _cancel_on_first_signal() -> None:
    """Cancel this task on the first signal to end; ignore later ones."""
    loop, playing = asyncio.get_running_loop(), [asyncio.current_task()]

    def first() -> None:
        if playing and (task := playing.pop()) is not None:
            task.cancel()

    for ending in _ENDINGS:
        loop.add_signal_handler(ending, first)
