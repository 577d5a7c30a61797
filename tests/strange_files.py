"""What may lie where a file is to be written, and must not be replaced by one."""

from __future__ import annotations

import os
from pathlib import Path

STRANGE = ("pipe", "folder", "link to a device", "link to a pipe", "link to itself")


def strange_file(folder: Path, kind: str) -> Path:
    """Makes one in `folder`."""
    path, other = folder / "strange", folder / "a-pipe"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link to a device":
            path.symlink_to("/dev/null")
        case "link to a pipe":
            os.mkfifo(pipe)
            path.symlink_to(pipe)
        case "link to itself":
            path.symlink_to(path)
        case _:
            raise ValueError(kind)
    return path
