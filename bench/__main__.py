"""Every benchmark, one after another: `python -m bench [--size long] [--out FOLDER] [NAME ...]`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from bench.page import BLOCK, PAGE


def benches() -> list[str]:
    """All that have a place on the page, in its order."""
    return [bench for _, bench, _ in BLOCK.findall(PAGE.read_text("utf-8"))]


def main() -> None:
    """Each in a process of its own, so that one that fails or fills the memory is alone in it."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all, unless named")
    parser.add_argument("--size", choices=("smoke", "short", "long"), default="short")
    parser.add_argument("--out", metavar="FOLDER", help="keep the results there")
    chosen = parser.parse_args()
    failed = []
    for name in chosen.names or benches():
        print(f"\n## {name}", flush=True)
        command = [sys.executable, "-m", f"bench.{name}"]
        if chosen.out:
            command += ["--out", chosen.out]
        ran = subprocess.run(command, env=os.environ | {"BENCH": chosen.size}, check=False)
        if ran.returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
