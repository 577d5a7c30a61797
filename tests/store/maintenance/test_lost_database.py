"""A database that is missing: what proves that it was there, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bakureserve.domain.errors import Conflict, SchemaMismatch
from bakureserve.store.maintenance import restore
from bakureserve.store.maintenance.backup_folder import name_for
from bakureserve.store.maintenance.restore import begin_anew, refuse_loss
from tests.kit.builders import utc

NOW = utc("2027-03-01 08:00")

Leave = Callable[[Path], None]


def look(folder: Path) -> None:
    refuse_loss(folder / "bakureserve.db", backups=folder / "backups", outbox=folder / "outbox")


def put(name: str, content: bytes = b"something") -> Leave:
    def leave(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    return leave


@pytest.mark.parametrize(
    "name",
    [
        f"backups/{name_for(NOW)}",
        f"backups/{name_for(NOW, 'scheduled')}",
        "bakureserve.db-wal",
        "bakureserve.db.replaced-20270301T080000Z",
        "outbox/0001.eml",
        "outbox/0001.json",
        "outbox/notices-2027-03-01.jsonl",
    ],
)
def test_a_lost_database_is_told_from_one_that_never_was(tmp_path: Path, name: str) -> None:
    put(name)(tmp_path)
    for emptied in (False, True):
        if emptied:
            put("bakureserve.db", b"")(tmp_path)
        with pytest.raises(SchemaMismatch, match="database_lost") as refused:
            look(tmp_path)
        assert refused.value.params["proof"] == str(tmp_path / name)
    put("bakureserve.db")(tmp_path)
    look(tmp_path)  # one that is there is not asked for its past


def test_keys_and_empty_folders_prove_nothing(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    for leave in (
        put("signing-keys.json"),
        put(".env"),
        put("bakureserve.db-wal", b""),
        put("backups/holiday.jpg"),
        put("outbox/.gitkeep"),
        put("outbox/.DS_Store"),
    ):
        leave(tmp_path)
        look(tmp_path)


def test_a_database_that_another_server_makes_meanwhile_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_meanwhile(_database: Path, _backups: Path, _outbox: Path) -> Iterator[Path]:
        put("bakureserve.db")(tmp_path)
        put("bakureserve.db-wal")(tmp_path)
        yield tmp_path / "bakureserve.db-wal"

    monkeypatch.setattr(restore, "_traces", made_meanwhile)
    look(tmp_path)


def test_beginning_anew_keeps_what_the_lost_one_left(tmp_path: Path) -> None:
    put("bakureserve.db-wal", b"bookings")(tmp_path)
    begin_anew(tmp_path / "bakureserve.db", NOW)
    (kept,) = tmp_path.iterdir()
    assert kept.name == "bakureserve.db.replaced-20270301T080000Z-wal"
    assert kept.read_bytes() == b"bookings"
    put("bakureserve.db")(tmp_path)
    with pytest.raises(Conflict, match="database_exists"):
        begin_anew(tmp_path / "bakureserve.db", NOW)
