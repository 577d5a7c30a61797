"""How many faults put into the code the tests notice: a random sample of mutants.

Run with `python -m bench.mutations --sample 200 --seed 1`; `--checkout` measures another checkout
by the same rules. It needs `coverage`, which the project does not install, and an hour or two.
Results are stored in the folder `--keep`, from which an interrupted run continues:
`tests-*.json` (how long each test takes), `tests-*.coverage` (the lines that each test runs) and
`mutants-SEED.json` (each mutant, the tests it faced, and the verdict).

1. Run the suite once and record the lines that each test runs, leaving out folders and modules
   whose tests start servers of their own: coverage does not follow them there.
2. Draw a sample of all sites where an operator, number, condition, result or statement can be
   changed. Text, annotations, logging, assertions, migrations and options without effect on
   behaviour (`frozen=True`, `maxsize=…`) are no sites.
3. Run each mutant's tests, at most 60: those that run its line, starting with the one that runs the
   fewest lines in all. Code that runs at import is tested by those that run the functions which use
   the name it defines. A failure or a hang kills the mutant.
4. Run the tests that killed over the unchanged code, and judge again where one fails there too.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import importlib
import json
import multiprocessing
import os
import py_compile
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import pytest

from bench.lines_by_test import CACHED, OPTIONS, record
from bench.mutation_sites import PACKAGES, Mutant, defined, draw

MOST_TESTS = 60
LONGEST_TEST_SECONDS = 8.0
ALL_TESTS_SECONDS = 25.0
HANG_SECONDS = 20
MUTANT_SECONDS = 60
_FORK = multiprocessing.get_context("fork")
PRELOADED = (
    "aiohttp.test_utils", "aiohttp_client_cache", "aiosmtplib", "apispec", "argon2", "cryptography",
    "icalendar", "joserfc.jwt", "jsonschema", "msgspec", "peewee_migrate", "phonenumbers",
    "playhouse.migrate", "prometheus_client", "psutil", "rapidfuzz", "rich.console", "sqlite3",
    "structlog", "typer", "uvloop", "yaml",
)  # fmt: skip
"""Modules that each test run would otherwise import anew."""


class Covered:
    """The lines that each test runs, as far as they matter to the mutants."""

    def __init__(self, copied: Path, keep: Path, mutants: list[Mutant]) -> None:
        from coverage import CoverageData

        self._seconds: dict[str, float] = {}
        for path in sorted(keep.glob("tests-*.json")):
            for test, told in json.loads(path.read_text()).items():
                if told["outcome"] == "passed" and told["seconds"] <= LONGEST_TEST_SECONDS:
                    self._seconds[test] = told["seconds"]
        self._uses = _Uses(copied)
        wanted = {mutant.path for mutant in mutants}
        wanted |= {path for mutant in mutants for path, _ in self._lines(mutant)}
        self._size: Counter[str] = Counter()
        self._tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        for path in sorted(keep.glob("tests-*.coverage")):
            data = CoverageData(str(path))
            data.read()
            for file in data.measured_files():
                module = "bakureserve/" + file.rpartition("/bakureserve/")[2]
                for line, tests in data.contexts_by_lineno(file).items():
                    self._size.update(tests)
                    if module in wanted:
                        self._tests[module, line].update(tests)

    def tests(self, mutant: Mutant) -> list[str]:
        """The mutant's tests, at most so many and so long, those with the fewest lines first."""
        tests = self._running(self._lines(mutant))
        if not tests and not mutant.at_import:
            tests = self._running({(mutant.path, line) for line in mutant.statement_lines})
        chosen: list[str] = []
        seconds = 0.0
        for test in sorted(tests & self._seconds.keys(), key=self._rank):
            if len(chosen) < MOST_TESTS and seconds + self._seconds[test] <= ALL_TESTS_SECONDS:
                chosen.append(test)
                seconds += self._seconds[test]
        return chosen

    def _running(self, places: set[tuple[str, int]]) -> set[str]:
        return {test for place in places for test in self._tests.get(place, ())}

    def _rank(self, test: str) -> tuple[int, float, str]:
        return self._size[test], self._seconds[test], test

    def _lines(self, mutant: Mutant) -> set[tuple[str, int]]:
        if mutant.at_import:
            return self._uses.of(mutant.related, mutant.path)
        return {(mutant.path, line) for line in mutant.lines}


