"""Every error the program raises on purpose.

    ReserveError
    ├── BadRequest        the request cannot be understood
    ├── Unauthenticated   no proof of identity, or one that does not hold
    ├── Forbidden         known, but not allowed
    ├── NotFound          it does not exist, or this actor may not see it
    ├── Conflict          understood and allowed, but the present state forbids it
    ├── Invalid           understood, but against a rule; names the field
    ├── TooMany           a limit was reached; says when to come back
    └── Unavailable       the store or another part cannot serve right now
        ├── StoreBusy         another process holds the write lock
        ├── StoreFull         no space left for the database
        ├── StoreReadOnly     the database cannot be written
        ├── StoreCorrupt      the database file is damaged
        └── SchemaMismatch    the database is newer or older than the program

An error is a stable code with parameters. The server and the command line turn it into a sentence
in the reader's language (`bakureserve.locale`); nothing below them writes sentences for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """A field that broke a rule: its path in the input, and the rule as a code."""

    field: str
    code: str
    params: dict[str, Any] = {}


class ReserveError(Exception):
    """Base of the tree. `code` is stable and documented; `params` fill in its sentence."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class BadRequest(ReserveError):
    """The request cannot be understood."""


class Unauthenticated(ReserveError):
    """No proof of identity, or one that does not hold."""


class Forbidden(ReserveError):
    """The actor is known and may not do this."""


class NotFound(ReserveError):
    """It does not exist, or this actor may not see it."""


class Conflict(ReserveError):
    """The present state forbids it."""


class Invalid(ReserveError):
    """Input against a rule. `field` is the wrong field; `problems` lists all of them."""

    def __init__(
        self,
        code: str,
        /,
        *,
        field: str = "",
        problems: Sequence[FieldProblem] = (),
        **params: Any,
    ) -> None:
        super().__init__(code, **params)
        self.field = field
        self.problems = tuple(problems) or (FieldProblem(field, code, params),)


class TooMany(ReserveError):
    """A limit was reached. `retry_after` is in seconds."""

    def __init__(self, code: str, /, *, retry_after: float, **params: Any) -> None:
        super().__init__(code, retry_after=retry_after, **params)
        self.retry_after = retry_after


class Unavailable(ReserveError):
    """A part that this needs cannot serve right now."""


class StoreBusy(Unavailable):
    """Another process held the write lock for longer than we wait."""


class StoreFull(Unavailable):
    """The disk, or the database's size limit, is full."""


class StoreReadOnly(Unavailable):
    """The database file or its folder cannot be written."""


class StoreCorrupt(Unavailable):
    """The database file is damaged, or is no database."""


class SchemaMismatch(Unavailable):
    """The database's schema is newer than this program, or not migrated yet."""
