"""Rows that come from one or several servers, printed as one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import typer

from bakureserve.cli.output import Columns, emit
from bakureserve.cli.remote import Server, servers

Json = dict[str, Any]


class Row(NamedTuple):
    """One row, and the server that it comes from."""

    server: str
    row: Json


class Answers(NamedTuple):
    """All rows, in the order of the servers; whether there were several."""

    rows: list[Row]
    several: bool


def ask_all(
    ctx: typer.Context,
    url: str | None,
    token_file: Path | None,
    ask: Callable[[Server], Iterable[Json]],
) -> Answers:
    """What `ask` gets from the server at `url`, or from every server on DATA_DIR."""
    with servers(ctx, url, token_file) as found:
        rows = [Row(each.name, row) for each in found for row in ask(each)]
        return Answers(rows, len(found) > 1)


def emit_rows(answers: Answers, columns: Columns[Json], *, as_json: bool) -> None:
    """Print them; with the server's name first when there are several. JSON always has it."""
    if as_json:
        emit([{"server": server} | row for server, row in answers.rows], {}, as_json=True)
        return
    shown: dict[str, Callable[[Row], object]] = {}
    if answers.several:
        shown["SERVER"] = lambda each: each.server
    shown |= {title: _of_row(cell) for title, cell in columns.items()}
    emit(answers.rows, shown)


def _of_row(cell: Callable[[Json], object]) -> Callable[[Row], object]:
    return lambda each: cell(each.row)
