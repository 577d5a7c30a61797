"""Bringing a database's schema up or down, with peewee-migrate.

All pending migrations, the guards and the foreign-key check are one transaction: the schema moves
whole or not at all, and two servers that start at once migrate once.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import peewee as pw
from peewee_migrate import Router

from bakureserve.domain.errors import Invalid, SchemaMismatch, StoreCorrupt, Unavailable
from bakureserve.store import schema
from bakureserve.store.engines import Location, Models, engine_of
from bakureserve.store.transaction import Purpose

MIGRATIONS = Path(__file__).parent / "migrations"
HISTORY = "migratehistory"

COMPACTED_BYTES = 64 * 1024 * 1024
_READ_PATIENCE = 5.0
"""Seconds to wait for another program that is just opening or closing the file."""


class SchemaStatus(msgspec.Struct, frozen=True):
    """Names of migrations: in the database, not yet in it, and in it but unknown to the program."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


class _DryRunError(Exception):
    """Ends a dry run: leaves the transaction without committing it."""


def status(path: Location) -> SchemaStatus:
    """What the database at `path` has and lacks; a missing file lacks everything.

    Raises Unavailable when the file cannot be read, SchemaMismatch when it is not ours.
    """
    if not path.exists():
        return _compare(())
    with _opened(path, "read", busy_timeout=_READ_PATIENCE) as models:
        return _compare(_applied(models))


def require_database(path: Location) -> None:
    """Raises SchemaMismatch unless there is a file."""
    if not engine_of(path).exists():
        raise SchemaMismatch("no_database", path=str(path))


def require_current(path: Location) -> None:
    """Raises SchemaMismatch unless the schema is exactly the program's, or there is no database."""
    require_database(path)
    found = status(path)
    _refuse_newer(found)
    if found.pending:
        raise SchemaMismatch("schema_older", path=str(path), pending=", ".join(found.pending))


def up(path: Location, *, busy_timeout: float, dry_run: bool = False) -> tuple[str, ...]:
    """Apply what is pending; the names of what was applied, or would be.

    Creates the file and its folder. Raises SchemaMismatch when the database is newer than the
    program, Unavailable when it cannot be written. Guards that are missing or of another version
    are installed anew in any case.
    """
    if dry_run and not path.exists():
        return _known()
    engine_of(path).create()
    with _opened(path, "migrate", busy_timeout=busy_timeout) as models:
        if not dry_run:
            models.begin_log()
        applied = _within_one_transaction(models, _apply_pending, dry_run=dry_run)
    if applied and not dry_run:
        _compact_if_small(path)
    return applied


def compact(path: Location, *, busy_timeout: float) -> tuple[int, int]:
    """Rewrite the database without free room; its bytes before and after. Blocking.

    Raises SchemaMismatch when there is none, StoreBusy beside a writer, StoreFull.
    """
    require_database(path)
    engine = engine_of(path)
    before = engine.storage().file_bytes()
    engine.compact(busy_timeout=busy_timeout)
    return before, engine.storage().file_bytes()


def _compact_if_small(path: Location) -> None:
    """Rewrite an old store that cannot give free pages back yet, where that takes no second.

    Beside another process, or on a full disk, it stays as it is: `compact` can do that later.
    """
    engine = engine_of(path)
    with suppress(Unavailable):
        if engine.storage().file_bytes() < COMPACTED_BYTES and not engine.gives_back():
            engine.compact(busy_timeout=0)


def down(
    path: Location, *, steps: int = 1, busy_timeout: float, dry_run: bool = False
) -> tuple[str, ...]:
    """Undo the newest `steps` migrations, with the data they hold; the names of what was undone.

    The guards go as well, until `up`: they are written for the newest schema.
    """
    require_database(path)

    def undo(models: Models) -> tuple[str, ...]:
        _refuse_newer(_compare(_applied(models)))
        names = tuple(reversed(_applied(models)))[:steps]
        models.drop_guards()
        for _ in names:
            _router(models).rollback()
        return names

    with _opened(path, "migrate", busy_timeout=busy_timeout) as models:
        return _within_one_transaction(models, undo, dry_run=dry_run)


