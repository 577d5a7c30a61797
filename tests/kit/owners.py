"""Files of other accounts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ANOTHER = 54_321


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the file another's: as root does, or else by being another user from now on."""
    if os.geteuid() == 0:
        os.chown(path, ANOTHER, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: ANOTHER)


def succeeds_for_another(work: Callable[[], object]) -> bool:
    """Whether the work ends without an error in a process of another account.

    Where the tests are not root's it is done by their own account.
    """
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(ANOTHER)
            work()
        except BaseException:  # noqa: BLE001 - a child must never go on with the tests
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0
