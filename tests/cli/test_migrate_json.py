"""`migrate-json` as a shell sees it."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from bakureserve import locale
from tests.kit.program import on_a_terminal, run
from tests.kit.strange_files import STRANGE, as_it_lies, strange_file
from tests.store.legacy.old_server import a_restaurant, a_row, a_user, query, write

DOCS = Path(__file__).parents[2] / "docs" / "migration.md"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write(tmp_path / "old", [a_row()], users={"u1": a_user()})


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A row that is adjusted and one that is rejected among seven good ones."""
    rows = [a_row(f"c{number}", status="cancelled") for number in range(7)]
    return write(tmp_path / "old", [*rows, a_row(guest_name=""), a_row("r2", start="soon")])


def test_all_taken_is_status_0_and_a_line_for_each_file(tmp_path: Path, clean: Path) -> None:
    done = run("migrate-json", str(clean), "--data-dir", "data", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "restaurants.json\t1\t1\t0\t0\t0",
        "users.json\t1\t1\t0\t0\t0",
        "reservations.json\t1\t1\t0\t0\t0",
    ]
    assert {line.split("\t")[1] for line in lines[3:]} == {
        "assumed_opening_hours",
        "assumed_booking",
    }


def test_a_report_to_read_is_status_1_and_names_each_kind_of_row(
    tmp_path: Path, mixed: Path
) -> None:
    done = run("migrate-json", str(mixed), "--data-dir", "data", cwd=tmp_path)

    assert done.returncode == 1
    told = [line.split("\t") for line in done.stdout.splitlines()]
    assert [
        "rejected",
        "old_time_unreadable",
        "1",
        "reservations.json[8]",
        "r2",
        "start is missing or no date and time; the row was left out.",
    ] in told
    assert "users.json" in done.stderr
    assert "--users" in done.stderr


