"""What this process takes of the machine, as the kernel tells it."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from pathlib import Path

_STATM = Path("/proc/self/statm")
_DESCRIPTORS = (Path("/proc/self/fd"), Path("/dev/fd"))


def resident_bytes() -> int | None:
    """The memory that is held, in bytes; None where the system does not tell (macOS)."""
    with suppress(OSError):
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return None


def open_descriptors() -> int | None:
    """How many files and connections are open; None where the system does not tell.

    Blocking: the kernel lists them one by one.
    """
    for folder in _DESCRIPTORS:
        with suppress(OSError):
            return len(os.listdir(folder)) - 1  # noqa: PTH208 - names alone; one is the listing's own
    return None