def create(name: str, *, directory: Path = MIGRATIONS) -> Path | None:
    """Write a migration from the difference between the models and the migrations so far.

    None when there is no difference. Review it by hand: peewee-migrate does not see changed
    defaults, constraints or `on_delete`. Raises Invalid for what cannot be its name.
    """
    require_name(name)
    database = pw.SqliteDatabase(":memory:")
    with database.bind_ctx(schema.MODELS):
        written = MigrationFiles(database, migrate_dir=directory, logger=_quiet()).create(
            name, auto=[*schema.MODELS]
        )
    database.close()
    return directory / f"{written}.py" if written else None


def _apply_pending(models: Models) -> tuple[str, ...]:
    found = _compare(_applied(models))
    _refuse_newer(found)
    if found.pending:
        models.drop_guards()
        _router(models).run()
        models.mark_as_ours()
    models.install_guards()
    return found.pending


def _within_one_transaction(
    models: Models, work: Callable[[Models], tuple[str, ...]], *, dry_run: bool
) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    try:
        with models.in_one_transaction():
            names = work(models)
            # Every row is looked at, a second for a million bookings: not where nothing changed.
            if names and models.has_dangling_references():
                raise StoreCorrupt("dangling_references")
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        pass
    return names


@contextmanager
def _opened(path: Location, purpose: Purpose, *, busy_timeout: float = 0.0) -> Iterator[Models]:
    with engine_of(path).models(purpose, busy_timeout=busy_timeout) as models:
        _refuse_foreign(models, path)
        yield models


def _refuse_foreign(models: Models, path: Location) -> None:
    if models.is_of_another_program():
        raise SchemaMismatch("not_our_database", path=str(path))
    tables = models.database.get_tables()
    if tables and HISTORY not in tables:
        raise SchemaMismatch("not_our_database", path=str(path))


def _refuse_newer(found: SchemaStatus) -> None:
    if found.unknown:
        raise SchemaMismatch("schema_newer", unknown=", ".join(found.unknown))


def _applied(models: Models) -> tuple[str, ...]:
    if HISTORY not in models.database.get_tables():
        return ()
    rows = models.database.execute_sql(f"select name from {HISTORY} order by id").fetchall()
    return tuple(name for (name,) in rows)


def _compare(applied: tuple[str, ...]) -> SchemaStatus:
    known = _known()
    return SchemaStatus(
        applied=tuple(name for name in applied if name in known),
        pending=tuple(name for name in known if name not in applied),
        unknown=tuple(name for name in applied if name not in known),
    )


def _known() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in MIGRATIONS.glob("[0-9][0-9][0-9]_*.py")))


def _router(models: Models) -> Router:
    return MigrationFiles(models.database, migrate_dir=MIGRATIONS, logger=_quiet())


def _quiet() -> logging.Logger:
    # peewee-migrate prints what it does on stdout; the commands say it themselves.
    logger = logging.Logger("bakureserve.migrations")
    logger.addHandler(logging.NullHandler())
    return logger


_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def require_name(name: str) -> None:
    """Raises Invalid for what is no name of a migration: it becomes one of a file and a module."""
    if not _NAME.fullmatch(name):
        raise Invalid("migration_name_malformed", name=name)


class MigrationFiles(Router):
    """Reads files as the UTF-8 they are, whatever the locale is, and numbers a new one last."""

    def read(self, name: str) -> tuple[Any, Any]:
        """The functions `migrate` and `rollback` of a migration."""
        file = self.migrate_dir / f"{name}.py"
        scope: dict[str, Any] = {}
        exec(compile(file.read_bytes(), file, "exec", dont_inherit=True), scope)  # noqa: S102 - ours
        return scope["migrate"], scope["rollback"]

    def compile(
        self, name: str, migrate: str = "", rollback: str = "", num: int | None = None
    ) -> str:
        """Write a migration after the newest: numbers were left out, so their count is not it."""
        if num is None:
            num = max((int(each[:3]) for each in self.todo), default=0)
        written: str = super().compile(name, migrate, rollback, num)
        return written