def test_strict_is_status_2_and_takes_nothing(tmp_path: Path, mixed: Path) -> None:
    done = run("migrate-json", str(mixed), "--strict", "--data-dir", "data", cwd=tmp_path)

    assert done.returncode == 2
    assert "1 row cannot be taken" in done.stderr
    assert query(tmp_path / "data" / "bakureserve.db", "select count(*) from restaurant") == [(0,)]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_bad_file_is_status_2_and_one_sentence(
    tmp_path: Path, clean: Path, form: list[str]
) -> None:
    (clean / "users.json").write_text('{"users": {')

    done = run("migrate-json", str(clean), *form, "--data-dir", "data", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == (
        f"{clean}/users.json ends in the middle, at line 1 (byte 11). Look for a complete copy; "
        "nothing was imported.\n"
    )
    if form:
        found = json.loads(done.stdout)
        assert (found["result"], found["error"]["code"]) == ("nothing_taken", "old_file_truncated")
    else:
        assert done.stdout == ""


def test_a_pipe_in_a_files_place_is_status_2_and_never_waited_for(
    tmp_path: Path, clean: Path
) -> None:
    (clean / "users.json").unlink()
    os.mkfifo(clean / "users.json")

    done = run("migrate-json", str(clean), "--data-dir", "data", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == (
        f"{clean}/users.json is no regular file but a folder, a pipe or a device. "
        "Nothing was imported.\n"
    )


def test_an_endless_number_is_status_1_and_leaves_one_row_out(tmp_path: Path, clean: Path) -> None:
    rows = clean / "reservations.json"
    rows.write_text(rows.read_text().replace('"party_size": 2', f'"party_size": {"9" * 5000}', 1))

    done = run("migrate-json", str(clean), "--json", "--data-dir", "data", cwd=tmp_path)

    assert done.returncode == 1
    counts = next(file for file in json.loads(done.stdout)["files"] if "reserv" in file["file"])
    assert (counts["rejected"], counts["imported"]) == (1, counts["read"] - 1)


def test_nothing_to_import_is_status_2_and_makes_nothing(tmp_path: Path) -> None:
    done = run("migrate-json", "--data-dir", "data", cwd=tmp_path)

    assert done.returncode == 2
    assert "There is no restaurants.json" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_the_data_folder_unless_named(tmp_path: Path) -> None:
    write(tmp_path / "data", [a_row()])

    done = run("migrate-json", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"))

    assert done.returncode == 0
    assert query(tmp_path / "data" / "bakureserve.db", "select id from reservation") == [("r1",)]


def test_accounts_come_from_the_file_that_is_named(tmp_path: Path, clean: Path) -> None:
    elsewhere = tmp_path / "program"
    elsewhere.mkdir()
    (clean / "users.json").rename(elsewhere / "users.json")

    done = run(
        *("migrate-json", str(clean), "--data-dir", "data"),
        *("--users", str(elsewhere / "users.json")),
        cwd=tmp_path,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert query(tmp_path / "data" / "bakureserve.db", "select id from user_account") == [("u1",)]


def test_a_dry_run_prints_the_same_and_leaves_nothing(tmp_path: Path, mixed: Path) -> None:
    before = set(tmp_path.rglob("*"))
    command = ("migrate-json", str(mixed), "--json", "--data-dir", "data")

    dry = run(*command, "--dry-run", cwd=tmp_path)

    assert set(tmp_path.rglob("*")) == before
    assert "dry run" in dry.stderr
    wet = run(*command, cwd=tmp_path)
    assert dry.returncode == wet.returncode == 1
    assert json.loads(dry.stdout)["result"] == "would_be_taken"
    assert json.loads(dry.stdout) | {"result": "taken"} == json.loads(wet.stdout)


def test_the_report_file_is_the_whole_report_for_its_owner_alone(
    tmp_path: Path, mixed: Path
) -> None:
    done = run(
        *("migrate-json", str(mixed), "--json", "--report", "report.json", "--data-dir", "data"),
        cwd=tmp_path,
    )

    written = tmp_path / "report.json"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    report = json.loads(written.read_text())
    assert report == json.loads(done.stdout)
    assert [(row["position"], row["id"], row["outcome"]) for row in report["rows"]] == [
        (0, "v1", "imported"),
        (7, "r1", "adjusted"),
        (8, "r2", "rejected"),
    ]
    for file in report["files"]:
        outcomes = ("imported", "unchanged", "adjusted", "rejected")
        assert file["read"] == sum(file[outcome] for outcome in outcomes)


@pytest.mark.parametrize("kind", STRANGE)
def test_a_report_takes_no_other_place_than_a_files(tmp_path: Path, clean: Path, kind: str) -> None:
    target = strange_file(tmp_path, kind)
    before = as_it_lies(target)
    done = run(
        *("migrate-json", str(clean), "--report", str(target), "--data-dir", "data"), cwd=tmp_path
    )
    assert done.returncode in {2, 5}
    assert as_it_lies(target) == before
    assert not (tmp_path / "data").exists()


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(
    tmp_path: Path, clean: Path
) -> None:
    done = run(
        *("migrate-json", str(clean), "--report", "no/such/report.json", "--data-dir", "data"),
        cwd=tmp_path,
    )

    assert done.returncode == 8
    assert not (tmp_path / "data").exists()


def test_a_terminal_shows_tables_and_where_to_see_the_rest(tmp_path: Path) -> None:
    rows = [a_row(f"r{number}", status="waitlisted") for number in range(5)]
    folder = write(tmp_path / "old", rows, restaurants=[a_restaurant()])

    shown = on_a_terminal(
        "migrate-json", str(folder), "--data-dir", "data", cwd=tmp_path, NO_COLOR="1", COLUMNS="200"
    )

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"FILE +READ +IMPORTED +UNCHANGED +ADJUSTED +REJECTED", plain)
    assert re.search(r"reservations\.json +5 +0 +0 +0 +5", plain)
    assert plain.count("The status “waitlisted” is unknown") == 3
    assert "--report FILE" in plain


def test_every_reason_is_in_the_documentation_and_in_words() -> None:
    codes = {code for code in locale.codes() if code.startswith(("old_", "assumed_"))}

    documented = set(re.findall(r"^\| `(\w+)` \|", DOCS.read_text(), re.MULTILINE))

    assert documented == codes


def test_every_code_the_import_gives_has_words() -> None:
    package = Path(locale.__file__).parents[1] / "store" / "legacy"
    source = "".join(file.read_text() for file in package.glob("*.py"))

    given = set(re.findall(r'"(old_\w+)"', source))

    assert given == {code for code in locale.codes() if code.startswith("old_")}
