"""Files that commands read and write; `-` is a pipe."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import IO, Annotated

import typer

from bakureserve.domain.errors import Conflict, Invalid, NotFound

InputFile = Annotated[
    typer.FileBinaryRead,
    typer.Argument(metavar="FILE", help="File to read, or - for a pipe.", show_default=False),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", dir_okay=False, help="Write to a file, whole or not."
    ),
]

_SQLITE = b"SQLite format 3\0"
"""How every database begins (https://www.sqlite.org/fileformat.html)."""
_ANYONE, _OWNER = 0o666, 0o600  # before the umask


def read_json(source: IO[bytes]) -> object:
    """The value of a JSON file. Raises Invalid, with line and column of the mistake."""
    import msgspec

    data = source.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid("file_not_utf8", line=line) from None
    try:
        value = msgspec.json.decode(text)
        json.loads(text, object_pairs_hook=refuse_repeated)
    except (msgspec.DecodeError, RecursionError) as error:
        _raise_with_position(text)
        raise Invalid("file_value_refused", reason=str(error)) from None
    return value


@contextmanager
def written_to(target: Path | None, *, private: bool = False) -> Iterator[None]:
    """Send stdout to a file, which appears once all of it is written.

    With `None` stdout is left alone. A `private` file is readable by its owner alone. Anything but
    a regular file, such as /dev/stderr, is written directly. Raises Conflict, NotFound, OSError.
    """
    if target is None:
        yield
        return
    try:
        target = target.resolve()
    except RuntimeError:  # a link that leads to itself
        raise Conflict("not_a_regular_file", path=str(target)) from None
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8") as file, redirect_stdout(file):
            yield
        return
    if not target.parent.is_dir():
        raise NotFound("folder_unknown", folder=str(target.parent))
    require_no_database(target)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    mode = _OWNER if private else _ANYONE
    try:
        part.touch(mode, exist_ok=False)
        with part.open("w", encoding="utf-8") as file, redirect_stdout(file):
            yield
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def require_no_database(target: Path) -> None:
    """Raise Conflict when the target is a database or a backup, which a typo would overwrite."""
    with suppress(OSError), target.open("rb") as file:
        if file.read(len(_SQLITE)) == _SQLITE:
            raise Conflict("output_is_a_database", path=str(target))


def refuse_repeated(pairs: list[tuple[str, object]]) -> None:
    """Raise Invalid for a repeated key: the parser would drop the first value silently."""
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise Invalid("file_key_repeated", key=key)
        keys.add(key)


def _raise_with_position(text: str) -> None:
    """Parse again with the standard library, which reports line and column."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid(
            "file_not_json", line=error.lineno, column=error.colno, reason=error.msg
        ) from None
    except (ValueError, RecursionError):
        return
