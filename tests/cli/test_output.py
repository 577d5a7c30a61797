"""Data for people, for pipes and for machines."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bakureserve.cli.output import counted, emit, emit_one, progress, say, warn
from tests.kit.program import on_a_terminal


@dataclass
class Table:
    name: str
    covers: int
    tags: tuple[str, ...] = ()
    seen: datetime | None = None


ROWS = [
    Table("Pəncərə", 4, ("window", "quiet"), datetime(2026, 5, 1, 19, tzinfo=UTC)),
    Table('Bar "A", left\tside\n\x1b[31m', 2),
]
COLUMNS = {
    "NAME": lambda row: row.name,
    "COVERS": lambda row: row.covers,
    "TAGS": lambda row: row.tags,
    "QUIET": lambda row: "quiet" in row.tags,
    "SEEN": lambda row: row.seen,
}


def test_a_pipe_gets_one_line_per_row_and_one_tab_per_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit(ROWS, COLUMNS)
    first, second, end = capsys.readouterr().out.split("\n")
    assert first == "Pəncərə\t4\twindow, quiet\tyes\t2026-05-01 19:00:00+00:00"
    assert (second.count("\t"), "\x1b" in second, end) == (4, False, "")


def test_json_holds_the_whole_rows_one_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit(ROWS, {"NAME": lambda row: row.name}, as_json=True)
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4
    assert json.loads(out) == [
        {
            "name": "Pəncərə",
            "covers": 4,
            "tags": ["window", "quiet"],
            "seen": "2026-05-01T19:00:00Z",
        },
        {"name": ROWS[1].name, "covers": 2, "tags": [], "seen": None},
    ]


def test_no_rows_are_an_empty_array_no_lines_or_a_heading(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for form, out in [
        ({"as_json": True}, "[]\n"),
        ({}, ""),
        # with the mark by which a spreadsheet knows UTF-8
        ({"as_csv": True}, "\ufeffname,covers,tags,quiet,seen\n"),
    ]:
        emit([], COLUMNS, **form)
        assert capsys.readouterr().out == out


def test_csv_reads_back_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    emit(ROWS, COLUMNS, as_csv=True)
    out = capsys.readouterr().out
    back = list(csv.DictReader(io.StringIO(out.encode().decode("utf-8-sig"))))
    assert [row["name"] for row in back] == [row.name for row in ROWS]
    assert [row["covers"] for row in back] == ["4", "2"]


def test_csv_on_a_terminal_has_no_mark(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    emit(["Sahil"], {"NAME": str}, as_csv=True)
    assert capsys.readouterr().out == "name\nSahil\n"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("+994 50", "'+994 50"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\nx"),
        ("\nx", "'\nx"),
        *((f"{sign}1", f"'{sign}1") for sign in "＝＋－＠﹦﹢﹣﹫"),
        (("=1", "b"), "'=1, b"),
        ("Aysel = Rauf", "Aysel = Rauf"),
        ("", ""),
        (-3, "-3"),
        (-0.5, "-0.5"),
    ],
)
def test_no_guest_can_put_a_formula_into_a_spreadsheet(
    text: object, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emit([text], {"NAME": lambda text: text}, as_csv=True)
    out = io.StringIO(capsys.readouterr().out, newline="")
    assert list(csv.reader(out))[1:] == [[cell]]


@pytest.mark.parametrize("form", [{}, {"as_json": True}, {"as_csv": True}])
def test_rows_are_written_as_they_come(
    form: dict[str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    def rows() -> Iterator[Table]:
        yield ROWS[0]
        assert "Pəncərə" in capsys.readouterr().out
        yield ROWS[1]

    emit(rows(), COLUMNS, **form)


def test_one_thing_is_its_fields_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    emit_one(ROWS[0])
    assert capsys.readouterr().out.splitlines()[:2] == ["name\tPəncərə", "covers\t4"]
    emit_one(ROWS[0], as_json=True)
    assert json.loads(capsys.readouterr().out)["covers"] == 4


def test_a_count_has_its_noun_in_the_right_number() -> None:
    assert [counted(number, "fault") for number in range(3)] == ["0 faults", "1 fault", "2 faults"]
    assert [counted(number, "entry", "entries") for number in (1, 2)] == ["1 entry", "2 entries"]


def test_talk_goes_to_stderr_and_progress_only_to_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say("Three venues were added.")
    warn("The disk is nearly full.")
    with progress(3, "Importing") as advance:
        advance(3)
    said = "Three venues were added.\nWarning: The disk is nearly full.\n"
    assert capsys.readouterr() == ("", said)


def test_a_pipe_needs_no_rich() -> None:
    program = (
        "import sys; from bakureserve.cli.output import emit, progress\n"
        "with progress(1, 'x') as advance: advance(1)\n"
        "emit([1], {'N': str}); sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"1\n")


def test_a_terminal_gets_a_table_with_nothing_cut_short_or_taken_for_markup(tmp_path: Path) -> None:
    folder = "/srv/[red]" + "a" * 150
    shown = on_a_terminal("config", "show", "--data-dir", folder, cwd=tmp_path)
    for part in ("SETTING", "─", "BACKUP_INTERVAL", "\x1b[", "[red]"):
        assert part in shown
    assert "…" not in shown
