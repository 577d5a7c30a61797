"""An upgrade and back again: the release of before finds its own database as it left it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bakureserve.domain.errors import SchemaMismatch
from bakureserve.runtime import open_runtime, prepare_store
from bakureserve.settings import Settings
from bakureserve.store import migrator
from bakureserve.store.maintenance.backup_folder import back_up_if_pending, kept_in
from bakureserve.store.maintenance.restore import restore
from bakureserve.store.restaurants.restaurants import known_ids
from tests.kit.houses import NOW, SAHIL, SetClock, by_another_hand, furnish
from tests.kit.rows import at_the_prompt

ALL = sorted(each.name for each in migrator.MIGRATIONS.glob("0*.py"))


@pytest.fixture
def old_release(tmp_path: Path) -> Path:
    """The migrations of the release of before: all but the newest."""
    folder = tmp_path / "old release"
    folder.mkdir()
    for name in ALL[:-1]:
        shutil.copy(migrator.MIGRATIONS / name, folder)
    return folder


def events(path: Path) -> list[str]:
    with at_the_prompt(path) as connection:
        rows = connection.execute("select kind from event order by id").fetchall()
    return [kind for (kind,) in rows]


def happen(path: Path, kind: str) -> None:
    by_another_hand(
        path,
        lambda tx: tx.execute("insert into event (at, kind, data) values (0, ?, '{}')", (kind,)),
    )


async def test_there_and_back(
    old_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SetClock
) -> None:
    settings = Settings(data_dir=tmp_path / "data", seed=False)
    path, newest = settings.database_path, migrator.MIGRATIONS
    monkeypatch.setattr(migrator, "MIGRATIONS", old_release)
    furnish(settings, SAHIL)
    assert prepare_store(settings).way_back is None
    happen(path, "under the old release")
    before = events(path)
    monkeypatch.setattr(migrator, "MIGRATIONS", newest)
    prepared = prepare_store(settings, clock=clock)
    assert prepared.migrated == (ALL[-1].removesuffix(".py"),)
    assert prepared.way_back is not None
    assert [kept.kind for kept in kept_in(settings.backup_folder)] == ["migration"]
    async with open_runtime(settings, clock=clock):
        happen(path, "under the new release")
    assert prepare_store(settings, clock=clock).way_back is None
    monkeypatch.setattr(migrator, "MIGRATIONS", old_release)
    with pytest.raises(SchemaMismatch, match="schema_newer"):
        prepare_store(settings, clock=clock)
    report = restore(path, Path(prepared.way_back.path), now=NOW)
    assert prepare_store(settings, clock=clock).migrated == ()
    assert events(path) == [*before, "store.restored"]
    assert report.replaced is not None
    assert "under the new release" in events(Path(report.replaced))
    async with open_runtime(settings, clock=clock) as runtime:
        assert await runtime.database.read(known_ids) == {SAHIL.id}


def test_a_new_database_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    assert back_up_if_pending(tmp_path / "none.db", tmp_path / "backups", NOW) is None
    assert not (tmp_path / "backups").exists()
