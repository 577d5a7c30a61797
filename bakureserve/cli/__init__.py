"""The operator's command line: `noun verb`, data on stdout, messages on stderr."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """The console script."""
    _have_streams()  # first: modules take standard error for a default when they are imported
    from bakureserve.cli.app import invoke

    _print_anything()
    sys.exit(invoke(sys.argv[1:]))


def _have_streams() -> None:
    """Open /dev/null in place of a standard stream that was closed at the start.

    Python has None there, and the next file to be opened, such as the database or a socket, would
    get the descriptor that libraries write their messages to.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        nothing = os.open(os.devnull, os.O_RDWR)
        if nothing != descriptor:
            os.dup2(nothing, descriptor)
            os.close(nothing)
        mode = "r" if name == "stdin" else "w"
        stream = open(descriptor, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)


def _print_anything() -> None:
    """Write UTF-8 everywhere; a terminal of another encoding shows escapes for the rest."""
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        encoding = out.encoding if out.isatty() else "utf-8"
        out.reconfigure(encoding=encoding, errors="backslashreplace")
