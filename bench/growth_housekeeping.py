"""How long housekeeping keeps the event loop from guests, by how much there is to delete.

Run with `python -m bench.growth_housekeeping`. The event loop of a server sweeps a database whose
events, audit rows and deliveries are all out of date; a guest would wait for as long as the loop's
longest turn.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import uvloop

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.notifications import Delivery, Notice
from bakureserve.runtime import open_runtime, prepare_store
from bakureserve.settings import Settings
from bakureserve.store import audit, notifications
from bakureserve.store.codec import new_id
from bakureserve.store.database import write_alone
from bakureserve.store.transaction import Transaction
from bench.figures import ROUNDS, Curve, Figure, Found, main, sized

OUT_OF_DATE = sized(smoke=[100, 200], short=[2_000, 20_000], long=[2_000, 20_000, 200_000])
"""How many of each kind are deleted; the goal is for the last but one at most."""
OPERATOR = cli_actor("bench")
NOW = dt.datetime.now(dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=3650)


def a_delivery(number: int, at: dt.datetime) -> Delivery:
    """A webhook that was sent then."""
    notice = Notice(
        kind="reservation.booked",
        event_id=number,
        at=at,
        reservation_id=f"r{number}",
        sequence=1,
        status="booked",
        party_size=2,
        start=at,
        end=at + dt.timedelta(hours=2),
        table_id="t1",
        guest_name="Leyla Bench",
        guest_phone="+994505550100",
        restaurant_id="bench",
        restaurant_name="Bench",
        timezone="Asia/Baku",
        address="Neftçilər pr. 1",
        phone="+994121111111",
    )
    return Delivery(
        id=new_id(at),
        event_id=number,
        kind=notice.kind,
        restaurant_id="bench",
        reservation_id=notice.reservation_id,
        party="restaurant",
        channel="webhook",
        recipient="bench",
        status="sent",
        attempts=1,
        next_at=at,
        expires_at=at,
        error="",
        created_at=at,
        settled_at=at,
        notice=notice,
    )


def fill(folder: Path, number: int, *, recent: bool = False) -> Settings:
    """A database with so many events, audit rows and deliveries, all out of date or none."""
    settings, at = Settings(data_dir=folder, seed=False), NOW if recent else LONG_AGO
    prepare_store(settings)

    def unit(transaction: Transaction) -> None:
        for each in range(1, number + 1):
            audit.record(
                transaction, actor=OPERATOR, now=at, action="reservation.booked", noun_id="r"
            )
            notifications.add(transaction, a_delivery(each, at))
        row = transaction.one("select max(id) from event")
        notifications.move_on(transaction, row[0] if row else 0)

    write_alone(settings.database_path, unit, busy_timeout=5)
    return settings


async def longest_turn(settings: Settings) -> float:
    """Milliseconds of processor time that the event loop spent on one turn, at worst.

    Commits, which wait for the disk, are in another thread.
    """
    async with open_runtime(settings) as runtime:
        sweeping = asyncio.create_task(runtime.housekeeping.sweep())
        worst, before = 0.0, time.thread_time()
        while not sweeping.done():
            await asyncio.sleep(0)
            now = time.thread_time()
            worst, before = max(worst, now - before), now
        await sweeping
        left = await runtime.database.read(lambda tx: tx.one("select count(*) from event"))
        if left is None or left[0] > 1:
            raise SystemExit(f"the sweep left {left}")
    return worst * 1e3


def turns(number: int) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            settings = fill(Path(folder), number)
            found.append(uvloop.run(longest_turn(settings)))
    return found


def measure() -> Iterator[Found]:
    by_number = {number: turns(number) for number in OUT_OF_DATE}
    most = OUT_OF_DATE[1]
    yield Figure(
        what=f"the longest turn of the event loop while {most:,} events, audit rows and deliveries"
        " each are deleted",
        unit="ms",
        ours=by_number[most],
        goal="< 5 ms",
    )
    yield Curve(
        what="Housekeeping by what there is to delete",
        x="rows of each kind",
        y="ms, the longest turn",
        lines={"ours": [(number, min(found)) for number, found in by_number.items()]},
    )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main("growth_housekeeping", measure)
