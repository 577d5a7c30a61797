"""Backups by themselves: when one is due, that there is only one, and that a good one is left."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from bakureserve.domain.errors import ReserveError, StoreFull, Unavailable
from bakureserve.services.operations.backups import Backups, Schedule
from bakureserve.settings import Settings
from bakureserve.store.maintenance.atomic_file import beside
from bakureserve.store.maintenance.backup import verified
from bakureserve.store.maintenance.backup_folder import Retention, kept_in, name_for
from tests.kit.houses import SetClock

DAILY = Schedule(dt.timedelta(days=1), Retention(2))

Make = Callable[..., Backups]


@pytest.fixture
def make(house_settings: Settings, clock: SetClock) -> Make:
    def make(schedule: Schedule = DAILY) -> Backups:
        settings = house_settings
        return Backups(settings.database_path, settings.backup_folder, clock, schedule)

    return make


@pytest.fixture
def folder(house_settings: Settings) -> Path:
    return house_settings.backup_folder


async def test_one_is_taken_when_there_is_none_and_then_each_time_the_interval_is_over(
    make: Make, clock: SetClock, folder: Path
) -> None:
    backups = make()
    assert await backups.take_if_due() is not None
    clock.pass_minutes(23 * 60)
    assert await backups.take_if_due() is None
    clock.pass_minutes(60)
    taken = await backups.take_if_due()
    assert taken is not None
    assert verified(Path(taken.report.path)).restaurants == 2
    assert [kept.kind for kept in kept_in(folder)] == ["scheduled", "scheduled"]


async def test_the_oldest_go_when_a_newer_one_is_good(
    make: Make, clock: SetClock, folder: Path
) -> None:
    backups = make()
    made = []
    for _ in range(4):
        taken = await backups.take_if_due()
        assert taken is not None
        made.append(taken.report.path)
        clock.pass_minutes(24 * 60)
    assert [kept.path for kept in kept_in(folder)] == [made[3], made[2]]
    assert taken.pruned.gone == (made[1],)


async def test_a_failed_one_removes_nothing_and_is_remembered_until_one_works(
    make: Make, clock: SetClock, folder: Path, house_settings: Settings, tmp_path: Path
) -> None:
    backups = make(Schedule(dt.timedelta(days=1), Retention(1)))
    await backups.take_if_due()
    shutil.copy(house_settings.database_path, tmp_path / "good.db")
    house_settings.database_path.write_text("To-do: reservations\n" * 500)
    clock.pass_minutes(24 * 60)
    with pytest.raises(ReserveError):
        await backups.take_if_due()
    assert len(kept_in(folder)) == 1
    assert backups.failure is not None
    shutil.copy(tmp_path / "good.db", house_settings.database_path)
    assert await backups.take_if_due() is not None
    assert backups.failure is None


async def test_two_processes_take_one_between_them(make: Make, folder: Path) -> None:
    taken = await asyncio.gather(*(make().take_if_due() for _ in range(4)))
    assert sum(each is not None for each in taken) == 1
    assert len(kept_in(folder)) == 1


async def test_a_clock_that_was_set_back_does_not_stop_them_nor_make_many(
    make: Make, clock: SetClock, folder: Path
) -> None:
    backups = make()
    await backups.take_if_due()
    clock.pass_minutes(-60 * 24 * 365)
    assert await backups.take_if_due() is not None
    clock.pass_minutes(1)
    assert await backups.take_if_due() is None
    assert len(kept_in(folder)) == 2


async def test_the_disk_is_not_filled_by_one(
    make: Make, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=60_000_000))
    with pytest.raises(StoreFull, match="copy_needs_space"):
        await make().take_if_due()
    assert kept_in(folder) == ()


@pytest.mark.parametrize("kind", ["", "-scheduled", "-migration"])
async def test_what_a_killed_process_left_of_one_is_removed_by_the_next(
    make: Make, clock: SetClock, folder: Path, kind: str
) -> None:
    assert await make(Schedule(None, Retention(2))).take_if_due() is None  # off is off
    assert not folder.exists()
    folder.mkdir()
    for name in (f".bakureserve-20270228T080000Z{kind}.db.x1.partial", ".mine.db.x1.partial"):
        (folder / name).write_bytes(b"half of it")
    with beside(folder / "bakureserve-20270228T080000Z.db") as being_made:
        await make().take_if_due()
        assert {path.name for path in folder.glob(".*.partial")} == {
            ".mine.db.x1.partial", being_made.name
        }  # fmt: skip
    (taken,) = folder.glob("bakureserve-*.db")
    taken.rename(folder / name_for(clock()))  # one by hand counts as one
    assert await make().take_if_due() is None


async def test_stopping_leaves_nothing_half_made(make: Make, folder: Path) -> None:
    backups = make()
    backups.stop()
    with pytest.raises(Unavailable):
        await backups.take_if_due()
    assert [path.name for path in folder.iterdir()] == [".lock"]
