"""Commands where the machine is against them: what they cannot have, they name, and what to do."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.settings import Settings
from tests.faults.folders import BOUND_BY_MODES, DATABASE, fill_with_bytes, small_disk
from tests.faults.register import each_fault
from tests.kit.houses import SAHIL, furnish
from tests.kit.old_server import a_restaurant, a_row, a_user, write
from tests.kit.processes import PROGRAM
from tests.kit.program import ended_on_a_terminal, environment

BACKUP, OLD_FILES = "{folder}/kept.db", "{folder}/old"
COMMANDS = {
    "outbox test": ("outbox", "test", "guest@example.az"),
    "doctor": ("doctor",),
    "backup": ("backup",),
    "restore": ("restore", BACKUP, "--yes"),
    "check": ("check",),
    "migrate status": ("migrate", "status"),
    "migrate up": ("migrate", "up"),
    "migrate-json": ("migrate-json", OLD_FILES),
    "serve": ("serve", "--port", "0"),
}
WELL = dict.fromkeys(COMMANDS, Status.OK) | {
    "outbox test": Status.CONFLICT,  # no mail server is named
    "doctor": Status.FINDING,  # no router is, either
}
SAYS_WHAT_TO_DO = re.compile(r"(?i)\b(run|see|set|check|name|free|choose|mend|try)\b")


@dataclass
class Box:
    """A data folder, and how commands are run on it."""

    folder: Path
    under: tuple[str, ...] = ()
    environ: dict[str, str] = field(default_factory=dict)
    before: Callable[[], Any] | None = None
    without: frozenset[str] = frozenset()
    width: int = 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished data folder; beside it a backup, and the files of an old server."""
    beside = tmp_path_factory.mktemp("beside")
    furnish(Settings(data_dir=beside / "data", seed=False), SAHIL)
    shutil.copy(beside / "data" / DATABASE, beside / "kept.db")
    write(beside / "old", [a_row()], restaurants=[a_restaurant()], users={"u1": a_user()})
    return beside


@contextmanager
def folder_closed(data: Path) -> Iterator[Box]:
    data.chmod(0)
    yield Box(data, under=BOUND_BY_MODES)
    data.chmod(0o700)


@contextmanager
def folder_a_file(data: Path) -> Iterator[Box]:
    shutil.rmtree(data)
    data.write_text("no folder")
    yield Box(data)


@contextmanager
def folder_missing(data: Path) -> Iterator[Box]:
    shutil.rmtree(data)
    yield Box(data)


@contextmanager
def disk_full(data: Path) -> Iterator[Box]:
    with small_disk(data.parent, "size=8m") as disk:
        shutil.copytree(data, disk / "data")
        fill_with_bytes(disk)
        yield Box(disk / "data")


def just(**how: Any) -> Callable[[Path], AbstractContextManager[Box]]:
    """Commands run in this way on the folder as it is."""
    return lambda data: nullcontext(Box(data, **how))


FILES_LIMITED = just(before=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (4096, 4096)))
STDOUT_FULL = just(before=lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), 1))
ASCII_ALONE = just(environ={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})


def no_home(data: Path) -> AbstractContextManager[Box]:
    if os.getuid():
        pytest.skip("only root can run as an account that is none")
    under = ("setpriv", "--reuid=54321", "--clear-groups")
    return nullcontext(Box(data, under=under, without=frozenset({"HOME", "DATA_DIR"})))


REFUSED = dict.fromkeys(COMMANDS, Status.REFUSED)
NO_ROOM = dict.fromkeys(COMMANDS, Status.FULL) | {"outbox test": WELL["outbox test"]}
CASES: dict[str, tuple[Any, dict[str, Status]]] = {
    "folder-closed": (folder_closed, dict.fromkeys(COMMANDS, Status.READ_ONLY)),
    "folder-a-file": (folder_a_file, REFUSED),
    "folder-missing": (
        folder_missing,
        WELL
        | dict.fromkeys(("backup", "check"), Status.SCHEMA)
        | {"migrate status": Status.FINDING},
    ),
    "disk-full": (disk_full, NO_ROOM | {"doctor": Status.FINDING}),
    "files-limited": (FILES_LIMITED, NO_ROOM | {"doctor": Status.FINDING}),
    "stdout-closed": (just(before=partial(os.close, 1)), WELL),
    "stdout-full": (
        STDOUT_FULL,
        WELL
        | dict.fromkeys(
            ("doctor", "backup", "restore", "migrate status", "migrate-json"), Status.FULL
        ),
    ),
    "ascii-alone": (ASCII_ALONE, WELL),
    "narrow-terminal": (just(width=40), WELL),
    "no-home": (no_home, REFUSED),
}


@each_fault("command", CASES)
def test_a_command_ends_as_it_should_and_says_what_to_do(
    case: str, made: Path, tmp_path: Path
) -> None:
    against, expected = CASES[case]
    for name, words in COMMANDS.items():
        beside = tmp_path / name
        data = beside / "data"
        shutil.copytree(made / "data", data)
        with against(data) as box:
            status, said = run(box, [word.replace("{folder}", str(made)) for word in words], beside)
        assert (name, status, said) == (name, expected[name], said)
        assert "Traceback" not in said
        assert "Exception ignored" not in said
        if status in {*Status} - {Status.OK, Status.FINDING} and case != "stdout-closed":
            assert SAYS_WHAT_TO_DO.search(said), (name, said)


def run(box: Box, words: list[str], beside: Path) -> tuple[int, str]:
    """How a command ended and all that it said; a server is asked to stop once it listens."""
    environ = environment(DATA_DIR=str(box.folder), SEED="off", DEV="on") | box.environ
    environ = {name: value for name, value in environ.items() if name not in box.without}
    if box.width and words[0] != "serve":
        return ended_on_a_terminal(*words, cwd=box.folder, **environ | {"COLUMNS": str(box.width)})
    log = beside / "said"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*box.under, *PROGRAM, *words],
            cwd="/",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            preexec_fn=box.before,  # noqa: PLW1509 - one system call, no lock
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if b"listens on" in log.read_bytes():
                process.terminate()
                process.wait(30)
            time.sleep(0.02)
        process.kill()
    return process.wait(), log.read_text(errors="replace")
