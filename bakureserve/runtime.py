"""The composition root: the one place that builds everything, and closes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bakureserve.domain.actor import system_actor
from bakureserve.services.availability import Availability
from bakureserve.services.booking import Booking
from bakureserve.services.clock import Clock, system_clock
from bakureserve.services.directory import Directory
from bakureserve.services.preorder import Preorder
from bakureserve.settings import Settings
from bakureserve.store import migrator
from bakureserve.store.database import Database, open_database, write_alone
from bakureserve.store.sample import Seeded, seed_if_new


@dataclass(frozen=True)
class Runtime:
    """Everything that a server or a command works with."""

    settings: Settings
    clock: Clock
    database: Database
    directory: Directory
    availability: Availability
    booking: Booking
    preorder: Preorder


@asynccontextmanager
async def open_runtime(
    settings: Settings, *, clock: Clock = system_clock
) -> AsyncIterator[Runtime]:
    """The program on an existing database of its own version.

    Raises SchemaMismatch when the database lacks migrations or is newer, and Unavailable when it
    cannot be opened.
    """
    migrator.require_current(settings.database_path)
    busy_timeout = settings.store_busy_timeout_seconds
    async with open_database(settings.database_path, busy_timeout=busy_timeout) as database:
        directory = Directory(database)
        booking = Booking(database, directory, clock)
        yield Runtime(
            settings=settings,
            clock=clock,
            database=database,
            directory=directory,
            availability=Availability(database, directory, clock),
            booking=booking,
            preorder=Preorder(booking, enabled=settings.prep_notify_enabled),
        )


@dataclass(frozen=True)
class Prepared:
    """What had to be done before the store could be opened."""

    migrated: tuple[str, ...]
    seeded: Seeded | None


def prepare_store(settings: Settings, *, clock: Clock = system_clock) -> Prepared:
    """Create or migrate the database, and fill one that never had a restaurant with the samples.

    Blocking. Raises SchemaMismatch when the database is newer than the program, Unavailable.
    """
    path, busy_timeout = settings.database_path, settings.store_busy_timeout_seconds
    migrated = migrator.up(path, busy_timeout=busy_timeout)
    seeded = None
    if settings.seed:
        seeded = write_alone(
            path,
            lambda tx: seed_if_new(tx, system_actor("serve"), clock()),
            busy_timeout=busy_timeout,
        )
    return Prepared(migrated, seeded)
