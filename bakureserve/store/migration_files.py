"""The files of the migrations, as peewee-migrate reads and writes them, with what it gets wrong."""

from __future__ import annotations

import re
from typing import Any

from peewee_migrate import Router

from bakureserve.domain.errors import Invalid

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def require_name(name: str) -> None:
    """Raises Invalid for what is no name of a migration: it becomes one of a file and a module."""
    if not _NAME.fullmatch(name):
        raise Invalid("migration_name_malformed", name=name)


class Files(Router):
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
