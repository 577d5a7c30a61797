"""The audit log and the list of imports, for admins to read."""

from __future__ import annotations

from bakureserve.domain.accounts.actor import Actor
from bakureserve.store import audit
from bakureserve.store.audit import AuditEntry, AuditFilter, ImportRun
from bakureserve.store.database import Database


class AuditLog:
    """Reads the audit log and the list of imports. Every method raises Forbidden for all but
    admins, and Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, actor: Actor, wanted: AuditFilter, *, before: int | None, limit: int
    ) -> list[AuditEntry]:
        """Entries of the log, the newest first. See `audit.audit_page`."""
        actor.require_admin()
        return await self._database.read_apart(
            lambda tx: audit.audit_page(tx, wanted, before=before, limit=limit)
        )

    async def imports(self, actor: Actor) -> list[ImportRun]:
        """Every finished import of old files, the latest first."""
        actor.require_admin()
        return await self._database.read_apart(audit.imports)
