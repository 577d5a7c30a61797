"""Servers in their own processes, for the benchmarks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")

HUGE_QUOTA = {"RATE_LIMIT_REQUESTS": "1000000", "RATE_LIMIT_WINDOW_SECONDS": "1"}
"""The limiter counts as always, but the run stays within the quota."""


def turn_about(sides: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Measure every side once a round, in alternating order: a drift of the machine hits all."""
    measured: dict[str, list[T]] = {side: [] for side in sides}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(list(sides)):
            measured[side].append(sides[side]())
    return measured


def cpu_seconds(process: psutil.Process) -> float:
    """The processor time it and its children have had, to the nanosecond.

    /proc's own clock ticks are 10 ms. The time of threads that have ended is lost.
    """
    family = [process, *process.children(recursive=True)]
    spent = [each for one in family for each in Path(f"/proc/{one.pid}/task").glob("*/schedstat")]
    return sum(int(each.read_text().split()[0]) for each in spent) / 1e9


def wait_until_idle(process: psutil.Process) -> None:
    """Until it has used less than 5 % of a processor in each of five seconds.

    Fewer could be those in which other programs had the processors. Waits ten minutes at most.
    """
    idle = 0
    for _ in range(600):
        before = cpu_seconds(process)
        time.sleep(1)
        idle = idle + 1 if cpu_seconds(process) - before < 0.05 else 0
        if idle == 5:
            return


@contextmanager
def product_server(
    folder: Path,
    *,
    seed: bool = False,
    dev: bool = True,
    log: str = "server.log",
    **settings: str,
) -> Iterator[tuple[int, psutil.Process]]:
    """`bakureserve serve` as an operator runs it, everything on; its port and process."""
    environment = os.environ | HUGE_QUOTA | {"SEED": "on" if seed else "off"} | settings
    command = [
        sys.executable,
        "-m",
        "bakureserve",
        "serve",
        "--port",
        "0",
        "--data-dir",
        str(folder),
    ]
    with running([*command, "--dev"] if dev else command, folder / log, environment) as it:
        yield it


@contextmanager
def bare_server(log: Path, *arguments: str) -> Iterator[tuple[int, psutil.Process]]:
    """A server of `bench.bare`; its port and process."""
    with running([sys.executable, "-m", "bench.bare", *arguments], log, dict(os.environ)) as it:
        yield it


@contextmanager
def map_services(log: Path) -> Iterator[int]:
    """The map services of `bench.map_services`, in good health; their port."""
    with running([sys.executable, "-m", "bench.map_services"], log, dict(os.environ)) as (port, _):
        yield port


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str]
) -> Iterator[tuple[int, psutil.Process]]:
    """A server that writes its address into its log; its port and process."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stderr=output, env=environment)
    try:
        yield wait_for_port(log), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for_port(log: Path) -> int:
    """The port in the line that a server logs when it listens: ours and those of `bench.peers`."""
    listens = re.compile(rb"(?:listens on|running on|Listening at:) http://[^:]+:(\d+)")
    for _ in range(4000):
        found = listens.search(log.read_bytes())
        if found:
            return int(found[1])
        time.sleep(0.005)
    raise SystemExit(f"the server did not start: {log.read_text()}")
