"""Run a command under the unit's system-call filter: `confined.py COMMAND …`.

Calls that are not on the list fail with EPERM, as `SystemCallErrorNumber=EPERM` has them.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import sys
from pathlib import Path

_ALLOW = 0x7FFF0000
_FAIL = 0x00050000
_FAIL_WITH_EPERM = _FAIL | errno.EPERM
_OF_ALL_THREADS = 4  # SCMP_FLTATR_CTL_TSYNC
_UNKNOWN_HERE = -1
ALLOWED = Path(__file__).parent / "allowed_syscalls.txt"


def confine() -> None:
    """Filter this process and all that come of it, for good."""
    library = _library()
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_FAIL_WITH_EPERM)))
    for name in ALLOWED.read_text().split():
        number = library.seccomp_syscall_resolve_name(name.encode())
        # Calls of other machines have numbers below that, which libseccomp understands.
        if number != _UNKNOWN_HERE:
            library.seccomp_rule_add(rules, ctypes.c_uint32(_ALLOW), ctypes.c_int(number), 0)
    _load(library, rules)


def fail(*calls: str, error: int = errno.EIO) -> None:
    """Have these calls of this process fail so from now on, and leave all others be."""
    library = _library()
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW)))
    for name in calls:
        number = library.seccomp_syscall_resolve_name(name.encode())
        library.seccomp_rule_add(rules, ctypes.c_uint32(_FAIL | error), ctypes.c_int(number), 0)
    _load(library, rules)


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("seccomp"), use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    return library


def _load(library: ctypes.CDLL, rules: ctypes.c_void_p) -> None:
    """For all threads: some began before the filter."""
    library.seccomp_attr_set(rules, _OF_ALL_THREADS, ctypes.c_uint32(1))
    if library.seccomp_load(rules) != 0:
        raise SystemExit("the filter cannot be put in place")


if __name__ == "__main__":
    confine()
    os.execvp(sys.argv[1], sys.argv[1:])
