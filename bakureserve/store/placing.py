"""Where a new file may take an old one's place."""

from __future__ import annotations

from pathlib import Path

from bakureserve.domain.errors import Conflict


def replaceable(target: Path) -> Path:
    """The path at which a file called `target` is put: links are followed.

    Raises Conflict unless there is nothing yet, or a regular file. A rename would take the place of
    a device or a pipe as well, and programs that use it would find a file there.
    """
    try:
        found = target.resolve()
    except RuntimeError:  # a link that leads to itself
        raise Conflict("not_a_regular_file", path=str(target)) from None
    if found.exists() and not found.is_file():
        raise Conflict("not_a_regular_file", path=str(target))
    return found
