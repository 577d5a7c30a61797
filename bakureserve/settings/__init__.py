"""Settings: one typed table, read from flags, the environment and `.env`. A leaf of the program."""

from bakureserve.settings.checks import SettingsError, SettingsUnreadable, check_together
from bakureserve.settings.commands import pasteable
from bakureserve.settings.load import Loaded, as_far_as_known, load_settings
from bakureserve.settings.row import Setting
from bakureserve.settings.table import TABLE, Settings, settings_markdown

__all__ = [
    "TABLE",
    "Loaded",
    "Setting",
    "Settings",
    "SettingsError",
    "SettingsUnreadable",
    "as_far_as_known",
    "check_together",
    "load_settings",
    "pasteable",
    "settings_markdown",
]
