"""The folder of backups: what is ours in it, and what may go."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from bakureserve.domain.errors import StoreReadOnly
from bakureserve.store.maintenance.backup_folder import Kind, alone_in, kept_in, name_for
from tests.kit.builders import utc

MONDAY = utc("2027-03-01 08:00")


def put(folder: Path, day: int, kind: Kind = "scheduled") -> Path:
    path = folder / name_for(MONDAY + dt.timedelta(days=day), kind)
    path.write_bytes(b"a copy")
    return path


def test_backups_are_told_newest_first_with_time_kind_and_size(tmp_path: Path) -> None:
    put(tmp_path, 0, "manual")
    put(tmp_path, 1)
    newer, older = kept_in(tmp_path)
    assert (newer.kind, newer.taken_at) == ("scheduled", MONDAY + dt.timedelta(days=1))
    assert (older.kind, older.taken_at, older.bytes) == ("manual", MONDAY, 6)


def test_what_is_no_backup_of_ours_is_left_out(tmp_path: Path) -> None:
    assert kept_in(tmp_path / "nowhere") == ()
    for name in (
        "bakureserve.db",
        "bakureserve-20270301T080000Z.db.part",
        ".bakureserve-20270301T080000Z.db.x.partial",
        "bakureserve-20270231T080000Z.db",
        "before-the-move.db",
    ):
        (tmp_path / name).touch()
    (tmp_path / name_for(MONDAY)).mkdir()
    (tmp_path / name_for(MONDAY, "scheduled")).symlink_to(tmp_path / "elsewhere.db")
    assert kept_in(tmp_path) == ()


def test_only_one_at_a_time_may_take_a_scheduled_one(tmp_path: Path) -> None:
    with alone_in(tmp_path) as first, alone_in(tmp_path) as second:
        assert (first, second) == (True, False)
    with alone_in(tmp_path) as again:
        assert again


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnly) as refused, alone_in(tmp_path / "file"):
        pass
    assert refused.value.params["path"] == os.fspath(tmp_path / "file")
