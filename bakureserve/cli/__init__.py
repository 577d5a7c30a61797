"""The operator's command line: `noun verb`, data on stdout, talk on stderr."""

from __future__ import annotations

import io
import sys
from typing import NoReturn


def main() -> NoReturn:
    """The console script."""
    from bakureserve.cli.app import invoke

    _print_anything()
    sys.exit(invoke(sys.argv[1:]))


def _print_anything() -> None:
    """Data is UTF-8 wherever it goes; a terminal of another encoding shows codes for the rest."""
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        encoding = out.encoding if out.isatty() else "utf-8"
        out.reconfigure(encoding=encoding, errors="backslashreplace")
