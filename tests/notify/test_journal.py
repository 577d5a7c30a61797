"""The journal of notices without a way out: each event has one line, whatever goes wrong."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from bakureserve.domain.errors import Unavailable
from bakureserve.notify.journal import JournalLine, NoticeJournal
from bakureserve.notify.outbox_folder import OutboxFolder
from tests.kit.builders import utc

EVENING = utc("2027-03-01 20:00")


def lines(numbers: Iterable[int], *, since: dt.datetime = EVENING) -> list[JournalLine]:
    """One a second."""
    return [
        JournalLine(
            event_id=number,
            at=since + dt.timedelta(seconds=number),
            type="reservation.booked",
            restaurant_id="11111111-1111-4111-8111-111111111111",
            reservation_id=f"r{number}",
            channels=("email", "webhook"),
            data={"version": 1, "status": "booked"},
        )
        for number in numbers
    ]


def written(folder: Path) -> dict[str, list[int]]:
    """The numbers of the events in each file."""
    return {
        file.name: [
            msgspec.json.decode(line)["event_id"] for line in file.read_bytes().splitlines()
        ]
        for file in sorted(folder.iterdir())
    }


async def test_a_line_is_in_the_file_of_its_day_which_only_the_owner_can_read(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "outbox"
    midnight = utc("2027-03-02 00:00") - dt.timedelta(seconds=2)
    await NoticeJournal(folder, keep=9).append(lines([1, 2, 3], since=midnight))
    assert written(folder) == {
        "notices-2027-03-01.jsonl": [1],
        "notices-2027-03-02.jsonl": [2, 3],
    }
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600, 0o600]
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_what_is_written_again_after_a_crash_is_there_once(tmp_path: Path) -> None:
    await NoticeJournal(tmp_path, keep=9).append(lines(range(1, 400)))
    await NoticeJournal(tmp_path, keep=9).append(lines(range(100, 450)))
    assert written(tmp_path) == {"notices-2027-03-01.jsonl": list(range(1, 450))}


async def test_two_servers_that_write_the_same_events_write_each_once(tmp_path: Path) -> None:
    journals = [NoticeJournal(tmp_path, keep=9) for _ in range(2)]
    for until in range(10, 200, 10):
        await asyncio.gather(
            *(journal.append(lines(range(until - 9, until + 1))) for journal in journals)
        )
    assert written(tmp_path) == {"notices-2027-03-01.jsonl": list(range(1, 191))}


@pytest.mark.parametrize("cut", [1, 40, 10_000])
async def test_a_line_that_a_loss_of_power_cut_off_is_written_anew(
    tmp_path: Path, cut: int
) -> None:
    journal = NoticeJournal(tmp_path, keep=9)
    await journal.append(lines(range(1, 9)))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-cut])
    await journal.append(lines(range(1, 12)))
    assert written(tmp_path) == {file.name: list(range(1, 12))}


async def test_a_database_that_was_begun_anew_counts_from_one_and_loses_no_line(
    tmp_path: Path,
) -> None:
    journal = NoticeJournal(tmp_path, keep=9)
    await journal.append(lines(range(1, 6)))
    later = EVENING + dt.timedelta(hours=1)
    await journal.append(lines([1, 2], since=later))
    await journal.append(lines([2, 3], since=later))
    assert written(tmp_path) == {"notices-2027-03-01.jsonl": [1, 2, 3, 4, 5, 1, 2, 3]}


async def test_files_of_the_newest_days_are_kept(tmp_path: Path) -> None:
    journal = NoticeJournal(tmp_path, keep=2)
    for day in range(5):
        await journal.append(lines([day + 1], since=EVENING + dt.timedelta(days=day)))
    assert [*written(tmp_path)] == ["notices-2027-03-04.jsonl", "notices-2027-03-05.jsonl"]


async def test_events_older_than_all_that_is_kept_are_written_as_well(tmp_path: Path) -> None:
    """A restored database goes on from the day of its backup: its notices must not stop at that."""
    journal = NoticeJournal(tmp_path, keep=1)
    await journal.append(lines([5]))
    await journal.append(lines([4], since=EVENING - dt.timedelta(days=40)))
    await journal.append(lines([6]))
    assert written(tmp_path) == {
        "notices-2027-01-20.jsonl": [4],
        "notices-2027-03-01.jsonl": [5, 6],
    }


async def test_a_folder_that_cannot_be_written_keeps_the_events_unread(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("no folder")
    with pytest.raises(Unavailable, match="letter_files"):
        await NoticeJournal(tmp_path / "outbox", keep=9).append(lines([1]))


async def test_letters_beside_it_do_not_count_it_nor_does_erasure_take_it(tmp_path: Path) -> None:
    await NoticeJournal(tmp_path, keep=9).append(lines([1]))
    letters = OutboxFolder(tmp_path, keep=1)
    await letters.put("0195-d1.eml", b"Dear Aysel")
    await letters.forget((), {"r1"})
    assert [file.name for file in sorted(tmp_path.iterdir())] == [
        "0195-d1.eml",
        "notices-2027-03-01.jsonl",
    ]
