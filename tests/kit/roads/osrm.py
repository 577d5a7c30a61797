"""A real OSRM: the executables of the `osrm-bindings` wheel, which `make install` unpacks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.kit.ports import free_port
from tests.kit.roads.grid import StreetGrid

START_SECONDS = 20.0


def osrm_home() -> Path | None:
    """Where the wheel is unpacked: `OSRM_HOME`, or `osrm` in the virtual environment."""
    home = Path(os.environ.get("OSRM_HOME", Path(sys.prefix) / "osrm"))
    return home if (home / "osrm" / "bin" / "osrm-routed").exists() else None


def build_roads(home: Path, grid: StreetGrid, folder: Path) -> Path:
    """Prepare the grid for routing in `folder`; what `Osrm` is to be started with.

    The multi-level Dijkstra pipeline: contraction takes very long on a uniform grid.
    """
    (folder / "map.osm").write_text(grid.document())
    data = folder / "roads.osrm"
    profile = home / "osrm" / "share" / "profiles" / "car.lua"
    extract = ["-p", str(profile), "--small-component-size", "10", "-o", str(folder / "roads")]
    _run(home, "osrm-extract", *extract, str(folder / "map.osm"))
    _run(home, "osrm-partition", str(data))
    _run(home, "osrm-customize", str(data))
    return data


class Osrm:
    """`osrm-routed` on a port of loopback that stays the same when it is stopped and started."""

    def __init__(self, home: Path, data: Path) -> None:
        self.port = free_port()
        self._home = home
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run it, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                *(str(self._home / "osrm" / "bin" / "osrm-routed"), "-a", "mld"),
                *("-i", "127.0.0.1", "-p", str(self.port), str(self._data)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError("osrm-routed did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def _run(home: Path, program: str, *arguments: str) -> None:
    subprocess.run(
        [str(home / "osrm" / "bin" / program), *arguments], check=True, capture_output=True
    )