class _Uses:
    """Where functions use names that are defined at import."""

    def __init__(self, copied: Path) -> None:
        self._lines: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self._feeds: dict[str, set[str]] = defaultdict(set)
        for path in sorted((copied / "bakureserve").rglob("*.py")):
            module = path.relative_to(copied).as_posix()
            tree = ast.parse(path.read_text())
            self._read(tree, module, inside=False)

    def of(self, names: set[str], path: str) -> set[tuple[str, int]]:
        """Lines in functions that use the names, or names that are made from them at import."""
        known, new = set(names), set(names)
        for _ in range(3):
            found = {line for name in known for line in self._lines.get(name, ())}
            if found:
                own = {line for line in found if line[0] == path}
                return own or found
            new = {made for name in new for made in self._feeds.get(name, ())} - known
            known |= new
        return {line for lines in self._lines.values() for line in lines if line[0] == path}

    def _read(self, node: ast.AST, module: str, *, inside: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                for statement in child.body:
                    self._lines[child.name].add((module, statement.lineno))
                self._read(child, module, inside=True)
                continue
            if not inside and isinstance(child, ast.stmt):
                for name in _mentioned(child):
                    self._feeds[name] |= defined(child)
            if inside and isinstance(child, ast.Name | ast.Attribute):
                self._lines[_name(child)].add((module, child.lineno))
            self._read(child, module, inside=inside)


def _mentioned(node: ast.AST) -> set[str]:
    return {_name(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def judge(copied: Path, mutant: Mutant, tests: list[str]) -> None:
    """Run tests over a mutant, and leave the copy as it was."""
    path = copied / mutant.path
    original = path.read_text()
    began = time.monotonic()
    path.write_text(mutant.source)
    try:
        status, out = run(copied, ["-x", *tests], MUTANT_SECONDS)
    finally:
        path.write_text(original)
    mutant.tests += tests
    mutant.seconds += round(time.monotonic() - began, 1)
    mutant.verdict = "survived" if status == 0 else "hung" if status is None else "killed"
    mutant.killer = _failed(out)[0] if _failed(out) else out[-200:] if status else ""


def run(copied: Path, arguments: list[str], seconds: float) -> tuple[int | None, str]:
    """The exit status of pytest, None if it had to be ended, and what it printed.

    It runs in a fork that has already imported what the tests and the program need.
    """
    with tempfile.TemporaryFile("w+") as out:
        process = _FORK.Process(target=_tested, args=(copied, arguments, out.fileno()))
        process.start()
        process.join(seconds)
        hangs = process.is_alive()
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)  # and all processes that its tests started
        process.join()
        out.seek(0)
        return None if hangs else process.exitcode, out.read()


def _tested(copied: Path, arguments: list[str], out: int) -> None:
    os.setsid()
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.chdir(copied)
    for name in [name for name in sys.modules if name.partition(".")[0] == "bench"]:
        del sys.modules[name]
    sys.path.insert(0, str(copied))
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ["PYTHONPYCACHEPREFIX"] = str(sys.pycache_prefix)
    os._exit(
        pytest.main([*OPTIONS, "-p", "no:schemathesis", f"--timeout={HANG_SECONDS}", *arguments])
    )


def _failed(out: str) -> list[str]:
    """The tests that pytest reports as failed."""
    found = re.findall(r"^(?:FAILED|ERROR) (\S.*)$", out, re.MULTILINE)
    return [line.partition(" - ")[0] for line in found]


def without_false_kills(copied: Path, mutants: list[Mutant]) -> None:
    """Judge again the mutants that were killed by tests that fail on the unchanged code too."""
    killers = {mutant.killer for mutant in mutants if mutant.killer in mutant.tests}
    _, out = run(copied, sorted(killers), seconds=1800)
    for mutant in mutants:
        if mutant.killer in _failed(out):
            tests = [test for test in mutant.tests if test not in _failed(out)]
            mutant.tests = []
            judge(copied, mutant, tests)


def report(mutants: list[Mutant]) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in mutants:
        for package in (mutant.package, "all"):
            counts[package][mutant.verdict] += 1
    print(f"\n{'':10}{'mutants':>9}{'killed':>9}{'survived':>10}{'uncovered':>11}")
    for package in (*PACKAGES, "all"):
        of = counts[package]
        killed = of["killed"] + of["hung"]
        row = f"{of.total():9}{killed:9}{of['survived']:10}{of['uncovered']:11}"
        print(f"{package:10}{row}{killed / max(of.total(), 1):8.0%}")
    for mutant in mutants:
        if mutant.verdict in {"survived", "uncovered"}:
            place = f"{mutant.path}:{mutant.line} {mutant.function}"
            print(f"\n{mutant.verdict} {place}\n  {mutant.before}\n  {mutant.after}")


def measure(checkout: Path, keep: Path, sample: int, seed: int) -> list[Mutant]:
    """Judge a sample of mutants, going on from what `keep` holds."""
    copied = keep / "copy"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(checkout, copied, ignore=shutil.ignore_patterns(".*_cache", ".venv"))
    record(copied, keep)
    _prepare_fork(copied)
    mutants = draw(copied, sample, seed)
    covered = Covered(copied, keep, mutants)
    results = keep / f"mutants-{seed}.json"
    if results.exists():
        for mutant, told in zip(mutants, json.loads(results.read_text()), strict=True):
            mutant.__dict__.update(told)
    for mutant in mutants:
        if mutant.verdict not in {"killed", "hung"}:
            tests = [test for test in covered.tests(mutant) if test not in mutant.tests]
            if tests:
                judge(copied, mutant, tests)
            mutant.verdict = mutant.verdict or "uncovered"
            print(f"{mutant.number:4} {mutant.verdict:10}{mutant.path}:{mutant.line}", flush=True)
            _write(results, mutants)
    without_false_kills(copied, mutants)
    _write(results, mutants)
    return mutants


def _prepare_fork(copied: Path) -> None:
    """Import and compile beforehand what every run needs.

    Bytecode is checked by the source's hash: by time and size a mutant could pass for the original.
    """
    sys.pycache_prefix = str(copied.parent / CACHED)
    for name in PRELOADED:
        importlib.import_module(name)
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(copied / "bakureserve", force=True, quiet=1, invalidation_mode=mode)


def _write(results: Path, mutants: list[Mutant]) -> None:
    rows = [mutant.as_row() for mutant in mutants]
    results.write_text(json.dumps(rows, indent=1, ensure_ascii=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkout", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument(
        "--keep", type=Path, help="a folder for results, from which a later run continues"
    )
    options = parser.parse_args()
    keep = (options.keep or Path(tempfile.mkdtemp(prefix="mutations-"))).resolve()
    keep.mkdir(parents=True, exist_ok=True)
    print(f"kept in {keep}", flush=True)
    report(measure(options.checkout.resolve(), keep, options.sample, options.seed))


if __name__ == "__main__":
    main()
