"""Every family of errors has its exit status and its words."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import explain
from bakureserve.domain.errors import (
    BadRequest,
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    ReserveError,
    SchemaMismatch,
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from bakureserve.settings import SettingsError, SettingsUnreadable

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"

ENDINGS: list[tuple[Exception, Status]] = [
    (BadRequest("x"), Status.REFUSED),
    (Invalid("x"), Status.REFUSED),
    (SettingsError("PORT is wrong."), Status.REFUSED),
    (SettingsUnreadable(".env cannot be read."), Status.READ_ONLY),
    (Unauthenticated("x"), Status.REFUSED),
    (Forbidden("x"), Status.REFUSED),
    (NotFound("x"), Status.NOT_FOUND),
    (Conflict("x"), Status.CONFLICT),
    (TooMany("x", retry_after=1), Status.UNAVAILABLE),
    (Unavailable("x"), Status.UNAVAILABLE),
    (StoreBusy("x"), Status.BUSY),
    (StoreFull("x"), Status.FULL),
    (StoreReadOnly("x"), Status.READ_ONLY),
    (StoreCorrupt("x"), Status.CORRUPT),
    (SchemaMismatch("x"), Status.SCHEMA),
    (OSError(errno.EDQUOT, "quota"), Status.FULL),
    (PermissionError(errno.EACCES, "denied", "/root"), Status.READ_ONLY),
    (OSError(errno.EADDRINUSE, "address already in use"), Status.UNAVAILABLE),
    (OSError("no number"), Status.UNAVAILABLE),
    (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), Status.REFUSED),
    (KeyError("x"), Status.BUG),
]


@pytest.mark.parametrize(("error", "status"), ENDINGS, ids=lambda each: type(each).__name__)
def test_an_error_has_a_status_and_one_line(
    error: Exception, status: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(error, debug=False) == status
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines()), "Traceback" in err) == ("", 1, False)


def test_the_table_covers_every_family_of_the_tree() -> None:
    assert set(_below(ReserveError)) <= {type(error) for error, _ in ENDINGS}


def _below(family: type[ReserveError]) -> list[type[ReserveError]]:
    ours = [kind for kind in family.__subclasses__() if kind.__module__.startswith("bakureserve")]
    return [each for kind in ours for each in (kind, *_below(kind))]


def test_each_field_that_broke_a_rule_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [FieldProblem("party_size", "x"), FieldProblem("start", "y")]
    explain(Invalid("x", problems=problems), debug=False)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["party_size", "start"]


def test_the_documentation_has_every_status() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert [status for status in Status if f"| {status.value} | {status.name} | " not in page] == []
