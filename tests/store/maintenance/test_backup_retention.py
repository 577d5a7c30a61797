"""Which backups go, and which are never to go."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.store import migrator
from bakureserve.store.maintenance.backup_folder import (
    MIGRATIONS_KEPT,
    Kind,
    Retention,
    kept_in,
    name_for,
    prune,
)
from tests.kit.builders import utc
from tests.kit.examples import examples
from tests.kit.rows import a_reservation, add_restaurant, at_the_prompt, book, in_transaction

NOW = utc("2027-03-17 08:00")
"""A Wednesday."""

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def put(folder: Path, at: dt.datetime, kind: Kind = "scheduled", like: Path | None = None) -> Path:
    path = folder / name_for(at, kind)
    if like is None:
        path.write_bytes(b"cannot be read")
    else:
        shutil.copy(like, path)
    return path


def left(folder: Path) -> set[Path]:
    return {Path(kept.path) for kept in kept_in(folder)}


@settings(max_examples=examples(50))
@given(
    days=st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=12),
    manual=st.sets(st.integers(41, 50), max_size=3),
    keep=st.integers(1, 8),
)
def test_the_newest_stay_the_manual_and_always_the_one_just_made(
    migrated: Path,
    tmp_path_factory: pytest.TempPathFactory,
    days: list[int],
    manual: set[int],
    keep: int,
) -> None:
    folder = tmp_path_factory.mktemp("shelf")
    by_hand = {put(folder, NOW + day * DAY, "manual") for day in manual}
    made = put(folder, NOW + days[0] * DAY, like=migrated)
    scheduled = [made, *(put(folder, NOW + day * DAY) for day in days[1:])]
    pruned = prune(folder, keep=Retention(keep), spare=made, now=NOW)
    others = left(folder) - by_hand - {made}
    assert by_hand <= left(folder)
    assert made in left(folder)
    assert len(others) == min(keep, len(scheduled)) - 1
    gone = {Path(path) for path in pruned.gone}
    assert gone == set(scheduled) - left(folder)
    assert all(old.name < kept.name for old in gone for kept in others)


@pytest.mark.parametrize(
    ("keep", "ages"),
    [
        (Retention(1), [0]),
        (Retention(3), [0, 1, 2]),
        # The hours that began at 8:00, 7:00, 6:00: at 8:00 sharp one backup each.
        (Retention(1, hourly=3), [0, 1, 2]),
        # Today, yesterday and the day before: the newest of each is that of 8:00 or 23:00.
        (Retention(1, daily=3), [0, 9, 33]),
        # The weeks from the 15th, the 8th and the 1st of March, which are Mondays.
        (Retention(1, weekly=3), [0, 57, 225]),
        (Retention(2, hourly=1, daily=2, weekly=2), [0, 1, 9, 57]),
    ],
)
def test_the_newest_of_each_period_stays(
    tmp_path: Path, migrated: Path, keep: Retention, ages: list[int]
) -> None:
    made = put(tmp_path, NOW, like=migrated)
    for hours in range(1, 400):
        put(tmp_path, NOW - hours * HOUR)
    prune(tmp_path, keep=keep, spare=made, now=NOW)
    assert left(tmp_path) == {tmp_path / name_for(NOW - age * HOUR, "scheduled") for age in ages}


def test_pruning_every_hour_leaves_what_pruning_once_would(tmp_path: Path, migrated: Path) -> None:
    keep = Retention(2, hourly=24, daily=7, weekly=4)
    for hours in range(500, -1, -1):
        now = NOW - hours * HOUR
        prune(tmp_path, keep=keep, spare=put(tmp_path, now, like=migrated), now=now)
    ages = sorted((NOW - kept.taken_at) // HOUR for kept in kept_in(tmp_path))
    days, weeks = [33, 57, 81, 105, 129], [225, 393]
    assert ages == [*range(24), *days, *weeks]


@pytest.fixture
def busy(path: Path) -> Path:
    """A database with fifty reservations."""
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        for number in range(50):
            book(transaction, a_reservation(f"r{number}", table_id=None))
    return path


def test_what_may_be_the_last_stays_when_the_database_was_made_anew(
    tmp_path: Path, path: Path
) -> None:
    anew = tmp_path / "anew.sqlite3"
    migrator.up(anew, busy_timeout=5)
    folder = tmp_path / "backups"
    folder.mkdir()
    good = [put(folder, NOW - age * DAY, like=path) for age in (9, 8)]
    for age in (3, 2, 1):
        made = put(folder, NOW - age * DAY, like=anew)
        pruned = prune(folder, keep=Retention(1), spare=made, now=NOW)
    assert left(folder) == {*good, made}
    assert {Path(path) for path in pruned.spared} == set(good)


@pytest.mark.parametrize(("gone", "stays"), [("> 'r2'", True), ("< 'r2'", False)])
def test_what_may_be_the_last_stays_when_the_newest_has_lost_most_of_it_and_not_a_little(
    tmp_path: Path, busy: Path, gone: str, stays: bool
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    full = put(folder, NOW - 2 * DAY, like=busy)
    with at_the_prompt(busy) as connection:
        connection.execute(f"delete from reservation where id {gone}")
    made = put(folder, NOW, like=busy)
    prune(folder, keep=Retention(1), spare=made, now=NOW)
    assert left(folder) == ({full, made} if stays else {made})


def test_of_those_before_migrations_the_newest_few_stay(tmp_path: Path, migrated: Path) -> None:
    made = put(tmp_path, NOW, like=migrated)
    before = [put(tmp_path, NOW - age * DAY, "migration") for age in range(1, 6)]
    prune(tmp_path, keep=Retention(1), spare=made, now=NOW)
    assert left(tmp_path) == {made, *before[:MIGRATIONS_KEPT]}
