"""How long `--help` takes, and how soon the server answers.

Run with `python -m bench.startup`. The first start creates, migrates and fills the database.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from bench.harness import product_server

ROUNDS = 5


def time_help() -> float:
    """Seconds of `bakureserve --help`, with the console script's own interpreter."""
    program = Path(sys.executable).with_name("bakureserve")
    started = time.perf_counter()
    subprocess.run([program, "--help"], check=True, capture_output=True)
    return time.perf_counter() - started


def time_start(folder: Path) -> tuple[float, float]:
    """Seconds from the command to the first answer, and the server's resident megabytes."""
    started = time.perf_counter()
    with product_server(folder, seed=True) as (port, process):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/restaurants").read()
        return time.perf_counter() - started, process.memory_info().rss / 1e6


def main() -> None:
    print(f"--help: median {median(time_help() for _ in range(ROUNDS)):.2f} s")
    with tempfile.TemporaryDirectory() as name:
        first, resident = time_start(Path(name))
        print(f"first start, with migration and samples: {first:.2f} s, {resident:.0f} MB")
        again = median(time_start(Path(name))[0] for _ in range(ROUNDS))
        print(f"start on that database: median {again:.2f} s")


if __name__ == "__main__":
    main()
