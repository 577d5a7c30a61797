"""Files that commands read and write."""

from __future__ import annotations

import io
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import typer

from bakureserve.cli.files import read_json, written_to
from bakureserve.domain.errors import Conflict, Invalid, NotFound
from tests.kit.strange_files import strange_file


@pytest.mark.parametrize(
    ("data", "code", "params"),
    [
        (b"", "file_not_json", {"line": 1, "column": 1}),
        (b"[1,\n 2,,]", "file_not_json", {"line": 2, "column": 4}),
        (b"[1] 2", "file_not_json", {"line": 1, "column": 5}),
        (b'["a",\n"\xff"]', "file_not_utf8", {"line": 2}),
        (b"[1e999]", "file_value_refused", {}),
        (b"[NaN]", "file_value_refused", {}),
        (b"[" + b"9" * 5000 + b"]", "file_value_refused", {}),
        (b'[{"a": {"b": 1, "b": 1}}]', "file_key_repeated", {"key": "b"}),
        (b"[" * 100_000 + b"]" * 100_000, "file_value_refused", {}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_json_that_cannot_be_read_is_refused_with_its_place(
    data: bytes, code: str, params: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        read_json(io.BytesIO(data))
    assert refused.value.code == code
    assert refused.value.params.items() >= params.items()


def test_a_byte_order_mark_is_no_part_of_the_json() -> None:
    assert read_json(io.BytesIO(b'\xef\xbb\xbf{"name": "\xc3\x87ay"}')) == {"name": "Çay"}


def test_a_file_gets_what_is_printed_and_else_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with written_to(tmp_path / "out"):
        typer.echo("Sahil Bağı")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "Sahil Bağı\n"
    assert capsys.readouterr().out == ""
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
    with written_to(None):
        typer.echo("Sahil")
    assert capsys.readouterr().out == "Sahil\n"


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (out := tmp_path / "out").write_text("old")
    with pytest.raises(ZeroDivisionError), written_to(out):
        typer.echo(f"new {1 // 0}")
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_private_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    with written_to(tmp_path / "out", private=True):
        typer.echo("Aysel")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with written_to(tmp_path / "link"):
        typer.echo("Sahil")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "Sahil\n"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with written_to(pipe):
        typer.echo("Sahil")
    assert os.read(reader, 100) == b"Sahil\n"
    assert pipe.is_fifo()
    os.close(reader)


def test_a_database_is_not_replaced_by_a_text(tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(backup)) as made:
        made.execute("create table reservation (id)")
    before = backup.read_bytes()
    with pytest.raises(Conflict, match="output_is_a_database"), written_to(backup):
        raise AssertionError("it was begun")
    assert backup.read_bytes() == before


def test_neither_a_link_to_itself_nor_a_missing_folder_takes_a_file(tmp_path: Path) -> None:
    link = strange_file(tmp_path, "link to itself")
    with pytest.raises(Conflict, match="not_a_regular_file"), written_to(link):
        typer.echo("Sahil")
    with pytest.raises(NotFound) as refused, written_to(tmp_path / "nowhere" / "out"):
        typer.echo("Sahil")
    assert refused.value.params == {"folder": str(tmp_path / "nowhere")}
