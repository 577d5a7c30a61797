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
_FAIL_WITH_EPERM = 0x00050000 | errno.EPERM
_UNKNOWN_HERE = -1
ALLOWED = Path(__file__).parent / "allowed_syscalls.txt"


def confine() -> None:
    """Filter this process and all that come of it, for good."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp"), use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_FAIL_WITH_EPERM)))
    for name in ALLOWED.read_text().split():
        number = library.seccomp_syscall_resolve_name(name.encode())
        # Calls of other machines have numbers below that, which libseccomp understands.
        if number != _UNKNOWN_HERE:
            library.seccomp_rule_add(rules, ctypes.c_uint32(_ALLOW), ctypes.c_int(number), 0)
    if library.seccomp_load(rules) != 0:
        raise SystemExit("the filter cannot be put in place")


if __name__ == "__main__":
    confine()
    os.execvp(sys.argv[1], sys.argv[1:])
