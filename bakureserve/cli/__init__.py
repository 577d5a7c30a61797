"""The operator's command line: `noun verb`, data on stdout, talk on stderr."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """The console script."""
    from bakureserve.cli.app import invoke

    sys.exit(invoke(sys.argv[1:]))
