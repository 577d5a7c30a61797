"""What may lie where a file is to be written, and must not be replaced by one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

STRANGE = ("pipe", "folder", "socket", "link to a pipe", "link to itself")


def strange_file(folder: Path, kind: str) -> Path:
    """Makes one in `folder`. None of the machine's own devices: what is tried here may go wrong."""
    path, pipe = folder / "strange", folder / "a-pipe"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(path))
        case "link to a pipe":
            os.mkfifo(pipe)
            path.symlink_to(pipe)
        case "link to itself":
            path.symlink_to(path)
        case _:
            raise ValueError(kind)
    return path


def as_it_lies(path: Path) -> tuple[int, ...]:
    """What changes when something else is put in its place; following a link is no change."""
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns
