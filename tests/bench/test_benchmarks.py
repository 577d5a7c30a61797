"""The benchmarks work: they run in their smallest form, and no figure of that is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench import wrk
from bench.figures import Results
from bench.harness import bare_server

QUICK = ("reading", "booking", "tokens", "caches", "import_json")
"""The others take long, or need programs that not every machine has."""

WITH_AND_WITHOUT = [None, wrk.PROGRAM] if wrk.PROGRAM else [None]


@pytest.mark.parametrize("bench", QUICK)
def test_a_benchmark_finds_something(bench: str, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", f"bench.{bench}", "--out", str(tmp_path)],
        check=True,
        env=os.environ | {"BENCH": "smoke"},
    )
    found = msgspec.json.decode((tmp_path / f"{bench}.json").read_bytes(), type=Results)
    assert found.figures


@pytest.fixture(params=WITH_AND_WITHOUT, ids=lambda program: "wrk" if program else "our own")
def load_program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrk, "PROGRAM", request.param)


@pytest.mark.usefixtures("load_program")
def test_reads_are_counted_and_timed(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"{}")
    with bare_server(tmp_path / "log", "bytes", str(tmp_path / "body")) as (port, _):
        answers = wrk.read(port, "/", seconds=1)
    assert answers.count > 100
    assert 0 < answers.p50 <= answers.p99 < 1000


@pytest.mark.usefixtures("load_program")
def test_a_refused_read_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"{}")
    bare = bare_server(tmp_path / "log", "bytes", str(tmp_path / "body"))
    with bare as (port, _), pytest.raises(SystemExit, match="not always answered"):
        wrk.post_each(port, "/", [b"{}"] * 200_000, seconds=1)
