"""What the worlds of the pages share: a router, and the process that commands are forked from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.warm import warmed


@pytest.fixture(scope="session")
def shim() -> Iterator[str]:
    """What a shell finds as `bakureserve`."""
    with (
        tempfile.TemporaryDirectory(prefix="docs-") as folder,
        warmed(Path(folder) / "warm") as text,
    ):
        yield text
