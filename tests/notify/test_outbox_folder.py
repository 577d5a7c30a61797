"""Notices as files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bakureserve.notify import DeliveryFailed
from bakureserve.notify.outbox_folder import REMOVED_AFTER, OutboxFolder


async def test_a_file_is_written_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    await OutboxFolder(folder, keep=10).put("0195-d1.eml", b"Dear Aysel")

    (written,) = folder.iterdir()
    assert (written.name, written.read_bytes()) == ("0195-d1.eml", b"Dear Aysel")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_what_is_written_again_replaces_itself(tmp_path: Path) -> None:
    files = OutboxFolder(tmp_path, keep=10)
    for _ in range(2):
        await files.put("0195-d1.eml", b"Dear Aysel")
    assert len(list(tmp_path.iterdir())) == 1


async def test_the_oldest_make_room_some_at_a_time(tmp_path: Path) -> None:
    files = OutboxFolder(tmp_path, keep=3)
    for number in range(REMOVED_AFTER + 1):
        await files.put(f"0195-d{number:03}.json", b"{}")
        assert len(list(tmp_path.iterdir())) <= 3 + REMOVED_AFTER
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        f"0195-d{REMOVED_AFTER - 2:03}.json",
        f"0195-d{REMOVED_AFTER - 1:03}.json",
        f"0195-d{REMOVED_AFTER:03}.json",
    ]


async def test_a_folder_that_cannot_be_made_is_a_failure_that_may_pass(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("no folder")
    with pytest.raises(DeliveryFailed) as failed:
        await OutboxFolder(tmp_path / "outbox", keep=3).put("0195-d1.eml", b"")
    assert (failed.value.failure.permanent, failed.value.failure.nowhere) == (False, True)
