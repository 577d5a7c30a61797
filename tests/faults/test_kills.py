"""`kill -9` at every step of what changes files: the next run finds what was there, and goes on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bakureserve.settings import Settings
from bakureserve.store import migrator
from tests.faults.box import booked_in, box_on
from tests.faults.fatal import Death, Ended, Plan
from tests.faults.register import fault
from tests.kit.houses import SAHIL, furnish
from tests.kit.old_server import a_restaurant, a_row, a_user, write
from tests.kit.processes import command
from tests.kit.program import environment

pytestmark = pytest.mark.timeout(1800)

LISTED = ["reservations", "list", "--json"]


def deaths(tmp_path: Path, template: Path, *words: str, then: list[list[str]]) -> list[Death]:
    """What came of killing the command at each of its steps."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    plan = Plan(str(template), str(scratch), list(words), then)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fatal"],
        input=msgspec.json.encode(plan),
        env=environment(SEED="off", DEV="on", PORT="0"),
        capture_output=True,
        check=False,
        start_new_session=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr.decode()
    found = [msgspec.json.decode(line, type=Death) for line in done.stdout.splitlines()]
    assert len(found) > 5, "it was hardly ever killed"
    return found


def names_in(listed: Ended) -> list[str]:
    assert listed.status == 0, listed.err
    return sorted(each["guest_name"] for each in json.loads(listed.out))


def require_all_well(death: Death) -> None:
    for ended in death.afterwards:
        assert ended.status == 0, (death.step, death.left, ended)


@fault("kill-in-first-boot", long=True)
def test_a_first_start_killed_anywhere_is_made_up_for_by_the_next(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for death in deaths(tmp_path, empty, "serve", then=[["serve"], ["check"]]):
        require_all_well(death)


@fault("kill-in-boot-after-upgrade", long=True)
def test_a_start_killed_in_a_migration_keeps_every_booking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_release, template = tmp_path / "old release", tmp_path / "old"
    shutil.copytree(migrator.MIGRATIONS, old_release)
    max(old_release.glob("0*.py")).unlink()
    with monkeypatch.context() as before:
        before.setattr(migrator, "MIGRATIONS", old_release)
        furnish(Settings(data_dir=template, seed=False), SAHIL)
    for death in deaths(
        tmp_path, template, "serve", then=[["serve"], ["check"], ["restaurants", "list", "--json"]]
    ):
        require_all_well(death)
        assert [each["slug"] for each in json.loads(death.afterwards[2].out)] == [SAHIL.slug]


@fault("kill-in-import", long=True)
def test_an_import_killed_anywhere_is_whole_or_not_there_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    template = tmp_path / "template"
    template.mkdir()
    write(template / "old", [a_row()], restaurants=[a_restaurant()], users={"u1": a_user()})
    done = ["migrate-json", "{}/old"]
    for death in deaths(tmp_path, template, *done, then=[done, ["check"], LISTED]):
        require_all_well(death)
        assert names_in(death.afterwards[2]) == ["Aysel"], death.step


@fault("kill-in-backup", long=True)
def test_a_backup_killed_anywhere_leaves_no_half_one(tmp_path: Path, booked: Path) -> None:
    then = [["backup", "list", "--json"], LISTED, ["backup"], ["check"]]
    for death in deaths(tmp_path, booked, "backup", then=then):
        require_all_well(death)
        kept = json.loads(death.afterwards[0].out)
        assert len(kept) in {1, 2}, death.step  # the one of before, and perhaps the new one
        assert len({each["bytes"] for each in kept}) == 1, death.step
        assert names_in(death.afterwards[1]) == ["Aysel"]


@fault("kill-in-restore", long=True)
def test_a_restore_killed_anywhere_leaves_the_old_database_or_the_new_one(
    tmp_path: Path, booked: Path
) -> None:
    kept = booked / "kept.db"
    assert command("backup", str(kept), data_dir=booked).returncode == 0
    with box_on(booked) as box:
        box.days = iter([20])
        assert box.books("Rauf") == 201
        assert box.server.stop() == 0
    restoring = ["restore", "{}/kept.db", "--yes"]
    then = [LISTED, ["check"], restoring, LISTED, ["check"]]
    found = deaths(tmp_path, booked, *restoring, then=then)
    for death in found:
        require_all_well(death)
        assert names_in(death.afterwards[0]) in (["Aysel"], ["Aysel", "Rauf"])
        assert names_in(death.afterwards[3]) == ["Aysel"]
    assert names_in(found[0].afterwards[0]) == ["Aysel", "Rauf"]
    assert names_in(found[-1].afterwards[0]) == ["Aysel"]
    assert booked_in(booked) == ["Aysel", "Rauf"]
