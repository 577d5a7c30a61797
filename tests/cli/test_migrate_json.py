"""`migrate-json` as a shell sees it."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from bakureserve import locale
from tests.cli.conftest import Ran, Run
from tests.kit.old_server import a_restaurant, a_row, a_user, query, write
from tests.kit.strange_files import STRANGE, as_it_lies, strange_file

DOCS = Path(__file__).parents[2] / "docs" / "migration.md"
DATABASE = Path("data/bakureserve.db")


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write(tmp_path / "old", [a_row()], users={"u1": a_user()})


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A row that is adjusted and one that is rejected among seven good ones."""
    rows = [a_row(f"c{number}", status="cancelled") for number in range(7)]
    return write(tmp_path / "old", [*rows, a_row(guest_name=""), a_row("r2", start="soon")])


def migrate(bare: Run, *arguments: object) -> Ran:
    return bare("migrate-json", *arguments, "--data-dir", "data")


def test_all_taken_is_status_0_and_a_line_for_each_file(bare: Run, clean: Path) -> None:
    done = migrate(bare, clean)
    assert (done.status, done.err) == (0, "")
    assert done.cells[:3] == [
        [f"{name}.json", "1", "1", "0", "0", "0"]
        for name in ("restaurants", "users", "reservations")
    ]
    assert {row[1] for row in done.cells[3:]} == {"assumed_opening_hours", "assumed_booking"}


def test_a_report_to_read_is_status_1_and_names_each_kind_of_row(bare: Run, mixed: Path) -> None:
    done = migrate(bare, mixed)
    assert done.status == 1
    sentence = "start is missing or not a date and time; the row was skipped."
    rejected = ["rejected", "old_time_unreadable", "1", "reservations.json[8]", "r2", sentence]
    assert rejected in done.cells
    assert "users.json" in done.err
    assert "--users" in done.err


def test_strict_is_status_2_and_takes_nothing(bare: Run, mixed: Path) -> None:
    done = migrate(bare, mixed, "--strict")
    assert done.status == 2
    assert "1 row cannot be imported" in done.err
    assert query(DATABASE, "select count(*) from restaurant") == [(0,)]


def test_a_bad_file_is_status_2_and_one_sentence(bare: Run, clean: Path) -> None:
    (clean / "users.json").write_text('{"users": {')
    said = (
        f"{clean}/users.json is cut off at line 1 (byte 11). Find a complete copy; "
        "nothing was imported.\n"
    )
    assert migrate(bare, clean) == (2, "", said)
    done = migrate(bare, clean, "--json")
    assert (done.status, done.err, done.json["result"]) == (2, said, "nothing_taken")
    assert done.json["error"]["code"] == "old_file_truncated"


def test_nothing_to_import_is_status_2_and_makes_nothing(bare: Run) -> None:
    done = migrate(bare)
    assert done.status == 2
    assert "There is no restaurants.json" in done.err
    assert list(bare.folder.iterdir()) == []


def test_the_folder_is_the_data_folder_unless_named(bare: Run) -> None:
    write(bare.folder / "data", [a_row()])
    assert migrate(bare).status == 0
    assert query(DATABASE, "select id from reservation") == [("r1",)]


def test_accounts_come_from_the_file_that_is_named(bare: Run, clean: Path) -> None:
    (clean / "users.json").rename(bare.folder / "elsewhere.json")
    done = migrate(bare, clean, "--users", "elsewhere.json")
    assert (done.status, done.err) == (0, "")
    assert query(DATABASE, "select id from user_account") == [("u1",)]


def test_a_dry_run_prints_the_same_and_leaves_nothing(bare: Run, mixed: Path) -> None:
    before = set(bare.folder.rglob("*"))
    dry = migrate(bare, mixed, "--json", "--dry-run")
    assert set(bare.folder.rglob("*")) == before
    assert "dry run" in dry.err
    wet = migrate(bare, mixed, "--json")
    assert dry.status == wet.status == 1
    assert dry.json["result"] == "would_be_taken"
    assert dry.json | {"result": "taken"} == wet.json


def test_the_report_file_is_the_whole_report_for_its_owner_alone(bare: Run, mixed: Path) -> None:
    done = migrate(bare, mixed, "--json", "--report", "report.json")
    written = Path("report.json")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    report = json.loads(written.read_text())
    assert report == done.json
    assert [(row["position"], row["id"], row["outcome"]) for row in report["rows"]] == [
        (0, "v1", "imported"),
        (7, "r1", "adjusted"),
        (8, "r2", "rejected"),
    ]
    for file in report["files"]:
        outcomes = ("imported", "unchanged", "adjusted", "rejected")
        assert file["read"] == sum(file[outcome] for outcome in outcomes)


@pytest.mark.parametrize("kind", STRANGE)
def test_a_report_replaces_nothing_but_a_file(bare: Run, clean: Path, kind: str) -> None:
    target = strange_file(bare.folder, kind)
    before = as_it_lies(target)
    assert migrate(bare, clean, "--report", target).status in {2, 5}
    assert as_it_lies(target) == before
    assert not DATABASE.exists()


def test_a_report_that_cannot_be_written_stops_the_import(bare: Run, clean: Path) -> None:
    assert migrate(bare, clean, "--report", "no/such/report.json").status == 8
    assert not DATABASE.exists()


def test_a_terminal_shows_tables_and_where_to_see_the_rest(bare: Run) -> None:
    rows = [a_row(f"r{number}", status="waitlisted") for number in range(5)]
    folder = write(bare.folder / "old", rows, restaurants=[a_restaurant()])
    shown = bare.on_a_terminal("migrate-json", str(folder), NO_COLOR="1", COLUMNS="200")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"FILE +READ +IMPORTED +UNCHANGED +ADJUSTED +REJECTED", plain)
    assert re.search(r"reservations\.json +5 +0 +0 +0 +5", plain)
    assert plain.count("The status “waitlisted” is unknown") == 3
    assert "--report FILE" in plain


def test_every_reason_is_documented_and_every_code_has_words() -> None:
    codes = {code for code in locale.codes() if code.startswith(("old_", "assumed_"))}
    assert set(re.findall(r"^\| `(\w+)` \|", DOCS.read_text(), re.MULTILINE)) == codes
    package = Path(locale.__file__).parents[1] / "store" / "legacy"
    source = "".join(file.read_text() for file in package.glob("*.py"))
    given = set(re.findall(r'"(old_\w+)"', source))
    assert given == {code for code in codes if code.startswith("old_")}
