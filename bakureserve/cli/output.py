"""What commands print: data on stdout, messages and progress on stderr.

Data is a table on a terminal, tab-separated lines without a heading in a pipe, or JSON or CSV.
rich is imported only for a terminal; it honours `NO_COLOR`.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Annotated, Any, TextIO, TypeVar
from unicodedata import normalize

import typer

T = TypeVar("T")
Columns = Mapping[str, Callable[[T], object]]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV with a heading, for a spreadsheet.")]

_MOMENT_SECONDS = 0.4
_BYTE_ORDER_MARK = "\ufeff"
_FORMULA_BEGINS_WITH = (*"=+-@", "\t", "\n")

MEGABYTE = 1024 * 1024
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def say(sentence: str) -> None:
    """Print a message to the operator; a closed stderr is no error."""
    with suppress(OSError):
        typer.echo(sentence, err=True)


def warn(sentence: str) -> None:
    """Print a warning to the operator, in yellow."""
    with suppress(OSError):
        typer.secho(f"Warning: {sentence}", err=True, fg="yellow")


def flush_or_drop(stream: TextIO) -> None:
    """Flush a stream, or drop what cannot be written, which would change Python's exit status."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def counted(number: int, one: str, many: str = "") -> str:
    """`1 fault`, `2 faults`; `many` is an irregular plural."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def emit(
    rows: Iterable[T], columns: Columns[T], *, as_json: bool = False, as_csv: bool = False
) -> None:
    """Print rows. `columns` are titles with how to get a cell; JSON prints the whole rows.

    Everything but a terminal's table is written row by row, however many there are.
    """
    if as_json:
        _write_json(rows)
    elif as_csv:
        _write_csv(rows, columns)
    elif sys.stdout.isatty():
        _print_table(rows, columns)
    else:
        _write_plain(rows, columns)


def emit_one(thing: object, *, as_json: bool = False) -> None:
    """Print one thing: its fields line by line, or JSON."""
    import msgspec

    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(thing), indent=2).decode() + "\n")
        return
    fields: dict[str, object] = msgspec.to_builtins(thing)
    emit(fields.items(), {"FIELD": lambda each: each[0], "VALUE": lambda each: each[1]})


@contextmanager
def progress(total: int | None, label: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal's stderr. Yields a function that advances it by `n`.

    `total` may be `None` for work of unknown length.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda n: bar.advance(task, n)


@contextmanager
def working(doing: str) -> Iterator[Callable[[str], None]]:
    """A spinner on a terminal's stderr once a command takes a moment.

    Yields a function that sets its text.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.status import Status

    shown = Status(doing, console=Console(stderr=True), spinner="line")
    later = Timer(_MOMENT_SECONDS, shown.start)
    later.start()
    try:
        yield shown.update
    finally:
        later.cancel()
        later.join()
        shown.stop()


def _write_json(rows: Iterable[object]) -> None:
    """A JSON array with one row per line, for grep."""
    import msgspec

    lead = "[\n"
    for row in rows:
        sys.stdout.write(lead + msgspec.json.encode(row).decode())
        lead = ",\n"
    sys.stdout.write("\n]\n" if lead == ",\n" else "[]\n")


def _write_csv(rows: Iterable[T], columns: Columns[T]) -> None:
    """CSV for a spreadsheet: a byte order mark says UTF-8, and no cell is a formula."""
    if not sys.stdout.isatty():
        sys.stdout.write(_BYTE_ORDER_MARK)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(title.lower() for title in columns)
    writer.writerows([_defused(cell(row)) for cell in columns.values()] for row in rows)


def _defused(value: Any) -> str:
    """The cell, with an apostrophe before a formula (OWASP, "CSV Injection")."""
    text = _text(value).replace("\r\n", "\n").replace("\r", "\n")  # no writer quotes a lone \r
    is_number = isinstance(value, int | float)
    begins = normalize("NFKC", text[:1])  # full-width and small forms are taken for = + - @
    return f"'{text}" if begins.startswith(_FORMULA_BEGINS_WITH) and not is_number else text


def _write_plain(rows: Iterable[T], columns: Columns[T]) -> None:
    for row in rows:
        sys.stdout.write("\t".join(one_line(cell(row)) for cell in columns.values()) + "\n")


def _print_table(rows: Iterable[T], columns: Columns[T]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in columns:
        table.add_column(title, overflow="fold")  # an id or a path cut short is of no use
    for row in rows:
        table.add_row(*(Text(one_line(cell(row))) for cell in columns.values()))
    Console().print(table)


def one_line(value: Any) -> str:
    """A cell on one line, without control characters."""
    return "".join(each if each.isprintable() else " " for each in _text(value))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple() | set() | frozenset():
            return ", ".join(_text(each) for each in value)
        case _:
            return str(value)


def size(amount: float) -> str:
    """A size in megabytes, from a thousand in gigabytes: `0.7 MB`, `77.4 GB`."""
    megabytes = amount / MEGABYTE
    return f"{megabytes:.1f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"


def span(seconds: float) -> str:
    """A duration in its two largest units: `3 d 4 h`, `5 min`, `0 s`."""
    left = int(seconds)
    counts: list[tuple[int, str]] = []
    for unit, length in _UNITS:
        count, left = divmod(left, length)
        if count or counts:
            counts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in counts[:2] if count) or "0 s"
