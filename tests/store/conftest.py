"""Stores to attack: migrated once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from bakureserve.store import migrator
from bakureserve.store.database import Database, open_database

settings.register_profile("store", deadline=None, max_examples=60)
settings.load_profile("store")

BUSY_TIMEOUT = 5.0


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.sqlite3"
    migrator.up(path, busy_timeout=BUSY_TIMEOUT)
    return path


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    """A migrated database of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "store.sqlite3"))


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path, busy_timeout=BUSY_TIMEOUT) as opened:
        yield opened
