"""Applies changed settings without a restart, if nothing else was built from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bakureserve.runtime import Runtime, backup_schedule
from bakureserve.server.logs import milestones
from bakureserve.settings import TABLE, Settings, SettingsError

RELOADABLE = frozenset(
    {
        "log_level",
        "backup_interval",
        "backup_keep",
        "backup_keep_hourly",
        "backup_keep_daily",
        "backup_keep_weekly",
        "backup_command",
        "backup_command_seconds",
    }
)


class Reloader:
    """Compares the settings in effect with those that `reread` finds, and applies what it can.

    Calls `configure_logs` with the settings for the log.
    """

    def __init__(
        self,
        runtime: Runtime,
        reread: Callable[[], Settings],
        configure_logs: Callable[[Settings], None],
    ) -> None:
        self._runtime = runtime
        self._reread = reread
        self._configure_logs = configure_logs
        self._in_effect = runtime.settings

    @property
    def in_effect(self) -> Settings:
        """The settings in effect now."""
        return self._in_effect

    def reload(self) -> None:
        """Apply what may change. Log what needs a restart, and what is wrong."""
        try:
            found = self._reread()
        except SettingsError as error:
            milestones().warning("reload_refused", reason=str(error))
            return
        changed = _differences(self._in_effect, found)
        taken_up = [name for field, name in changed.items() if field in RELOADABLE]
        self._apply(found)
        milestones().warning(
            "reloaded",
            taken_up=taken_up,
            need_restart=[name for field, name in changed.items() if field not in RELOADABLE],
        )

    def _apply(self, found: Settings) -> None:
        self._configure_logs(replace(self._in_effect, log_level=found.log_level))
        self._runtime.backups.schedule = backup_schedule(found)
        # The rest stays as it was, so the next reload logs again that it needs a restart.
        taken_up: dict[str, Any] = {field: getattr(found, field) for field in RELOADABLE}
        self._in_effect = replace(self._in_effect, **taken_up)


def _differences(before: Settings, after: Settings) -> dict[str, str]:
    """The variables of the fields that differ, by field. Never a value: it may be secret."""
    return {
        row.field: row.name
        for row in TABLE
        if getattr(before, row.field) != getattr(after, row.field)
    }
