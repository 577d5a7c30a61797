"""How long importing an old server's files takes, and how much memory.

Run with `python -m bench.import_json`. Writes files of the old form to a temporary folder: 50
restaurants of 12 tables, a third of the times naive, a third UTC, a third with an offset, one
booking in twenty at a table that another holds, one in fifty without a table. Each import runs in
its own process, to measure its peak memory.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import Curve, Figure, Found, main, sized

RESTAURANTS, TABLES = 50, 12
SITTINGS_A_DAY = 6
FIRST_DAY = dt.datetime.fromisoformat("2026-01-01T10:00")
BAKU = dt.timedelta(hours=4)
COUNTS = sized(smoke=[100, 200], short=[1000, 20_000], long=[1000, 10_000, 100_000])


def restaurants() -> list[dict[str, Any]]:
    return [
        {
            "id": f"00000000-0000-4000-8000-{restaurant:012}",
            "slug": f"venue-{restaurant}",
            "name": f"Venue {restaurant}",
            "timezone": "Asia/Baku",
            "areas": [
                {
                    "id": "hall",
                    "name": "Hall",
                    "tables": [
                        {"id": f"t{table}", "name": f"T{table}", "capacity": 2 + table % 3 * 2}
                        for table in range(TABLES)
                    ],
                }
            ],
        }
        for restaurant in range(RESTAURANTS)
    ]


def reservations(count: int) -> Iterator[dict[str, Any]]:
    dice = random.Random(20260101)
    for number in range(count):
        place, sitting = divmod(number, TABLES * RESTAURANTS)
        table, restaurant = divmod(sitting, RESTAURANTS)
        if dice.random() < 0.05:
            table = (table + 1) % TABLES
        day, turn = divmod(place, SITTINGS_A_DAY)
        start = FIRST_DAY + dt.timedelta(days=day, minutes=turn * 120)
        signal = FIRST_DAY.isoformat() if number % 4 == 0 else None
        yield {
            "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "restaurant_id": f"00000000-0000-4000-8000-{restaurant:012}",
            "table_id": None if number % 50 == 0 else f"t{table}",
            "party_size": 2,
            "start": written(start, number % 3),
            "end": written(start + dt.timedelta(minutes=90), number % 3),
            "guest_name": f"Guest {number}",
            "guest_phone": "+994 12 000 00 00",
            "status": "cancelled" if number % 10 == 9 else "booked",
            "arrival_intent": {
                "status": "requested" if signal else "idle",
                "lead_minutes": 20 if signal else None,
                "prep_scope": "starters" if signal else None,
                "eta_source": "user" if signal else None,
                "last_signal": signal,
                "share_location": bool(signal),
                "notes": None,
                "auto_charge": False,
                "predicted_eta_minutes": None,
                "predicted_eta_seconds": None,
                "typical_eta_minutes": None,
                "confirmed_eta_minutes": None,
                "current_location": None,
                "last_location": None,
                "route_distance_km": None,
                "route_summary": None,
                "traffic_condition": None,
                "traffic_source": None,
                "traffic_updated_at": None,
            },
            "owner_id": "local-dev-user",
            "prep_eta_minutes": None,
            "prep_request_time": None,
            "prep_items": None,
            "prep_scope": None,
            "prep_status": None,
            "prep_policy": None,
        }


def written(local: dt.datetime, form: int) -> str:
    if form == 0:
        return local.isoformat()
    if form == 1:
        return (local - BAKU).isoformat() + "+00:00"
    return local.isoformat() + "+04:00"


def write_files(folder: Path, count: int) -> None:
    (folder / "restaurants.json").write_text(json.dumps(restaurants()))
    with (folder / "reservations.json").open("w") as out:
        out.write('{"reservations": [')
        for number, row in enumerate(reservations(count)):
            out.write(("," if number else "") + json.dumps(row, indent=2))
        out.write("]}")


def import_here(folder: Path) -> None:
    """One import in this process, and its figures as a line of JSON."""
    from bakureserve.domain.accounts.actor import cli_actor
    from bakureserve.store.legacy.files import find_old_files
    from bakureserve.store.legacy.run import Order, import_files

    before = resident()
    started = time.perf_counter()
    order = Order(
        files=find_old_files(folder), actor=cli_actor("bench"), now=dt.datetime.now(dt.UTC)
    )
    report = import_files(folder / "store.db", order, busy_timeout=5, advance=lambda _: None)
    figures = {
        "result": report.result,
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": round(resident() / 1e6),
        "grown_mb": round((resident() - before) / 1e6),
        **report.files["reservations.json"].counts(),
    }
    print(json.dumps(figures))


def resident() -> int:
    """The most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def import_apart(count: int) -> dict[str, Any]:
    """The figures of an import in a process of its own, whose peak is the import's alone."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        write_files(Path(name), count)
        ran = subprocess.run(
            [sys.executable, "-m", "bench.import_json", "--in", name],
            check=True,
            stdout=subprocess.PIPE,
        )
    figures: dict[str, Any] = json.loads(ran.stdout)
    return figures


def measure() -> Iterator[Found]:
    imports = {count: import_apart(count) for count in COUNTS}
    most, largest = COUNTS[-1], imports[COUNTS[-1]]
    yield Figure(
        what=f"import of {most:,} reservations from JSON",
        unit="s",
        ours=[largest["seconds"]],
        goal="< 30 s",
    )
    yield Figure(
        what="memory at most",
        unit="MB",
        ours=[largest["peak_mb"]],
        beside=f"of {COUNTS[0]:,}",
        theirs=[imports[COUNTS[0]]["peak_mb"]],
    )
    yield Curve(
        what="An import by its reservations",
        x="reservations in the file",
        y="s",
        lines={"ours": [(count, each["seconds"]) for count, each in imports.items()]},
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in"]:
        import_here(Path(sys.argv[2]))
    else:
        main("import_json", measure)
