"""What tens of thousands of restaurants cost: import, start, lists, searches, and one change.

Run with `python -m bench.restaurants`. The import runs as its command does, in a process of its
own. Processor time is the server's; a turn of the event loop is measured in this process, beside
what is asked: a guest would wait for as long as the longest.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import psutil
import uvloop

from bakureserve.runtime import Runtime, open_runtime, prepare_store
from bakureserve.settings import Settings
from bakureserve.store.database import write_alone
from bench import town
from bench.figures import ROUNDS, Curve, Figure, Found, main, sized
from bench.harness import cpu_seconds, product_server, wait_until_idle

FEW, MANY = sized(smoke=(59, 300), short=(500, 50_000), long=(500, 50_000))
CHANGES = sized(smoke=3, short=30, long=100)
SEARCHES = sized(smoke=2, short=20, long=100)
QUERIES = ("house-77", "nar evi", "cay", "baki lounge", "ka", "zz", "a", "qqq")
"""Rare and common words, short ones, and one that occurs nowhere."""


class Imported(NamedTuple):
    seconds: float
    cpu: float
    peak_mb: float


def bring_in(folder: Path, number: int) -> Imported:
    """Import so many restaurants into a new database, as an operator does."""
    prepare_store(Settings(data_dir=folder, seed=False))
    source = folder / "restaurants.json"
    with source.open("w", encoding="utf-8") as file:
        town.write(number, file)
    command = ["-m", "bakureserve", "--data-dir", str(folder), "restaurants", "import"]
    began = time.perf_counter()
    with (folder / "import.log").open("wb") as output:
        process = psutil.Popen([sys.executable, *command, str(source)], stdout=output)
    peak, cpu = 0.0, 0.0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            peak = max(peak, process.memory_info().rss / 1e6)
            cpu = sum(process.cpu_times()[:2])
        time.sleep(0.02)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    source.unlink()
    return Imported(time.perf_counter() - began, cpu, peak)


class Served(NamedTuple):
    """Of one server: seconds and megabytes until the first answer, milliseconds of processor time
    of a list, of a page that is searched, and of the scrape after a change; megabytes at the
    end."""

    start: float
    started_mb: float
    list_ms: float
    search_ms: float
    scrape_ms: float
    mb: float


def serve(folder: Path) -> Served:
    """Start a server, and ask it everything."""
    began = time.perf_counter()
    with product_server(folder) as (port, process):
        connection = HTTPConnection("127.0.0.1", port)

        def ask(path: str) -> None:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")

        def spent(*paths: str) -> float:
            before = cpu_seconds(process)
            for path in paths:
                ask(path)
            return (cpu_seconds(process) - before) / len(paths) * 1e3

        ask("/v1/restaurants/house-1")
        start, started_mb = time.perf_counter() - began, process.memory_info().rss / 1e6
        ask("/metrics")
        wait_until_idle(process)
        change(folder, "list")  # so that no list is kept
        list_ms = spent("/v1/restaurants")
        ask("/v1/restaurants?q=first&limit=20")
        search_ms = spent(
            *(
                f"/v1/restaurants?limit={limit}&q={query.replace(' ', '%20')}"
                for limit in range(20, 20 + SEARCHES)  # each once: answers are kept
                for query in QUERIES
            )
        )
        change(folder, "scrape")
        scrape_ms = spent("/metrics")
        return Served(
            start, started_mb, list_ms, search_ms, scrape_ms, process.memory_info().rss / 1e6
        )


def change(folder: Path, name: str) -> None:
    """Rename one restaurant, as another process would."""
    write_alone(
        Settings(data_dir=folder).database_path,
        lambda tx: tx.execute("update restaurant set name = ? where slug = 'house-1'", (name,)),
        busy_timeout=30,
    )


class Turns(NamedTuple):
    """Milliseconds: of the first use after a change, of a search, and of the longest turn of the
    event loop while everything is listed."""

    changed: float
    searched: float
    listing: float


async def turns(folder: Path) -> Turns:
    async with open_runtime(Settings(data_dir=folder, seed=False)) as runtime:
        directory = runtime.directory
        await directory.restaurant("house-1")
        await directory.page("first", limit=20)
        changed: list[float] = []
        searched: list[float] = []
        for number in range(CHANGES):
            change(folder, f"zq{number}")
            await asyncio.sleep(0)
            changed.append(await taken(lambda: directory.restaurant("house-1")))
            await directory.page("zq", limit=20)
            searched += [await taken(partial(directory.page, each, limit=21)) for each in QUERIES]
        return Turns(max(changed), max(searched), await longest_turn(runtime))


async def taken(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of this process's processor time."""
    before = time.process_time()
    await work()
    return (time.process_time() - before) * 1e3


async def longest_turn(runtime: Runtime) -> float:
    async def read_all() -> None:
        async for _ in runtime.directory.pages():
            pass

    reading = asyncio.create_task(read_all())
    worst, before = 0.0, time.process_time()
    while not reading.done():
        await asyncio.sleep(0)
        now = time.process_time()
        worst, before = max(worst, now - before), now
    await reading
    return worst * 1e3


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        bring_in(Path(few), FEW)
        imported = bring_in(Path(many), MANY)
        yield Figure(
            what=f"import of {MANY:,} restaurants",
            unit="s",
            ours=[imported.seconds],
            goal="< 60 s",
            note=f"{imported.cpu:.0f} s of processor time",
        )
        yield Figure(what="its memory", unit="MB", ours=[imported.peak_mb], goal="< 300 MB")
        of_many = [serve(Path(many)) for _ in range(ROUNDS)]
        of_few = [serve(Path(few)) for _ in range(ROUNDS)]
        yield from _of_servers(of_few, of_many)
        took = {
            number: [uvloop.run(turns(Path(folder))) for _ in range(ROUNDS)]
            for number, folder in ((FEW, few), (MANY, many))
        }
        yield from _of_turns(took[FEW], took[MANY])
    yield Curve(
        what="The list without a limit",
        x="restaurants",
        y="ms of processor time",
        lines={"ours": [(FEW, of_few[0].list_ms), (MANY, of_many[0].list_ms)]},
    )


def _of_servers(few: list[Served], many: list[Served]) -> Iterator[Figure]:
    for field, what, unit, goal in (
        ("start", "from the command to the first answer", "s", "< 3 s"),
        ("started_mb", "memory then", "MB", "< 400 MB"),
        ("list_ms", "the list without a limit, 0.5 KB a restaurant", "ms", ""),
        ("search_ms", "a page of a search, with all of HTTP", "ms", "< 5 ms"),
        ("scrape_ms", "the scrape after a change", "ms", ""),
        ("mb", "memory after all of that", "MB", "< 400 MB"),
    ):
        yield _beside_few(
            what, unit, [getattr(x, field) for x in few], [getattr(x, field) for x in many], goal
        )


def _of_turns(few: list[Turns], many: list[Turns]) -> Iterator[Figure]:
    for field, what, goal in (
        ("changed", "the first use after a change, at worst", "< 2 ms"),
        ("searched", "a page of a search by itself, at worst", "< 5 ms"),
        ("listing", "the longest turn of the event loop while all are listed", "< 20 ms"),
    ):
        yield _beside_few(
            what, "ms", [getattr(x, field) for x in few], [getattr(x, field) for x in many], goal
        )


def _beside_few(what: str, unit: str, few: list[float], many: list[float], goal: str) -> Figure:
    return Figure(
        what=f"{what}, {MANY:,} restaurants",
        unit=unit,
        ours=many,
        beside=f"{FEW:,} restaurants",
        theirs=few,
        goal=goal,
    )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main("restaurants", measure)
