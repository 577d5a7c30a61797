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

    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == "Pəncərə\t4\twindow, quiet\tyes\t2026-05-01 19:00:00+00:00"
    assert lines[1].count("\t") == 4
    assert "\x1b" not in lines[1]
    assert lines[2:] == [""]


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


def test_no_rows_are_an_empty_array_and_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    emit([], COLUMNS, as_json=True)
    assert json.loads(capsys.readouterr().out) == []
    emit([], COLUMNS)
    assert capsys.readouterr().out == ""


def test_csv_reads_back_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    emit(ROWS, COLUMNS, as_csv=True)

    out = capsys.readouterr().out
    back = list(csv.DictReader(io.StringIO(out.encode().decode("utf-8-sig"))))
    assert [row["name"] for row in back] == [row.name for row in ROWS]
    assert [row["covers"] for row in back] == ["4", "2"]


def test_csv_begins_with_the_mark_by_which_a_spreadsheet_knows_utf_8(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit([], COLUMNS, as_csv=True)
    assert capsys.readouterr().out == "\ufeffname,covers,tags,quiet,seen\n"


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
        ("＝HYPERLINK(A1)", "'＝HYPERLINK(A1)"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("﹦1", "'﹦1"),
        ("﹢1", "'﹢1"),
        ("﹣1", "'﹣1"),
        ("﹫SUM(A1)", "'﹫SUM(A1)"),
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
    assert list(csv.reader(out))[1:] == ([[cell]] if cell else [[""]])


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


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ["fault"], "0 faults"),
        (1, ["fault"], "1 fault"),
        (2, ["fault"], "2 faults"),
        (1, ["entry", "entries"], "1 entry"),
        (2, ["entry", "entries"], "2 entries"),
    ],
)
def test_one_of_anything_is_not_several(number: int, words: list[str], told: str) -> None:
    assert counted(number, *words) == told


def test_talk_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("Three venues were added.")
    warn("The disk is nearly full.")

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "Three venues were added.\nWarning: The disk is nearly full.\n"


def test_progress_is_silent_away_from_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(3, "Importing") as advance:
        advance(3)

    assert capsys.readouterr() == ("", "")


def test_a_pipe_needs_no_rich() -> None:
    program = (
        "import sys; from bakureserve.cli.output import emit, progress\n"
        "with progress(1, 'x') as advance: advance(1)\n"
        "emit([1], {'N': str}); sys.exit('rich' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (0, b"1\n")


class TestTerminal:
    def test_it_gets_a_table_with_a_heading(self, tmp_path: Path) -> None:
        shown = on_a_terminal("config", "show", cwd=tmp_path)

        assert "SETTING" in shown
        assert "─" in shown
        assert "BACKUP_INTERVAL" in shown
        assert "\x1b[" in shown

    def test_no_color_is_honoured(self, tmp_path: Path) -> None:
        shown = on_a_terminal("config", "show", cwd=tmp_path, NO_COLOR="1")

        assert "\x1b[3" not in shown
        assert "SETTING" in shown

    def test_nothing_in_a_cell_is_markup_or_cut_short(self, tmp_path: Path) -> None:
        folder = "/srv/[red]" + "a" * 150
        shown = on_a_terminal("config", "show", "--data-dir", folder, cwd=tmp_path)

        assert "[red]" in shown
        assert "…" not in shown
