"""Programs under the system-call filter of our systemd unit, without systemd.

`allowed_syscalls.txt` is what systemd 252 makes of the unit's two `SystemCallFilter=` lines:
`systemd-analyze syscall-filter` for @system-service, less @privileged and @resources.
"""

from __future__ import annotations

import ctypes.util
import sys
from pathlib import Path

FILTER = ("SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources")
"""The lines of the unit that `allowed_syscalls.txt` stands for."""
UNDER_THE_FILTER = (sys.executable, str(Path(__file__).parent / "confined.py"))
"""The words before a command that is to run under the filter."""


def can_filter() -> bool:
    return sys.platform == "linux" and ctypes.util.find_library("seccomp") is not None
