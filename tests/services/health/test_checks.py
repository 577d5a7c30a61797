"""What each check finds when its part is well, and when it is not."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import shutil
import sqlite3
import sys
import threading
from collections import namedtuple
from collections.abc import Awaitable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from bakureserve import locale
from bakureserve.auth.passwords import Passwords
from bakureserve.domain.errors import StoreCorrupt
from bakureserve.runtime import Runtime
from bakureserve.services import health
from bakureserve.services.health.check import Condition
from bakureserve.services.health.database import (
    MEGABYTE,
    PROOF_SECONDS,
    BackupCheck,
    DatabaseCheck,
    DiskCheck,
    UnopenedDatabaseCheck,
)
from bakureserve.services.health.dependencies import MailCheck, RedisCheck
from bakureserve.services.health.process import AuthCheck, LimiterCheck
from bakureserve.services.operations.backups import Backups, Schedule
from bakureserve.store import notifications
from bakureserve.store.codec import to_us
from bakureserve.store.maintenance.backup_folder import Retention, name_for
from bakureserve.store.transaction import Transaction
from tests.kit.booking import at, book
from tests.kit.cast import GUEST
from tests.kit.deliveries import a_delivery
from tests.kit.houses import SetClock
from tests.kit.people import CHEAP
from tests.kit.redis_server import RedisServer

DAILY = Schedule(dt.timedelta(days=1), Retention(7))
Usage = namedtuple("Usage", "total used free")


def summary(condition: Condition) -> tuple[str, str, str]:
    return condition.status, condition.code, condition.effect


async def test_a_database_is_read_and_written_and_does_not_grow_by_it(runtime: Runtime) -> None:
    database = runtime.database
    for _ in range(2):  # the first makes the row, the second room for the change of it
        await DatabaseCheck(database).look()
    pages = await database.read(lambda tx: tx.one("pragma page_count"))
    committed = database.writer.batches_committed
    for _ in range(50):
        assert (await DatabaseCheck(database).look()).status == "ok"
    assert database.writer.batches_committed == committed + 50
    assert await database.read(lambda tx: tx.one("pragma page_count")) == pages


async def test_a_database_is_tried_with_a_write_as_large_as_a_booking(runtime: Runtime) -> None:
    log = Path(f"{runtime.settings.database_path}-wal")

    async def written(work: Awaitable[object]) -> int:
        await runtime.database.truncate_log()
        await work
        return log.stat().st_size

    await book(runtime, GUEST)
    booking = await written(book(runtime, GUEST, start=at("20:00")))
    assert booking <= await written(DatabaseCheck(runtime.database).look())


async def test_a_database_whose_log_is_gone_can_still_be_read(runtime: Runtime) -> None:
    Path(f"{runtime.settings.database_path}-wal").unlink()
    found = await DatabaseCheck(runtime.database).look()
    assert summary(found) == ("error", "database_log_gone", "effect_no_changes")


async def test_a_database_that_another_process_writes_to_is_degraded(runtime: Runtime) -> None:
    with closing(sqlite3.connect(runtime.settings.database_path)) as other:
        other.execute("begin immediate")
        found = await DatabaseCheck(runtime.database).look()
    assert summary(found) == ("degraded", "database_busy", "effect_changes_wait")
    assert (await DatabaseCheck(runtime.database).look()).status == "ok"


async def test_a_database_that_this_process_changes_for_long_blames_no_other(
    runtime: Runtime,
) -> None:
    begun, done = threading.Event(), threading.Event()

    def change_for_long(_tx: Transaction) -> None:
        begun.set()
        done.wait(10)

    change = asyncio.create_task(runtime.database.write_apart(change_for_long))
    await asyncio.to_thread(begun.wait, 10)
    found = await DatabaseCheck(runtime.database).look()
    done.set()
    await change
    assert summary(found) == ("degraded", "database_long_change", "effect_changes_wait")
    assert (await DatabaseCheck(runtime.database).look()).status == "ok"


async def test_a_database_on_a_slow_disk_blames_no_other_process(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sync_for_long(_units: int) -> None:
        await asyncio.sleep(PROOF_SECONDS + 0.2)

    with monkeypatch.context() as slowed:
        slowed.setattr(runtime.database.writer, "_sync", sync_for_long)
        found = await DatabaseCheck(runtime.database).look()
    assert summary(found) == ("degraded", "database_slow", "effect_changes_wait")


async def test_a_database_that_is_gone_or_could_not_be_opened_is_missed(runtime: Runtime) -> None:
    runtime.settings.database_path.unlink()
    found = await DatabaseCheck(runtime.database).look()
    assert summary(found) == ("error", "database_gone", "effect_nothing_works")
    error = StoreCorrupt("file_damaged", path="/x", finding="y")
    found = await UnopenedDatabaseCheck(error).look()
    assert summary(found) == ("error", "database_damaged", "effect_nothing_works")
    assert found.reason is error
    assert "/x" not in str(found.params)


@pytest.mark.parametrize(
    ("size", "free", "found", "wanted"),
    [
        (0, 1000, ("ok", "", ""), None),
        (0, 200, ("degraded", "disk_low", "effect_backups_at_risk"), 256),
        (0, 15, ("error", "disk_full", "effect_changes_at_risk"), 256),
        (500, 1000, ("degraded", "disk_low", "effect_backups_at_risk"), 1256),
    ],
)
async def test_a_disk_is_judged_by_what_is_free_for_a_backup_as_well(
    tmp_path: Path, monkeypatch: Any, size: int, free: int, found: Any, wanted: Any
) -> None:
    database = tmp_path / "large.db"
    if size:
        with database.open("wb") as file:
            file.truncate(size * MEGABYTE)
    usage = Usage(10_000 * MEGABYTE, 0, free * MEGABYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    told = await DiskCheck(database).look()
    assert summary(told) == found
    assert told.params.get("wanted") == wanted


@pytest.mark.parametrize(
    ("hours_old", "hours_up", "found"),
    [
        (1, 100, ("ok", "", "")),
        (24.2, 100, ("ok", "", "")),
        (24.3, 100, ("degraded", "backup_late", "effect_loss_at_risk")),
        (900, 0.1, ("ok", "", "")),
        (900, 0.3, ("degraded", "backup_late", "effect_loss_at_risk")),
        (None, 0.1, ("ok", "", "")),
        (None, 0.3, ("degraded", "backup_missing", "effect_loss_at_risk")),
    ],
)
async def test_backups_are_late_when_the_server_had_the_time_to_take_one(
    tmp_path: Path,
    clock: SetClock,
    hours_old: float | None,
    hours_up: float,
    found: tuple[str, str, str],
) -> None:
    if hours_old is not None:
        (tmp_path / name_for(clock() - dt.timedelta(hours=hours_old))).touch()
    backups = Backups(tmp_path / "x.db", tmp_path, clock, DAILY)
    check = BackupCheck(backups, clock, clock() - dt.timedelta(hours=hours_up))
    assert summary(await check.look()) == found


async def test_backups_that_fail_are_told_with_why(tmp_path: Path, clock: SetClock) -> None:
    backups = Backups(tmp_path / "x.db", tmp_path, clock, DAILY)
    backups.failure = error = StoreCorrupt("file_damaged", path="/x", finding="y")
    found = await BackupCheck(backups, clock, clock()).look()
    assert summary(found)[:2] == ("degraded", "backup_failed")
    assert found.reason is error


class TestMail:
    """Letters as they fared in the outbox; each is `(recipient, minutes ago, how it ended)`."""

    async def found(
        self, runtime: Runtime, clock: SetClock, letters: list[tuple[str, int, str]]
    ) -> Condition:
        now = clock()
        for number, (recipient, minutes, ended) in enumerate(letters):
            at = now - dt.timedelta(minutes=minutes)
            given_up = ended.startswith("dead ")
            status = "dead" if given_up else "sent" if ended == "sent" else "waiting"
            delivery = msgspec.structs.replace(
                a_delivery(recipient=recipient),
                id=f"d{number}",
                event_id=number,
                created_at=at,
                next_at=at,
                error=ended.removeprefix("dead ").removeprefix("sent"),
                status=status,
            )
            settled_at = None if status == "waiting" else to_us(at)
            await runtime.database.write(partial(notifications.add, delivery=delivery))
            await runtime.database.write(
                lambda tx, settled_at=settled_at, number=number: tx.execute(
                    "update outbox_delivery set settled_at = ? where id = ?",
                    (settled_at, f"d{number}"),
                )
            )
        return await MailCheck(runtime.outbox, clock, "mail").look()

    @pytest.mark.parametrize(
        ("letters", "code", "reason"),
        [
            ([], "", ""),
            ([("a", 1, "sent")], "", ""),
            ([("a", 1, "smtp_connection_refused")], "mail_failing", "cause_connection_refused"),
            ([("a", 1, "smtp_535")], "mail_failing", "letter_refused"),
            ([("a", 29, "smtp_451")], "", ""),
            ([("a", 31, "smtp_451")], "mail_failing", "letter_refused"),
            ([("a", 9, "dead no_way_out")], "mail_given_up", "letter_no_way_out"),
            ([("a", 9, "dead expired"), ("b", 8, "sent")], "", ""),
            ([("b", 9, "sent"), ("a", 8, "dead expired")], "mail_given_up", "letter_expired"),
            ([("a", 9, "dead smtp_550"), ("a", 8, "dead smtp_550")], "", ""),
            (
                [("a", 9, "dead smtp_550"), ("b", 8, "dead smtp_550")],
                "mail_given_up",
                "letter_refused",
            ),
            ([("a", 9, "dead account_gone")], "", ""),
            ([("a", 60 * 25, "dead expired")], "", ""),
        ],
    )
    async def test_mail_is_judged_by_the_letters_that_do_not_go_out(
        self,
        runtime: Runtime,
        clock: SetClock,
        letters: list[tuple[str, int, str]],
        code: str,
        reason: str,
    ) -> None:
        found = await self.found(runtime, clock, letters)
        assert found.code == code
        assert found.status == ("degraded" if code else "ok")
        assert (found.reason.code if found.reason else "") == reason


async def test_a_redis_that_is_not_wanted_is_not_missed() -> None:
    assert (await RedisCheck("").look()).status == "disabled"


async def test_redis_is_pinged_missed_and_found_again(own_redis: RedisServer) -> None:
    check = RedisCheck(own_redis.url)
    away = ("error", "redis_away", "effect_each_process_alone")
    assert (await check.look()).status == "ok"
    async with Redis.from_url(own_redis.url) as redis:
        await redis.replicaof("127.0.0.1", 1)
        found = await check.look()
        assert summary(found) == away
        assert "read only" in str(found.reason and found.reason.params)
        await redis.replicaof("NO", "ONE")
    assert (await check.look()).status == "ok"
    own_redis.kill()
    assert summary(await check.look()) == away
    own_redis.start()
    assert (await check.look()).status == "ok"


async def test_a_redis_that_hangs_is_not_waited_for(own_redis: RedisServer) -> None:
    own_redis.freeze()
    async with asyncio.timeout(1.4):
        found = await RedisCheck(own_redis.url).look()
    own_redis.thaw()
    assert found.code == "redis_away"
    assert found.reason is not None
    assert "1 s" in found.reason.params["reason"]
    found = await RedisCheck("redis://:s3cret@127.0.0.1:1/0").look()
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    ("url", "code"),
    [("redis://127.0.0.1:1", "redis_not_installed"), ("radish://x", "redis_url_unreadable")],
)
async def test_a_redis_that_cannot_even_be_asked_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, url: str, code: str
) -> None:
    if code == "redis_not_installed":
        monkeypatch.setitem(sys.modules, "redis.exceptions", None)
    assert (await RedisCheck(url).look()).code == code


async def test_keys_that_others_can_read_or_passwords_that_cannot_be_hashed_let_no_one_in(
    runtime: Runtime,
) -> None:
    assert (await AuthCheck(runtime.signing_keys, runtime.passwords).look()).status == "ok"
    without_threads = Passwords(CHEAP)
    without_threads.close()
    found = await AuthCheck(runtime.signing_keys, without_threads).look()
    assert summary(found) == ("error", "auth_cannot_hash", "effect_nobody_signs_in")
    assert found.reason is not None
    assert "Error" in found.reason.params["reason"]
    path = runtime.settings.signing_keys_path
    path.chmod(0o644)
    unread = type(runtime.signing_keys)(path, runtime.clock)
    found = await AuthCheck(unread, runtime.passwords).look()
    assert summary(found) == ("error", "auth_keys_unusable", "effect_nobody_signs_in")


async def test_a_first_hash_that_takes_long_is_slow_until_it_is_made(runtime: Runtime) -> None:
    gate = asyncio.Event()

    class Slow(Passwords):
        async def hash(self, password: str, *, client: str = "") -> str:
            await gate.wait()
            return await super().hash(password, client=client)

    check = AuthCheck(runtime.signing_keys, Slow(CHEAP), patience=0.01)
    assert summary(await check.look()) == ("degraded", "auth_hashes_slowly", "effect_slow_sign_in")
    gate.set()
    assert (await settled(check)).status == "ok"


async def test_a_first_hash_that_never_ends_means_that_signing_in_is_broken(
    runtime: Runtime,
) -> None:
    class Stuck(Passwords):
        async def hash(self, password: str, *, client: str = "") -> str:
            await asyncio.Event().wait()
            raise AssertionError

    check = AuthCheck(runtime.signing_keys, Stuck(CHEAP), may_take=0.01)
    assert summary(await check.look()) == ("error", "auth_cannot_hash", "effect_nobody_signs_in")


async def settled(check: AuthCheck) -> Condition:
    """What the check finds once its first hash is made, however busy this machine is."""
    while (found := await check.look()).status == "degraded":
        pass
    return found


async def test_what_is_not_wanted_is_not_missed(
    runtime: Runtime, tmp_path: Path, clock: SetClock
) -> None:
    backups = Backups(tmp_path / "x.db", tmp_path, clock, Schedule(None, Retention(7)))
    for check in (
        BackupCheck(backups, clock, clock()),
        MailCheck(runtime.outbox, clock, None),
        RedisCheck(""),
        LimiterCheck(runtime.limiter, enabled=False),
    ):
        assert (await check.look()).status == "disabled"
    runtime.limiter.take("somebody", 1)
    counting = await LimiterCheck(runtime.limiter, enabled=True).look()
    assert (counting.status, counting.figures["clients"], counting.figures["allowed"]) == (
        "ok", 1, 1
    )  # fmt: skip
    (tmp_path / name_for(clock() - dt.timedelta(days=900))).touch()
    assert (await BackupCheck(backups, clock, clock()).look()).status == "ok"


@pytest.mark.parametrize("service", ["osrm", "gomap"])
@pytest.mark.parametrize("what", ["silent", "unreachable", "failing", "no_roads", "left_alone"])
def test_every_code_about_a_map_service_has_words(service: str, what: str) -> None:
    assert f"{service}_{what}" in locale.codes()
    assert f"effect_without_{service}" in locale.codes()


def test_every_code_a_check_finds_has_words() -> None:
    sources = "".join(path.read_text() for path in Path(health.__path__[0]).glob("*.py"))
    codes = set(
        re.findall(
            r'"((?:effect|disk|backup|database|auth|check|redis|limiter|mail)_[a-z_]+)"', sources
        )
    )
    assert len(codes) > 15
    assert codes <= locale.codes()
