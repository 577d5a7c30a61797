"""Which lines of the program each test runs, and how long it takes.

`record` runs the suite with this module as a pytest plugin. The plugin imports nothing else of
bench: the measured checkout may be older and lack it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SKIPPED_TESTS = ("deployment", "faults", "docs", "cli/demo", "sandbox")
STARTS_SERVERS = "from tests.kit.processes import"
OPTIONS = ("-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0")
CACHED = "bytecode"
"""A folder beside the copy; without it every run of pytest would rewrite the tests' assertions."""
RECORD = "LINES_BY_TEST"
"""The environment variable that makes the plugin record, and names its files without suffix."""

_recording: dict[str, Any] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if RECORD not in os.environ:
        return
    from coverage import Coverage

    out = Path(os.environ[RECORD])
    coverage = Coverage(
        data_file=str(out.with_suffix(".coverage")),
        source=[str(Path.cwd() / "bakureserve")],
        config_file=False,
    )
    coverage.start()
    _recording.update(coverage=coverage, out=out, tests={})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if not _recording:
        return (yield)
    _recording["coverage"].switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        _recording["coverage"].switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if _recording:
        test = _recording["tests"].setdefault(report.nodeid, {"seconds": 0.0, "outcome": "passed"})
        test["seconds"] += report.duration
        if test["outcome"] == "passed":
            test["outcome"] = report.outcome


def pytest_unconfigure() -> None:
    if _recording:
        _recording["coverage"].stop()
        _recording["coverage"].save()
        _recording["out"].with_suffix(".json").write_text(json.dumps(_recording["tests"]))


def record(copied: Path, keep: Path) -> None:
    """Run the suite once, a folder of tests at a time, and keep what it covers."""
    out = [f"--ignore=tests/{folder}" for folder in SKIPPED_TESTS]
    for path in sorted((copied / "tests").rglob("test_*.py")):
        if STARTS_SERVERS in path.read_text():
            out += [f"--ignore={path.relative_to(copied)}"]
    parts: dict[str, list[str]] = defaultdict(list)
    for path in sorted((copied / "tests").iterdir()):
        if path.is_dir() and path.name not in {*SKIPPED_TESTS, "__pycache__"}:
            parts[path.name].append(f"tests/{path.name}")
        elif path.name.startswith("test_"):
            parts["top"].append(f"tests/{path.name}")
    for name, paths in parts.items():
        if not (keep / f"tests-{name}.json").exists():
            _recorded(copied, keep / f"tests-{name}", [*out, *paths])
            print(f"covered by tests/{name}", flush=True)


def _recorded(copied: Path, out: Path, arguments: list[str]) -> None:
    path = os.pathsep.join([str(copied), str(Path(__file__).resolve().parent)])
    environment = {
        "PYTHONPATH": path,
        "PYTHONPYCACHEPREFIX": str(copied.parent / CACHED),
        "PYTHONDONTWRITEBYTECODE": "",
        RECORD: str(out),
    }
    subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, "-p", Path(__file__).stem, *arguments],
        cwd=copied,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
