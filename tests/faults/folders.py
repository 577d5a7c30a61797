"""Folders to do harm to: with a booking and a backup, on a small disk, or full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bakureserve.cli.exit_status import Status
from tests.faults.box import box_on
from tests.kit.processes import command

IS_ROOT = os.getuid() == 0
BOUND_BY_MODES = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-net_bind_service")
    if IS_ROOT
    else ()
)
"""Makes root heed whose a file is, what its mode allows and which ports are the system's, as
everybody else has to."""
DATABASE = "bakureserve.db"


def furnish_with_booking(folder: Path) -> Path:
    """A database in which Aysel has booked, and a backup of it; the folder."""
    folder.mkdir()
    with box_on(folder) as box:
        assert box.books("Aysel") == 201
        assert command("backup", data_dir=folder).returncode == 0
        assert box.server.stop() == 0
    return folder


def refused_start(folder: Path, status: Status, *, under: tuple[str, ...] = ()) -> str:
    """What a server says that does not start, and ends with this status."""
    ended = command("serve", "--port", "0", data_dir=folder, under=under)
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def backups_in(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("*.db"))


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A disk of the test's own, where this machine lets one be mounted."""
    disk = folder / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill_with_bytes(disk: Path) -> list[Path]:
    """Leave no room for a byte; what was put there."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return [ballast]


def fill_with_files(disk: Path) -> list[Path]:
    """Leave no room for another file; what was put there."""
    made: list[Path] = []
    with suppress(OSError):
        while True:
            made.append(disk / f"file-{len(made)}")
            made[-1].touch()
    return made[:-1]
