"""The database: can it be read, and does it take a durable write."""

from __future__ import annotations

import asyncio
from time import perf_counter

from bakureserve.domain.errors import (
    ReserveError,
    SchemaMismatch,
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
)
from bakureserve.services.health.check import Condition, Detail, fine
from bakureserve.services.health.disk import MEGABYTE
from bakureserve.services.operations.store_care import StoreCare
from bakureserve.store import health
from bakureserve.store.database import LOG_LIMIT_BYTES, Database

PATIENCE_SECONDS = 1.0
"""How long the write waits for a lock or for the disk: less than the whole check may take."""
LONG_LOG_MB = 4 * LOG_LIMIT_BYTES // MEGABYTE
"""With so much the log could not be cut for a long while."""

_CODES: dict[type[ReserveError], str] = {
    StoreBusy: "database_busy",
    StoreFull: "database_full",
    StoreReadOnly: "database_read_only",
    StoreCorrupt: "database_damaged",
    SchemaMismatch: "database_of_another_version",
    ReserveError: "database_unusable",
}
_CODES_OF_CODES = {
    "no_database": "database_missing",
    "database_lost": "database_missing",
    "store_gone": "database_gone",
    "store_log_gone": "database_log_gone",
    "store_io_error": "database_disk_fails",
    "store_long_change": "database_long_change",
    "store_slow": "database_slow",
}


class DatabaseCheck:
    """Reads and writes, for real, and reads again what it wrote. `care` is the running server's."""

    name = "database"
    vital = True
    seconds_good = 5.0

    def __init__(self, database: Database, care: StoreCare | None = None) -> None:
        self._database = database
        self._care = care

    async def look(self) -> Condition:
        started = perf_counter()
        try:
            self._database.require_whole()
            await self._database.read(health.read_something)
        except ReserveError as error:
            return unusable(error, reads=error.code == "store_log_gone")
        read_at = perf_counter()
        try:
            await self._write()
        except ReserveError as error:
            return unusable(error, reads=True)
        took = {
            "read_ms": round((read_at - started) * 1000, 2),
            "write_ms": round((perf_counter() - read_at) * 1000, 2),
        }
        details = {"reads": True, "writes": True, **took, **self._of_files()}
        log_mb = self._database.log_bytes() // MEGABYTE
        if log_mb < LONG_LOG_MB:
            return fine(details, {"log_mb": log_mb})
        return Condition(
            status="degraded",
            code="database_log_long",
            params={"mb": log_mb},
            effect="effect_disk_fills",
            details=details,
            figures={"log_mb": log_mb},
        )

    def _of_files(self) -> dict[str, Detail]:
        """When the file was last found to be whole, where a server looks for it."""
        if self._care is None or self._care.checked_at is None:
            return {}
        return {"file_checked": self._care.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ")}

    async def _write(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._database.prove()
        except TimeoutError:
            raise StoreBusy(self._database.hindrance or "store_slow") from None


class UnopenedDatabaseCheck:
    """Stands for a database that could not even be opened."""

    name = "database"
    vital = True
    seconds_good = 0.0

    def __init__(self, error: ReserveError) -> None:
        self._error = error

    async def look(self) -> Condition:
        return unusable(self._error)


def unusable(error: ReserveError, *, reads: bool = False) -> Condition:
    """The database that failed with `error`, and may still be good to read.

    That another process writes, an import for instance, is no reason to take a server out.
    """
    return Condition(
        status="degraded" if isinstance(error, StoreBusy) else "error",
        code=_code(error),
        effect=_effect(error, reads=reads),
        details={"reads": reads, "writes": False},
        reason=error,
    )


def _effect(error: ReserveError, *, reads: bool) -> str:
    if isinstance(error, StoreBusy):
        return "effect_changes_wait"
    return "effect_no_changes" if reads else "effect_nothing_works"


def _code(error: ReserveError) -> str:
    if error.code in _CODES_OF_CODES:
        return _CODES_OF_CODES[error.code]
    return next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)
